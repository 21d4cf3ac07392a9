"""One thread a process that looks after the runs in progress: heartbeat, recovery, folding a little at a time."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from trackio.store.liveness import HEARTBEAT_SECONDS
from trackio.tracking.faults import Faults

if TYPE_CHECKING:
    from trackio.tracking.run import Run

INTERVAL_SECONDS = 1.0

MOST_BYTES = 256 << 10
"""How much one look folds: some 10 ms, so that a script that logs without pause is not held up by it."""

READ_BYTES = 64 << 10
"""How much energy may wait for rows to be folded along with: minutes of it, for each fold costs more than a reading.
Whoever asks for it has it folded."""

_MEANING = "what is in the journal is safe, but could not be folded into the database; it will be tried again"


class Background:
    """Looks after runs from the first one that is begun in the process."""

    def __init__(self) -> None:
        self.continue_in_child()

    def continue_in_child(self) -> None:
        """Start afresh: right after a ``fork`` there is no thread, and nothing to look after until a run is used."""
        self._runs: list[Run] = []
        self._folded_bytes: dict[str, tuple[int, int]] = {}
        # Reentrant, both: a signal handler may finish a run at any moment.
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        # Held while SQLite is at work, and across a fork: a child must not inherit it in the middle of something.
        self._folding = threading.RLock()

    def pause(self) -> None:
        """Wait for SQLite to be idle, and keep it so."""
        self._folding.acquire()

    def go_on(self) -> None:
        """Let SQLite work again."""
        self._folding.release()

    def watch(self, run: Run) -> None:
        """Look after a run; the first one starts the thread."""
        with self._lock:
            if run not in self._runs:
                self._runs.append(run)
            if self._thread is None:
                thread = threading.Thread(target=self._look_after, name="trackio", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    # No thread can be started while the interpreter ends, or where there are too many.
                    run.faults.warn("background", f"the run shows up with its end only ({error})")
                    return
                self._thread = thread

    def forget(self, run: Run) -> None:
        """Let a run go; after the last one the thread ends."""
        with self._lock:
            if run in self._runs:
                self._runs.remove(run)

    def fold(self, directory: Path, faults: Faults, *, most_bytes: int | None = None) -> None:
        """Fold a project's journals; a fault is told once, and the journals stay."""
        if not os.path.isdir(directory):  # noqa: PTH112 - Path's raises where it may not look
            # Nothing could be written so far, which the journal has told.
            return
        with self._folding, faults.contained("fold", _MEANING):
            # Loads SQLite, which the first second of a script need not wait for. Contained like the rest: in a signal
            # handler that came in the middle of an import it may fail.
            from trackio.store.project import ProjectStore

            ProjectStore(directory.name, directory).fold(most_bytes=most_bytes)

    def _look_after(self) -> None:
        beat_at = 0.0
        pause = threading.Event()
        while True:
            pause.wait(INTERVAL_SECONDS)
            with self._lock:
                runs = list(self._runs)
                if not runs:
                    self._thread = None
                    return
            is_beat = monotonic() >= beat_at
            if is_beat:
                beat_at = monotonic() + HEARTBEAT_SECONDS
            for run in runs:
                size, read = run.tend(is_beat=is_beat)
                run.keep_vigil()
                folded, folded_read = self._folded_bytes.get(run.id, (0, 0))
                is_due = size - read != folded - folded_read or size - folded >= READ_BYTES
                if is_due and not run.is_finished:
                    self._folded_bytes[run.id] = size, read
                    self.fold(run.directory, run.faults, most_bytes=MOST_BYTES)
