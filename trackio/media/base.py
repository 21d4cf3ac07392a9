"""What every medium is to the rows it is logged in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from trackio.store.blobs import Blob, Blobs
from trackio.store.layout import clean


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
    UsageError or MissingExtra for what it cannot take. It can be pickled, to wait on disk, for this process to read.
    """

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return 0

    def as_logged(self) -> Media:
        """What ``log()`` takes along: itself, or a copy where the caller may go on changing it."""
        return self

    @abstractmethod
    def reference(self, place: Place) -> dict[str, Any]:
        """Store the bytes and return what stands in the row (see ``trackio.references``), as JSON can hold it.

        Called in a thread of our own, perhaps more than once. Raises UsageError or MissingExtra where it cannot be
        done; the rest of the row is kept.
        """


def file_reference(kind: str, blob: Blob, **about: Any) -> dict[str, Any]:
    """The reference to a medium whose bytes are one file; what is None is not said."""
    known = {name: value for name, value in about.items() if value is not None}
    return {"_type": f"trackio.{kind}", "file": blob.name, "size": blob.size, **known}


def caption_text(caption: object) -> str | None:
    """A caption as text that pages can hold."""
    return None if caption is None else clean(str(caption))
