"""Values that a device is still computing: copied without waiting for it, read when the copy is there.

No library is imported for it: a value is told by what it can do. The copy is ordered behind what computes the value, so
whatever the script does to it after ``log()`` has returned does not matter. The event that copies are waited for is
recorded once a device and call of ``log()``. Where a library has no events the value is copied on the device and read
in our own thread, which then does the waiting.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from trackio.tracking.late import Unstorable


class Copy:
    """A value on its way to the host."""

    __slots__ = ("_copy", "_read", "_source", "event")

    def __init__(self, copy: Any, read: Callable[[Any], Any], source: Any = None) -> None:
        self._copy, self._read = copy, read
        # The device's memory must not be given to another stream before it was read.
        self._source = source
        self.event: Any = None

    @property
    def size(self) -> int:
        """How many values it holds."""
        return _size(self._copy)

    def value(self) -> Any:
        """The value in the host's memory; waits for it."""
        if self.event is not None:
            self.event.synchronize()
        self._source = None
        return self._read(self._copy)


class Copies:
    """The copies that one call of ``log()`` starts."""

    def __init__(self) -> None:
        self._unmarked: dict[str, tuple[Any, Any, list[Copy]]] = {}

    def start(self, value: Any) -> Copy | None:
        """Start to copy a value that a device holds or computes; None for every other. Raises Unstorable."""
        if hasattr(value, "detach"):
            return self._torch(value)
        if hasattr(value, "copy_to_host_async"):
            # jax: a copy, because the next step may be given the very buffer.
            copy = value.copy()
            copy.copy_to_host_async()
            return Copy(copy, _array)
        if hasattr(type(value), "__cuda_array_interface__"):
            return Copy(value.copy(), lambda copy: copy.get())
        device = getattr(value, "device", None)
        if isinstance(device, str) and ("GPU" in device or "TPU" in device) and hasattr(value, "numpy"):
            # TensorFlow: its tensors never change.
            return Copy(value, lambda tensor: tensor.numpy())
        return None

    def mark(self) -> None:
        """Record what the copies are waited for by; called when all of them are started."""
        for backend, device, copies in self._unmarked.values():
            event: Any
            try:
                event = backend.Event()
                event.record(backend.current_stream(device))
            except Exception as error:  # noqa: BLE001 - the device's own faults come up at any call
                event = _Failed(error)
            for copy in copies:
                copy.event = event
        self._unmarked.clear()

    def _torch(self, value: Any) -> Copy | None:
        if hasattr(value, "to_local"):
            if not all(placement.is_replicate() for placement in value.placements):
                # To put it together, all ranks would have to take part.
                raise Unstorable("it is spread over ranks; log x.full_tensor() on all of them")
            value = value.to_local()
        device = getattr(value, "device", None)
        kind = getattr(device, "type", "cpu")
        if kind == "cpu":
            return None
        if kind == "meta":
            raise Unstorable("it is on the meta device, where there are no values")
        source = value.detach()
        backend = getattr(sys.modules.get("torch"), kind, None)
        if not hasattr(backend, "Event") or not hasattr(backend, "current_stream"):
            return Copy(source.clone(), lambda clone: clone.cpu())
        if getattr(backend, "is_current_stream_capturing", bool)():
            raise Unstorable("a graph of the device is being captured, in which nothing has a value")
        copy = Copy(source.to("cpu", non_blocking=True), lambda host: host, source)
        self._unmarked.setdefault(str(device), (backend, device, []))[2].append(copy)
        return copy


class _Failed:
    """Stands for an event that could not be recorded."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def synchronize(self) -> None:
        """Tell what went wrong where the value is asked for."""
        raise self._error


def _size(value: Any) -> int:
    return int(value.numel() if hasattr(value, "numel") else value.size)


def _array(value: Any) -> Any:
    import numpy as np

    return np.asarray(value)
