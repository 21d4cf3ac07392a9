"""The preview of notes, over real HTTP, as their files are saved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.report.narrative.conftest import Write
from trackio.report.build import Options
from trackio.report.narrative.watching import Watch
from trackio.report.serve import HOST

PAGE = "/mnist/reports/notes.html"
Watched = Callable[..., Watch]


@pytest.fixture
def watched(write: Write, recorded: Path, out: Path) -> Iterator[Watched]:
    """Preview notes until the test ends."""
    stop, threads, previews = threading.Event(), [], []

    def watched(text: str, say: Callable[[str], None] = lambda text: None) -> Watch:  # noqa: ARG005 - says nothing
        options = Options(out, recorded, workers=1, notes=[write(text)])
        found = Watch(options, port=0, say=say)
        previews.append(found)
        for task, arguments in ((found.server.serve_forever, {"poll_interval": 0.01}), (found.follow, {"stop": stop})):
            threads.append(threading.Thread(target=task, kwargs=arguments))
            threads[-1].start()
        return found

    yield watched
    stop.set()
    for one in previews:
        one.close()
    for thread in threads:
        thread.join()


def get(preview: Watch, path: str = PAGE) -> str:
    connection = HTTPConnection(HOST, preview.port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def until(preview: Watch, holds: Callable[[str], bool]) -> str:
    """The page once it is as expected."""
    deadline = time.monotonic() + 60
    text = get(preview)
    while not holds(text):
        assert time.monotonic() < deadline, text[-2000:]
        time.sleep(0.05)
        text = get(preview)
    return text


def test_the_page_follows_what_is_saved(watched: Watched, write: Write) -> None:
    preview = watched("First words.")
    assert preview.url.endswith(PAGE)
    assert "First words." in get(preview)
    write("Other words.")
    until(preview, lambda text: "Other words." in text)


def test_mistakes_stand_over_the_last_page_that_was_right(watched: Watched, write: Write, out: Path) -> None:
    preview = watched("First words.")
    write("Other words {{ rn('x') }}.")
    text = until(preview, lambda text: 'role="alert"' in text)
    assert "First words." in text
    assert "notes.md:6: There is no &#x27;rn&#x27;. Nearest: run" in text
    assert 'role="alert"' not in (out / PAGE[1:]).read_text("utf-8")
    write("Right again.")
    until(preview, lambda text: "Right again." in text and 'role="alert"' not in text)


def test_notes_that_were_never_right_show_what_is_wrong(watched: Watched, write: Write) -> None:
    preview = watched("{{ x }}")
    assert "notes.md:6: There is no &#x27;x&#x27;" in get(preview, "/")
    write("Right.")
    until(preview, lambda text: "Right." in text and preview.url.endswith(PAGE))


def test_a_picture_that_changes_is_published_anew(watched: Watched, write: Write) -> None:
    write("", "other.md")
    Path("a.png").write_bytes(b"\x89PNG\r\n\x1a\n1")
    preview = watched("![x](a.png)")
    before = get(preview)
    Path("a.png").write_bytes(b"\x89PNG\r\n\x1a\n22")
    until(preview, lambda text: text != before)


def test_a_file_that_a_link_leads_to_is_waited_for(watched: Watched, write: Write) -> None:
    preview = watched("First words.")
    write("See [the data](data.csv).")
    until(preview, lambda text: 'role="alert"' in text)
    Path("data.csv").write_text("a,b\n")
    until(preview, lambda text: "See the data." in text and 'role="alert"' not in text)


def test_each_mistake_is_said_as_a_line_of_its_own(watched: Watched, write: Write) -> None:
    said: list[str] = []
    preview = watched("First words.", said.append)
    write("{{ rn('x') }}\n\n{{ run('adam-9').name }}")
    until(preview, lambda text: "adam-9" in text)
    first, one, other, last = said[-4:]
    assert first == "The notes are not right in 2 places; nothing was written."
    assert one.startswith("  notes.md:6: There is no 'rn'.")
    assert other.startswith("  notes.md:8: ")
    assert last == "Correct them and run the report again."
