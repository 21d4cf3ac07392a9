"""A lock on a file that the system lets go of when its holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def attempted(path: Path) -> Iterator[bool]:
    """Hold the lock for the length of the block; True unless another process holds it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    try:
        yield _lock(fd)
    finally:
        # Closing lets go.
        os.close(fd)


def is_locked(path: Path) -> bool:
    """Whether another process holds the lock just now."""
    with attempted(path) as is_mine:
        return not is_mine


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks: two may then do the same work, each whole.
            return True
        return True
