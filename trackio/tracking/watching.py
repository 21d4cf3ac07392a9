"""Histograms of the gradients and parameters of torch models; the script has loaded torch, we never do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trackio.errors import UsageError
from trackio.tracking.faults import Faults

BINS = 64
"""As many as wandb's."""

KINDS = ("gradients", "parameters", "all", None)


class Watching:
    """The hooks on the models of one run. ``log`` adds values to the row that is being put together."""

    def __init__(self, log: Callable[[Mapping[str, Any]], None], faults: Faults) -> None:
        self._log, self._faults = log, faults
        self._hooks: dict[int, list[Any]] = {}
        self._count = 0

    def watch(self, models: Any, kind: str | None, every: int, number: int | None) -> None:
        """Hook into one model or several; a model that is watched already is watched anew."""
        if kind not in KINDS:
            raise UsageError(f"watch(log={kind!r}) is unknown. Use 'gradients', 'parameters', 'all' or None.")
        if every < 1:
            raise UsageError(f"watch(log_freq={every!r}) is no number of batches from 1 on.")
        found = _several(models)
        for model in found:
            if not (hasattr(model, "named_parameters") and hasattr(model, "register_forward_hook")):
                raise UsageError(f"watch() takes torch models, not {type(model).__name__}.")
        for place, model in enumerate(found, start=self._count if number is None else number):
            self.unwatch(model)
            prefix = f"graph_{place}" if place else ""
            hooks: list[Any] = []
            if kind in ("parameters", "all"):
                hooks.append(model.register_forward_hook(self._after_forward(prefix, every)))
            if kind in ("gradients", "all"):
                hooks += [
                    parameter.register_hook(self._with_gradient(f"gradients/{prefix}{name}", every))
                    for name, parameter in model.named_parameters()
                    if parameter.requires_grad
                ]
            self._hooks[id(model)] = hooks
            self._count += 1

    def unwatch(self, models: Any = None) -> None:
        """Take the hooks of these models off, or of all."""
        for key in list(self._hooks) if models is None else [id(model) for model in _several(models)]:
            for hook in self._hooks.pop(key, ()):
                hook.remove()

    def _after_forward(self, prefix: str, every: int) -> Callable[..., None]:
        is_time = _every(every)

        def hook(model: Any, _given: Any, _result: Any) -> None:
            if is_time():
                for name, parameter in model.named_parameters():
                    self._keep(f"parameters/{prefix}{name}", parameter)

        return hook

    def _with_gradient(self, name: str, every: int) -> Callable[[Any], None]:
        is_time = _every(every)

        def hook(gradient: Any) -> None:
            if is_time():
                self._keep(name, gradient)

        return hook

    def _keep(self, name: str, tensor: Any) -> None:
        with self._faults.contained("watch", "the histograms of a watched model are not logged"):
            counted = histogram(tensor)
            if counted is not None:
                from trackio.media.histogram import Histogram

                self._log({name: Histogram(np_histogram=counted)})


def histogram(tensor: Any) -> tuple[list[float], list[float]] | None:
    """Counts and edges of a tensor's finite values, on the device where it lies; None when there are none."""
    values = tensor.detach()
    zeros = 0
    if values.is_sparse:
        values = values.coalesce()
        zeros = values.numel() - values.values().numel()
        values = values.values()
    # Half precision has no histogram on every device.
    flat = values.reshape(-1).float()
    flat = flat[flat.isfinite()]
    ends = [flat.min().item(), flat.max().item()] if flat.numel() else []
    if zeros:
        ends.append(0.0)
    if not ends:
        return None
    low, high = min(ends), max(ends)
    if low == high:
        # Half a unit to either side, as numpy has it.
        return [float(flat.numel() + zeros)], [low - 0.5, high + 0.5]
    counts: list[float] = flat.histc(bins=BINS, min=low, max=high).tolist()
    width = (high - low) / BINS
    edges = [low + width * place for place in range(BINS)] + [high]
    if zeros:
        counts[min(int((0.0 - low) / width), BINS - 1)] += zeros
    return counts, edges


def _every(count: int) -> Callable[[], bool]:
    """A clock that strikes at every so many-th call."""
    calls = 0

    def strikes() -> bool:
        nonlocal calls
        calls += 1
        return calls % count == 0

    return strikes


def _several(models: Any) -> list[Any]:
    return list(models) if isinstance(models, (list, tuple)) else [models]
