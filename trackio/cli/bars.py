"""Bars of progress on a terminal: what they share, and the one for the pages of a report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from trackio.publish.asking import Confirm


def drawn(*columns: ProgressColumn) -> Progress:
    """Bars on standard error, over which warnings pass as they are: no line of theirs is broken, no bracket eaten."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True, soft_wrap=True, markup=False, emoji=False, highlight=False)
    # Standard output may be a file or a pipe, into which nothing but the answer goes.
    return Progress(*columns, console=console, transient=True, redirect_stdout=False)


class Pages:
    """A bar for the pages of a report while they are made, if ``is_wanted`` and standard error is a terminal.

    It goes when they are made, so that what comes after them has the terminal for itself.
    """

    def __init__(self, *, is_wanted: bool = True) -> None:
        self._is_wanted = is_wanted
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bar, and take it away."""
        if not (self._is_wanted and sys.stderr.isatty()):
            yield
            return
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

        self._bar = drawn(TextColumn("pages"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._task = self._bar.add_task("pages", total=None)
        self._bar.start()
        try:
            yield
        finally:
            self._bar.stop()
            self._bar = None

    def progress(self, done: int, total: int) -> None:
        """Move the bar; pages may have to be made again after all were there."""
        if self._bar is None or self._task is None:
            return
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self._bar.stop()
        else:
            self._bar.start()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Without the bar for a while, so that people can read and answer."""
        was_seen = self._bar is not None and self._bar.live.is_started
        if self._bar is not None:
            self._bar.stop()
        try:
            yield
        finally:
            if self._bar is not None and was_seen:
                self._bar.start()

    def asking(self, confirm: Confirm) -> Confirm:
        """What asks likewise, with the bar hidden."""

        def ask(what: str, space_id: str, url: str) -> None:
            with self.hidden():
                confirm(what, space_id, url)

        return ask
