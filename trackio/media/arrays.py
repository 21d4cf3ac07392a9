"""Arrays of any library, taken over at once and brought to numpy later."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from trackio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np


class Held:
    """A copy of an array, on the device where it lay."""

    def __init__(self, value: Any, event: Any = None) -> None:
        self._value, self._event = value, event
        self.shape = tuple(int(size) for size in value.shape)
        self.is_torch = hasattr(value, "detach")
        """Whether it is a tensor of torch, whose pictures have their channels first."""

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        size = getattr(self._value, "nbytes", None)
        return size if isinstance(size, int) else 0

    def host(self) -> np.ndarray[Any, Any]:
        """The values as numpy has them; waits for the device."""
        import numpy as np

        value = self._value
        if self._event is not None:
            self._event.synchronize()
        if self.is_torch:
            value = value.cpu()
            if value.is_floating_point() and value.element_size() < 4:
                # numpy lacks some of torch's floats.
                value = value.float()
            value = (value.to_dense() if value.is_sparse else value).numpy()
        elif hasattr(value, "numpy"):
            value = value.numpy()
        found = np.asarray(value)
        # bfloat16 and the like of jax have no kind that numpy knows.
        return found.astype(np.float32) if found.dtype.kind == "V" else found

    def __reduce__(self) -> tuple[Any, ...]:
        return Held, (self.host(),)


def hold(value: Any) -> Held:
    """Copy an array, or a nested list of numbers, without waiting for a device; raises UsageError for what is none."""
    if hasattr(value, "detach") and hasattr(value, "clone"):
        return _hold_tensor(value)
    if type(value).__module__.partition(".")[0] in ("tensorflow", "jaxlib", "jax"):
        # These never change; a jax array may be given away to a function, though.
        return Held(value.copy() if hasattr(value, "addressable_shards") else value)
    import numpy as np

    try:
        found = np.array(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{type(value).__name__} is no array of numbers.") from error
    if found.dtype.kind not in "biuf" and found.dtype.name != "bfloat16":
        raise UsageError(f"{type(value).__name__} of {found.dtype} is no array of numbers.")
    return Held(found)


def is_array(value: Any) -> bool:
    """Whether a value is an array of some library."""
    return hasattr(value, "shape") and (
        hasattr(value, "__array__") or hasattr(value, "detach") or hasattr(value, "numpy")
    )


def _hold_tensor(value: Any) -> Held:
    copy = value.detach().clone()
    if not getattr(copy, "is_cuda", False):
        return Held(copy)
    torch: Any = sys.modules["torch"]
    # Another thread reads it, on a stream of its own: it must wait for ours.
    event = torch.cuda.Event()
    event.record(torch.cuda.current_stream(copy.device))
    return Held(copy, event)
