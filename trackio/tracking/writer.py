"""Appends frames to one journal; when it cannot, keeps them in memory until it can."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from trackio.journal import ROW
from trackio.tracking.faults import Faults

MOST_KEPT_BYTES = 32 << 20
"""How much is kept in memory while the journal cannot be written; then the oldest rows go."""

RETRY_SECONDS = 1.0

_KIND = 9
"""Where a frame holds its kind."""

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Writer:
    """One journal of one process. Not safe from several threads at once: a run's lock is held around every call.

    The file is made with the first frame. ``begin`` is called before it is opened: it makes the folder and returns the
    frames that a journal begins with, should it have to be begun. ``elsewhere`` does so in another home, which it names
    with the path of the journal there: for what cannot be written to the end.
    """

    def __init__(
        self, path: Path, begin: Callable[[], bytes], elsewhere: Callable[[], tuple[Path, Path, bytes]], faults: Faults
    ) -> None:
        self.path = path
        self._begin, self._elsewhere, self._faults = begin, elsewhere, faults
        self._fd = -1
        self._size = 0
        self._kept_frames: list[bytes] = []
        self._kept_rows: deque[bytes] = deque()
        self._kept_bytes = 0
        self._retry_at = 0.0
        self.lost_rows = 0
        """Rows that were given up because too many had to be kept."""

    @property
    def size(self) -> int:
        """How many bytes lie in the journal."""
        return self._size

    @property
    def kept_events(self) -> int:
        """How many records that are no rows wait in memory."""
        return len(self._kept_frames)

    @property
    def kept_rows(self) -> int:
        """How many rows wait in memory."""
        return len(self._kept_rows)

    def append(self, frame: bytes) -> None:
        """Append a frame; it is in the kernel on return, or kept for later."""
        # Without a file the write fails like any other: this is the path of every log() call.
        try:
            if os.write(self._fd, frame) == len(frame):
                self._size += len(frame)
                return
        except OSError as error:
            fault: OSError | None = error
        else:
            fault = None
        self._fall_back(frame, fault)

    def retry(self) -> bool:
        """Try to write what was kept, if it is time; True when nothing is left in memory."""
        if self._fd >= 0:
            return True
        if monotonic() < self._retry_at:
            return False
        return self._recover()

    def touch(self) -> None:
        """Tell readers on other machines that the writer lives."""
        if self._fd >= 0:
            try:
                os.utime(self.path)
            except FileNotFoundError:
                self._faults.warn(
                    "deleted",
                    f"{self.path} was deleted while the run goes on. What was logged to it, and what will be, is lost.",
                )
            except OSError:
                # The next write tells what is wrong, if anything is.
                return

    def close(self, last: bytes) -> None:
        """Append the last frame and let go of the file; says so when rows had to be left behind."""
        if self._fd < 0:
            self._retry_at = 0.0
            self._recover()
        self.touch()
        self.append(last)
        self._let_go()
        if self._kept_rows or self._kept_frames or self.lost_rows:
            count = len(self._kept_rows) + self.lost_rows
            what = f"{count} row{'s' if count > 1 else ''}" if count else "the run's end"
            self._faults.warn("left", f"{what} could not be written to {self.path}. {self._put_elsewhere()}")

    def abandon(self) -> None:
        """Let go of the file without a word: after a fork it is the parent's."""
        self._let_go()
        self._kept_frames.clear()
        self._kept_rows.clear()

    def _fall_back(self, frame: bytes, error: OSError | None) -> None:
        """Note that the journal cannot be written, and keep the frame."""
        if self._fd >= 0:
            # Part of the frame may have been written.
            self._cut_back()
            self._let_go()
            self._warn(error)
            self._retry_at = monotonic() + RETRY_SECONDS
        if frame[_KIND] == ROW:
            self._kept_rows.append(frame)
            self._kept_bytes += len(frame)
            while self._kept_bytes > MOST_KEPT_BYTES:
                self._kept_bytes -= len(self._kept_rows.popleft())
                self.lost_rows += 1
        else:
            self._kept_frames.append(frame)
        self.retry()

    def _recover(self) -> bool:
        """Open the journal and write all that was kept, or go back to waiting."""
        self._retry_at = monotonic() + RETRY_SECONDS
        try:
            opening = self._begin()
            self._fd = os.open(self.path, _FLAGS, 0o644)
            found = os.fstat(self._fd).st_size
            if found > self._size > 0:
                self._cut_back()
            self._size = os.fstat(self._fd).st_size
            if self._size == 0:
                self._write(opening)
            while self._kept_frames:
                self._write(self._kept_frames[0])
                self._kept_frames.pop(0)
            while self._kept_rows:
                batch = [self._kept_rows[place] for place in range(min(500, len(self._kept_rows)))]
                self._write(b"".join(batch))
                for frame in batch:
                    self._kept_bytes -= len(frame)
                    self._kept_rows.popleft()
        except OSError as error:
            self._let_go()
            self._warn(error)
            return False
        self._faults.forget("journal")
        return True

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._fd, data)
        except OSError:
            self._cut_back()
            raise
        if written != len(data):
            self._cut_back()
            raise OSError("the journal took only part of a record")
        self._size += written

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            # Readers skip a torn frame; opening the file again tells its size.
            return

    def _put_elsewhere(self) -> str:
        """Write the rows that were kept into a home of their own; says where they are."""
        if not self._kept_rows:
            return "That is lost."
        try:
            home, path, opening = self._elsewhere()
            # The last frame is the end of the run.
            path.write_bytes(b"".join([opening, *self._kept_frames[:-1], *self._kept_rows, self._kept_frames[-1]]))
        except OSError as error:
            return f"They are lost: nor can they be written elsewhere ({error})."
        lost = f" but for the first {self.lost_rows}" if self.lost_rows else ""
        return f"They are in {home}{lost}: `trackio import trackio {home}` brings them into a home that takes them."

    def _let_go(self) -> None:
        """Close the file, if it is open."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            try:
                os.close(fd)
            except OSError:
                # A program that becomes a daemon closes every file that it finds open.
                return

    def _warn(self, error: OSError | None) -> None:
        reason = error.strerror or str(error) if error else "the disk took only part of a record"
        self._faults.warn(
            "journal",
            f"{self.path} cannot be written: {reason}. Up to {MOST_KEPT_BYTES >> 20} MB are kept in memory "
            "and written when it can be; the run goes on. TRACKIO_DIR names another folder to record into.",
        )
