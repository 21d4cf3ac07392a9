"""Pages and prose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.media.base import Media, Place, caption_text, file_reference
from trackio.media.source import source
from trackio.store.layout import clean

# Without a network: what wandb's own style sheet does for the text of a page.
_HEAD = (
    '<meta charset="utf-8"><base target="_blank">'
    "<style>html{font-family:system-ui,sans-serif;line-height:1.5}body{margin:8px}</style>"
)
_BEGINNING = re.compile(r"<head(?:\s[^>]*)?>|<html(?:\s[^>]*)?>|<!doctype[^>]*>", re.IGNORECASE)


class Html(Media):
    """A page: HTML as text, the path of an ``.html`` file, an open file, or an object that writes itself as HTML.

    ``inject`` adds a few lines to its head: an encoding, a plain style, and links that open in a window of their own.
    A text is a path when a file of that name is there, unless ``data_is_not_path`` says otherwise.
    """

    def __init__(
        self, data: Any, inject: bool = True, data_is_not_path: bool = False, caption: str | None = None
    ) -> None:
        self.caption, self.inject = caption_text(caption), inject
        self.html = _text(data, data_is_not_path)
        if inject:
            self.inject_head()

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return len(self.html)

    def inject_head(self) -> None:
        """Add our lines to the head of the page."""
        places = {found[0][:5].lower(): found.end() for found in _BEGINNING.finditer(self.html[:100_000])}
        at = places.get("<head", places.get("<html", places.get("<!doc", 0)))
        head = _HEAD if "<head" in places else f"<head>{_HEAD}</head>"
        self.html = f"{self.html[:at]}{head}{self.html[at:]}"

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the page and return what stands in the row."""
        blob = place.blobs.put(self.html.encode(), ".html")
        return file_reference("html", blob, inject=self.inject, caption=self.caption)

    def __repr__(self) -> str:
        return f"Html({len(self.html)} characters)"

    def __eq__(self, other: object) -> bool:
        return self.html == other.html if isinstance(other, Html) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


class Markdown(Media):
    """A report or a note in Markdown, shown as prose."""

    def __init__(self, text: str = "") -> None:
        if not isinstance(text, str):
            raise UsageError(f"Markdown takes text, not {type(text).__name__}.")
        self.text = clean(text)

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return len(self.text)

    def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002 - it has no file
        """What stands in the row: the text itself."""
        return {"_type": "trackio.markdown", "_value": self.text}

    def __repr__(self) -> str:
        return f"Markdown({self.text[:60]!r})"

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, Markdown) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def _text(data: Any, data_is_not_path: bool) -> str:
    if isinstance(data, Path) or (isinstance(data, str) and not data_is_not_path and _is_page(data)):
        return _decoded(source(data, "Html").read())
    if isinstance(data, str):
        return clean(data)
    if hasattr(data, "read") or isinstance(data, (bytes, bytearray)):
        return _decoded(source(data, "Html").read())
    for name in ("to_html", "_repr_html_"):
        found = getattr(data, name, None)
        text = found() if callable(found) else None
        if isinstance(text, str):
            return clean(text)
    raise UsageError(f"Html takes HTML as text, the path of a file or an open file, not {type(data).__name__}.")


def _is_page(text: str) -> bool:
    if not text.lower().endswith((".html", ".htm")) or len(text) > 4096:
        return False
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")
