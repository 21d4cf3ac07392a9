"""A preview of notes as they are written: each time a file is saved the page is made again.

What is wrong with them stands over the page, which stays as it was when they were last right.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from urllib.parse import unquote

from trackio.errors import MissingExtra, NotesError, TrackioError
from trackio.report.build import Options, Report, build
from trackio.report.serve import FIRST_PORT, LOOK_SECONDS, Preview, lines, serve_preview

_LINKED = re.compile(rb"\[[^\]\n]{0,1000}\]\(\s*<?([^)\s>#]{1,1000})")
_BOX = (
    "position:fixed;inset:auto 0 0 0;z-index:9;max-height:50vh;overflow:auto;padding:12px 16px;"
    "background:#b3261e;color:#fff;font:13px/20px system-ui,sans-serif"
)


class Watch(Preview):
    """Notes that follow what is written in them."""

    page = ""
    """The address of the first note's page, once it was right."""

    def look(self) -> bool:
        """Make the site again if notes or data changed since the last look."""
        try:
            found = self._revision()
        except (TrackioError, OSError) as error:
            self._tell(error)
            return False
        if found == self._seen:
            return False
        self._seen = found
        self._make()
        # Also after a build that changed nothing: what was wrong may be right again.
        self.news.publish()
        return True

    def follow(self, stop: threading.Event) -> None:
        """Look whenever a file beside the notes is saved, and every second for new data."""
        folders = {path.resolve().parent for path in self.options.notes}
        changes = _watch()(
            *(folder for folder in folders if folder.is_dir()),
            stop_event=stop,
            yield_on_timeout=True,
            rust_timeout=int(LOOK_SECONDS * 1000),
            debounce=100,
            recursive=True,
            raise_interrupt=True,
        )
        for _ in changes:
            self.look()

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        return super().url + self.page

    def _start(self) -> None:
        self._make()

    def _make(self) -> Report | None:
        try:
            report = build(self.options)
        except (TrackioError, OSError) as error:
            self._tell(error)
            self.news.notice = notice(error)
            return None
        self.news.notice = b""
        self.page = report.notes[0] if report.notes else ""
        for warning in report.warnings:
            self._say(warning)
        return report

    def _revision(self) -> tuple[tuple[str, str], ...]:
        return (*super()._revision(), *(found for path in self.options.notes for found in _state(path)))


def watch(options: Options, *, port: int = FIRST_PORT, say: Callable[[str], None], is_opened: bool = False) -> int:
    """Serve notes until interrupted."""
    _watch()
    return serve_preview(Watch(options, port=port, say=say), say=say, is_opened=is_opened)


def notice(error: TrackioError | OSError) -> bytes:
    """What is wrong, as HTML over a page."""
    found = [str(one) for one in error.problems] if isinstance(error, NotesError) else lines(error)
    items = "".join(f"<li>{escape(line)}</li>" for line in found[:50])
    return f'<div role="alert" style="{_BOX}"><b>Not up to date:</b><ul style="margin:0">{items}</ul></div>'.encode()


def _state(path: Path) -> list[tuple[str, str]]:
    """The content of a note, and the state of its pictures and of the files that it links to."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return [(str(path), type(error).__name__)]
    found = [(str(path), hashlib.blake2b(data, digest_size=16).hexdigest())]
    for name in sorted(set(_LINKED.findall(data))):
        try:
            stat = (path.parent / unquote(name.decode("utf-8", "replace"))).stat()
        except (OSError, ValueError):
            continue
        found.append((str(name), f"{stat.st_mtime_ns} {stat.st_size}"))
    return found


def _watch() -> Callable[..., Iterable[object]]:
    try:
        from watchfiles import watch as follow
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "watchfiles", "notes") from None
    return follow
