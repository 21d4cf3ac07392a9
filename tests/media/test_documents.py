"""Pages, prose and conversations."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Pillow

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.html import Html, Markdown
from trackio.media.image import Image
from trackio.media.trace import Trace

Read = Callable[[Media], Any]


def page(html: Html, place: Place) -> str:
    return place.blobs.read(html.reference(place)["file"]).decode()


def test_html_passes_unchanged_where_nothing_shall_be_injected(place: Place, tmp_path: Path) -> None:
    text = "<h1>caf\u00e9</h1>\r\n<script>1</script>"
    path = tmp_path / "page.html"
    path.write_bytes(text.encode())
    with path.open(encoding="utf-8", newline="") as file:
        for given in (text, path, str(path), io.StringIO(text), io.BytesIO(text.encode()), file, text.encode()):
            html = Html(given, inject=False)
            assert page(html, place) == text
            assert html.reference(place)["inject"] is False


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("<p>x", "<head>", "</head><p>x"),
        ("<html><body>x", "<html><head>", "</head><body>x"),
        ("<!DOCTYPE html>\n<p>", "<!DOCTYPE html><head>", "</head>\n<p>"),
        ('<HTML lang="de"><HEAD data-x="1"><title>t</title></HEAD>', '<HTML lang="de"><HEAD data-x="1">', "<title>"),
        ("", "<head>", "</head>"),
    ],
)
def test_a_head_is_injected_where_it_belongs(text: str, before: str, after: str, place: Place) -> None:
    found = page(Html(text), place)
    assert found.startswith(f'{before}<meta charset="utf-8"><base target="_blank"><style>')
    assert f"</style>{after}" in found
    assert "http" not in found


def test_a_text_is_a_path_when_a_page_of_that_name_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text("<p>in the file")
    assert page(Html("page.html", inject=False), place) == "<p>in the file"
    assert page(Html("page.html", inject=False, data_is_not_path=True), place) == "page.html"
    assert page(Html("other.html", inject=False), place) == "other.html"


def test_objects_that_write_themselves_as_html_are_taken(place: Place) -> None:
    assert "<table" in page(Html(pd.DataFrame({"a": [1]})), place)


@pytest.mark.parametrize("data", [None, 3, Path("missing.html"), ["<p>"]])
def test_what_is_no_page_is_refused(data: Any) -> None:
    with pytest.raises(UsageError):
        Html(data)


def test_pages_are_equal_when_their_text_is() -> None:
    assert Html("a") == Html("a") != Html("b")


def test_markdown_stands_in_the_row_itself(place: Place) -> None:
    assert Markdown("# T\ud800").reference(place) == {"_type": "trackio.markdown", "_value": "# T\ufffd"}
    assert Markdown() == Markdown("")
    with pytest.raises(UsageError):
        Markdown(3)  # type: ignore[arg-type]


MESSAGES = [
    {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image", "image": Pillow.new("L", (2, 2))}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"function": {"name": "f", "arguments": {"x": np.int64(1)}}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": "<b>\ud800"},
]


def test_a_conversation_is_kept_with_the_media_in_it(document: Read, place: Place) -> None:
    trace = Trace(messages=MESSAGES, metadata={"reward": np.float32(0.5), "image": Image(np.zeros((2, 2)))})
    found = document(trace)
    assert found["messages"][0]["content"][0] == {"type": "text", "text": "hi"}
    assert found["messages"][0]["content"][1]["image"]["_type"] == "trackio.image"
    assert found["messages"][1]["tool_calls"] == [{"function": {"name": "f", "arguments": {"x": 1}}}]
    assert found["messages"][1]["content"] is None
    assert found["messages"][2]["content"] == "<b>\ufffd"
    assert found["metadata"]["reward"] == 0.5
    assert found["metadata"]["image"]["_type"] == "trackio.image"
    assert trace.reference(place)["messages"] == 3


def test_a_conversation_is_kept_as_it_was_at_the_call(document: Read) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": [{"text": "hi"}]}]
    trace = pickle.loads(pickle.dumps(Trace(messages, spans=[{"name": "generate"}])))
    messages[0]["content"][0]["text"] = "changed"
    messages.append({})
    assert document(trace) == {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "metadata": {},
        "spans": [{"name": "generate"}],
    }


@pytest.mark.parametrize("arguments", [("hi",), ([1],), (None,), ([], [1]), ([], {}, ["span"])])
def test_what_is_no_conversation_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError):
        Trace(*arguments)
