"""Progress bars on a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trackio.cli.bars import drawn
from trackio.cli.text import plain
from trackio.importers.imported import Watch

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_EVERY_SECONDS = 0.1


class Bars(Watch):
    """A bar for each file or run on its way, while it is :meth:`shown`."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._next = 0.0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars, if standard error is a terminal, and take them away."""
        if not sys.stderr.isatty():
            yield
            return
        with drawn() as self._bars:
            yield
        self._bars = None

    def progress(self, what: str, done: int, total: int) -> None:
        """Move the bar of ``what``."""
        is_done = done >= total
        if self._bars is None or (not is_done and time.monotonic() < self._next):
            return
        self._next = time.monotonic() + _EVERY_SECONDS
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(plain(what).replace("[", r"\["), total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)
        if is_done:
            # Hundreds of files are hundreds of bars otherwise.
            self._bars.remove_task(self._tasks.pop(what))
