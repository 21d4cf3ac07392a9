"""What the items of W&B's records spell: keys that nest, and values in JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from trackio import definitions
from trackio.importers.imported import Inline
from trackio.importers.media import Foreign, Reference
from trackio.importers.told import parsed
from trackio.records import MetricDefinition
from trackio.store.blobs import Blobs

Maker: TypeAlias = Callable[[str, Mapping[str, Any], Blobs], Reference]
"""What makes a reference of a medium as W&B wrote it down under a name."""

STEP = "trackio/step"
"""The metric that our own export puts the steps in that W&B cannot have."""

_NUMBERS = frozenset("-0123456789NI")
"""What JSON begins with that is a number, NaN or an infinity."""

_GOALS = {1: "minimize", 2: "maximize"}
_SUMMARIES = {1: "min", 2: "max", 3: "mean", 4: "best", 5: "last", 6: "none", 7: "copy", 8: "first"}


def keys(item: Any) -> list[str]:
    """The way to a value, from the outermost key."""
    return list(item.nested_key) or [item.key]


def value(item: Any) -> Any:
    """What an item holds; None where it cannot be read."""
    text = item.value_json
    if not text:
        # W&B's protocol has typed fields beside the JSON since 0.31.
        kind = typed(item)
        if kind not in ("json", "none", None):
            return getattr(item, kind)
        text = item.json if kind == "json" else "null"
    try:
        # Nearly all are numbers, of which there may be millions.
        if text[0] in _NUMBERS:
            return float(text) if spells_float(text) else int(text)
        return parsed(text)
    except ValueError:
        return None


def typed(item: Any) -> str | None:
    """Which of the typed fields an item uses; None where it has JSON, or the protocol has no such fields."""
    found: str | None = item.WhichOneof("value") if item.DESCRIPTOR.oneofs else None
    return found


def tree(items: Iterable[Any]) -> dict[str, Any]:
    """The values of items as nested dicts."""
    root: dict[str, Any] = {}
    merge(root, items)
    return root


def merge(root: dict[str, Any], items: Iterable[Any]) -> None:
    """Set values within nested dicts."""
    for item in items:
        *outer, last = keys(item)
        inner = root
        for key in outer:
            found = inner.get(key)
            if not isinstance(found, dict):
                found = inner[key] = {}
            inner = found
        inner[last] = value(item)


def remove(root: dict[str, Any], items: Iterable[Any]) -> None:
    """Remove values from nested dicts."""
    for item in items:
        *outer, last = keys(item)
        inner: Any = root
        for key in outer:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(last, None)


def leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names joined with ``/`` and what they hold: values, and media whole."""
    for key, one in values.items():
        if isinstance(one, dict) and "_type" not in one:
            yield from leaves(one, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", one


def spells_float(text: str) -> bool:
    """Whether JSON is a number that is no integer."""
    # JavaScript's spelling of -0.0 is -0.
    return text[:1] in _NUMBERS and (text == "-0" or not text.lstrip("-").isdigit())


def definition(metric: Any) -> dict[str, Any]:
    """What a ``MetricRecord`` says that ``define_metric`` was told, as its event records it here."""
    flags = [number for number, name in _SUMMARIES.items() if getattr(metric.summary, name, False)]
    options = [number for number, is_set in ((1, metric.options.step_sync), (2, metric.options.hidden)) if is_set]
    return _fields(metric.name or metric.glob_name, metric.step_metric, options, flags, metric.goal)


def packed_definitions(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same from the config that W&B keeps with a run, where fields have the numbers of its protocol."""
    inside = config.get("_wandb", {})
    inside = inside.get("value", inside) if isinstance(inside, dict) else {}
    packed = [one for one in inside.get("m") or [] if isinstance(one, dict)]
    told = [{int(key): one for key, one in each.items() if str(key).isdigit()} for each in packed]
    names = [str(one.get(1) or one.get(2) or "") for one in told]
    found = []
    for name, one in zip(names, told, strict=True):
        # The metric of the steps by its place in the list, counted from 1.
        place = one.get(5)
        step = names[place - 1] if isinstance(place, int) and 0 < place <= len(names) else one.get(4)
        if name:
            found.append(_fields(name, step, one.get(6) or (), one.get(7) or (), one.get(8)))
    return found


def _fields(
    name: str, step_metric: str | None, options: Sequence[int], summary: Sequence[int], goal: Any
) -> dict[str, Any]:
    return definitions.fields(
        MetricDefinition(
            name=name,
            step_metric=step_metric or None,
            step_sync=1 in options,
            hidden=2 in options,
            summary=tuple(_SUMMARIES[flag] for flag in summary if flag in _SUMMARIES),
            goal=_GOALS.get(goal),
        )
    )


def is_medium(one: Any) -> bool:
    """Whether W&B wrote down a medium here."""
    return isinstance(one, dict) and "_type" in one


def row(values: Mapping[str, Any], floats: Collection[str], make: Maker) -> dict[str, Any]:
    """What W&B logged as a row here: nested names joined, numbers of ``floats`` as floats, media by ``make``."""
    found: dict[str, Any] = {}
    for name, one in leaves(values):
        if isinstance(one, (bool, float, str)):
            found[name] = one
        elif isinstance(one, int):
            found[name] = float(one) if name in floats else one
        elif isinstance(one, dict):
            found[name] = Foreign(one, make)
        elif isinstance(one, list):
            found[name] = Inline("array", {"_value": one})
    return found


def beyond(
    summary: Mapping[str, Any], last: Mapping[str, Any], defined: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """What a summary has beyond the last value of every metric, what definitions make of it, and W&B's own entries."""
    known = definitions.read(defined)
    return {
        key: one
        for key, one in summary.items()
        if not key.startswith("_")
        and not is_medium(one)
        and not (key in last and (_same(one, last[key]) or _is_derived(one, definitions.find(known, key))))
    }


def _is_derived(one: Any, definition: MetricDefinition | None) -> bool:
    return (
        isinstance(one, dict) and definition is not None and one.keys() <= definitions.DERIVED & {*definition.summary}
    )


def _same(one: Any, other: Any) -> bool:
    is_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return is_nan or bool(one == other)
