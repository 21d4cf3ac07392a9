"""Finished runs are sealed as Parquet by a child process, so that no training process ever loads pyarrow for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from trackio.children import module_paths, started
from trackio.store.lock import is_locked
from trackio.store.sealer import LOCK_FILE

WAIT_SECONDS = 5.0
"""How long the end of the interpreter waits for the last snapshot, which a busy machine leaves for later.

The process goes on without us; what is not done when it ends, readers do."""

# The child finds its modules where the parent found them, and runs nothing of the parent's own.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); from trackio.store.sealer import main; main()"
)


class Sealing:
    """The child process, started when the first run finishes."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None

    def request(self, project: Path) -> None:
        """Have the runs of a project that have ended sealed; returns at once. May raise OSError."""
        if self._feed(project):
            return
        # Whoever holds the lock looks again after letting it go.
        if not sys.executable or is_locked(project / LOCK_FILE):
            return
        self._child = started(_START)
        self._write(json.dumps(module_paths()))
        self._feed(project)

    def wait(self) -> None:
        """Let the child finish what it was asked, and wait for it."""
        child, self._child = self._child, None
        if child is None or child.stdin is None:
            return
        try:
            child.stdin.close()
            child.wait(WAIT_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            # It ends by itself; a pipe that broke says that it has.
            child.returncode = child.returncode or 0

    def continue_in_child(self) -> None:
        """Called in the child right after a ``fork``: the sealing process is the parent's to wait for."""
        if self._child is not None:
            self._child.returncode = 0
            if self._child.stdin is not None:
                self._child.stdin.close()
            self._child = None

    def _feed(self, project: Path) -> bool:
        if self._child is None or self._child.poll() is not None:
            self.wait()
            return False
        try:
            self._write(str(project.absolute()))
        except OSError:
            # It has just ended, having had nothing to do for a while.
            self.wait()
            return False
        return True

    def _write(self, line: str) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.write(line + "\n")
            self._child.stdin.flush()
