"""The process that seals finished runs: it reads project folders from its input, a line each, and ends when idle.

One process at a time works on a project. Another that finds it locked leaves at once, because the holder looks again
after it has let go.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from trackio.store import layout, lock
from trackio.store.project import ProjectStore

LINGER_SECONDS = 5.0
"""How long to wait for more: a sweep of short runs loads pyarrow once."""

LOCK_FILE = "seal.lock"

NICENESS = 19
"""Trainings on this machine, and what sends their rows, go first."""

_AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux shares the processors among sessions first: niceness then counts within ours, where nobody else is."""


def main() -> None:
    """Seal what is asked for on standard input until it ends, or nothing comes for a while."""
    _give_way()
    asked: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        try:
            line = asked.get(timeout=LINGER_SECONDS)
        except Empty:
            return
        if line is None:
            return
        seal(Path(line))


def seal(directory: Path) -> None:
    """Seal every run of a project that has ended and is not sealed as it is now, unless another process is at it."""
    name = layout.project_name(directory)
    if name is None:
        return
    store = ProjectStore(name, directory)
    while store.unsealed():
        with lock.attempted(directory / LOCK_FILE) as is_mine:
            if not is_mine:
                return
            for run_id in store.unsealed():
                store.seal(run_id)


def _give_way() -> None:
    """Have this process go behind all others, where the system lets it."""
    if not hasattr(os, "nice"):
        return
    with suppress(OSError):
        os.nice(NICENESS)
        _AUTOGROUP.write_text(str(NICENESS), "ascii")


def _listen(asked: SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        asked.put(line.rstrip("\n"))
    asked.put(None)
