"""Figures of bokeh."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.media.base import Media, Place, file_reference
from trackio.media.extras import load


class Bokeh(Media):
    """A figure of bokeh, a document of such, or the path of a document's JSON.

    It is kept as a page with bokeh's script inside it, of about 4 MB, so that it needs no network.
    """

    def __init__(self, data_or_path: Any) -> None:
        embed = load("bokeh.embed")
        # JSON is a copy: the caller may go on drawing.
        self._items = [json.dumps(embed.json_item(root)) for root in _roots(data_or_path)]

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return sum(map(len, self._items))

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the page and return what stands in the row."""
        places = "".join(f'<div id="root{number}"></div>' for number in range(len(self._items)))
        # A text in the figure cannot end the script.
        items = [item.replace("</", "<\\/") for item in self._items]
        calls = "".join(f'Bokeh.embed.embed_item({item},"root{number}");' for number, item in enumerate(items))
        script = load("bokeh.resources").INLINE.render_js()
        page = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bokeh</title>{script}</head>'
            f"<body>{places}<script>{calls}</script></body></html>"
        )
        return file_reference("html", place.blobs.put(page.encode(), ".html"), inject=False)

    def __repr__(self) -> str:
        return f"Bokeh({len(self._items)} figures)"


def _roots(value: Any) -> list[Any]:
    document = load("bokeh.document").Document
    if isinstance(value, document):
        return list(document.from_json(value.to_json()).roots)
    if isinstance(value, load("bokeh.model").Model):
        return [value]
    if not isinstance(value, (str, os.PathLike)):
        raise UsageError(f"Bokeh takes a figure or a document of bokeh, not {type(value).__name__}.")
    try:
        return list(document.from_json(json.loads(Path(value).read_text("utf-8"))).roots)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"Bokeh: {value} is no document of bokeh: {error}.") from error
