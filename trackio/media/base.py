"""What every medium is to the rows it is logged in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from trackio.store.blobs import Blobs


@dataclass(frozen=True, slots=True)
class Place:
    """Where a medium was logged."""

    blobs: Blobs
    """Takes its bytes."""
    name: str
    """The name it was logged under."""
    step: int


class Media(ABC):
    """A value that is encoded and stored after ``log()`` has returned.

    Its constructor takes what it needs of the caller's data, so that the caller may reuse arrays at once, and raises
    UsageError or MissingExtra for what it cannot take.
    """

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return 0

    @abstractmethod
    def reference(self, place: Place) -> dict[str, Any]:
        """Store the bytes and return what stands in the row (see ``trackio.references``), as JSON can hold it.

        Called in a thread of our own, perhaps more than once. Raises UsageError or MissingExtra where it cannot be
        done; the rest of the row is kept.
        """
