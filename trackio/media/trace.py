"""Conversations with a model, and what led to their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio.errors import UsageError
from trackio.media import cells
from trackio.media.base import Media, Place, caption_text, file_reference


class Trace(Media):
    """A conversation: messages as chat models use them, each a dict with ``role`` and ``content``.

    Content is a text or a list of parts, which may hold images and other media; ``tool_calls`` are kept, and so is
    anything else in a message. ``metadata`` says more of the whole, and ``spans`` are the steps of its making.
    """

    def __init__(
        self,
        messages: list[dict[str, Any]],
        metadata: Mapping[str, Any] | None = None,
        spans: list[dict[str, Any]] | None = None,
        caption: str | None = None,
    ) -> None:
        self.caption = caption_text(caption)
        self.messages = _dicts(messages, "messages")
        if not isinstance(metadata, (Mapping, type(None))):
            raise UsageError(f"metadata is a dict, not {type(metadata).__name__}.")
        self.metadata = cells.taken(metadata or {})
        self.spans = _dicts(spans or [], "spans")

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        texts = sum(len(str(message.get("content"))) for message in self.messages)
        return texts + sum(map(cells.nbytes, (self.messages, self.metadata, self.spans)))

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the conversation and the media in it, and return what stands in the row."""
        document = {"messages": self.messages, "metadata": self.metadata}
        if self.spans:
            document["spans"] = self.spans
        text = "".join(cells.encoded(cells.stored(document, place)))
        blob = place.blobs.put(text.encode(), ".trace.json")
        return file_reference("trace", blob, messages=len(self.messages), caption=self.caption)

    def __repr__(self) -> str:
        return f"Trace({len(self.messages)} messages)"


def _dicts(given: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(given, (list, tuple)) or not all(isinstance(item, Mapping) for item in given):
        raise UsageError(f"{what} is a list of dicts, such as {{'role': 'user', 'content': '...'}}.")
    return [cells.taken(item) for item in given]
