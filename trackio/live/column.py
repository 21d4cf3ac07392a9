"""An array that grows at its end without being copied each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T", np.float64, np.int64)


class Column(Generic[T]):
    """Numbers of one type. Not safe from several threads: who reads ``values`` has finished when it grows."""

    def __init__(self, values: NDArray[T]) -> None:
        self._data: NDArray[T] = values
        self._count = len(values)

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> NDArray[T]:
        """The numbers so far, as a view."""
        return self._data[: self._count]

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        return self._data.nbytes

    def extend(self, values: NDArray[T], at: int | None = None) -> None:
        """Put numbers at the end, or from a place on in the stead of those that are there."""
        start = self._count if at is None else at
        stop = start + len(values)
        if stop > len(self._data):
            data: NDArray[T] = np.empty(max(stop, len(self._data) * 3 // 2), self._data.dtype)
            data[:start] = self._data[:start]
            self._data = data
        self._data[start:stop] = values
        self._count = stop
