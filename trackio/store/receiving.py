"""Journals that come over HTTP: bytes are appended where those before them end, or not at all.

A sender says at which offset its bytes belong. That makes everything else needless: a request that is repeated, comes
late or out of order finds another size and changes nothing, and after any fault the sender goes on at the size it is
told. A mark beside each such journal says that its writer is elsewhere, wherever that process seems to be.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from trackio import journal
from trackio.errors import StoreError
from trackio.store import deleted, layout
from trackio.store.database import reading

STRIPES = 64
"""Journals share so many locks: their files stay few, and two senders seldom meet."""

LOCK_SECONDS = 20.0

WALK_BYTES = 8 << 20
MOST_KNOWN = 4096

_OPEN = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_HEADER_BYTES = 64 << 10


class WrongOffset(StoreError):
    """Bytes do not belong where the journal ends."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"The journal has {size} bytes here. Send it from there on.")


class Busy(StoreError):
    """Something else is at work on the journal or file; the same request may succeed in a moment."""

    def __init__(self) -> None:
        super().__init__("It is in use. Send the same bytes again in a moment.")


class RunDeleted(StoreError):
    """The run of a journal was deleted here after the journal was begun."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(
            f"Run {run_id!r} was deleted or moved on the server, which takes nothing more of it. All of it is still on "
            "the machine that recorded it; to have it here again, begin it there anew."
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """What one request brings of a journal."""

    name: str
    """The file name of the journal."""
    run_id: str
    offset: int
    data: bytes
    """Whole frames; nothing at all only tells that the writer lives."""
    begun_ns: int | None = None
    """What its header says, when the piece begins with it."""
    is_damaged: bool = False
    """Whether the bytes are no frames at their source either."""


class Receiving:
    """The journals that one project receives; safe from many threads and processes."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._whole: dict[str, tuple[int, int]] = {}
        """By name: the inode of a journal, and how far this process knows it to be whole frames."""

    def size(self, name: str) -> int:
        """How many bytes of a journal are here, or were before they were folded and removed; raises Busy."""
        if not layout.journals(self._project).is_dir():
            return 0
        with locked(self._project, name):
            return self._size(name)

    def append(self, piece: Piece) -> int:
        """Append a piece and return the size; the bytes are then on the disk.

        Raises WrongOffset, Busy, RunDeleted, and OSError when the disk is full; the journal is then as it was.
        """
        path = self._path(piece.name)
        if not path.parent.is_dir() and not (piece.offset == 0 and piece.data):
            # There is no such project.
            if piece.offset:
                raise WrongOffset(0)
            return 0
        with locked(self._project, piece.name):
            self.check(piece)
            size = self._size(piece.name)
            if piece.offset != size:
                raise WrongOffset(size)
            if piece.data:
                try:
                    self._write(path, piece)
                except FileNotFoundError:
                    # It, or the whole project, was deleted at this moment.
                    raise Busy from None
                self.check(piece)
            else:
                _touch(path)
        return size + len(piece.data)

    def check(self, piece: Piece) -> None:
        """Raise RunDeleted for a journal that was begun before its run was deleted, and leave nothing of it."""
        deleted_ns = deleted.when(self._project, piece.run_id)
        if deleted_ns is None:
            return
        path = self._path(piece.name)
        begun_ns = _begun_ns(path) if piece.begun_ns is None else piece.begun_ns
        if begun_ns is None and self._position(piece.name):
            # Begun since: deleting a run forgets its journals.
            return
        if begun_ns is None or begun_ns <= deleted_ns:
            path.unlink(missing_ok=True)
            layout.received(self._project, piece.name).unlink(missing_ok=True)
            raise RunDeleted(piece.run_id)

    def _path(self, name: str) -> Path:
        return layout.journals(self._project) / name

    def _size(self, name: str) -> int:
        path = self._path(name)
        try:
            stat = path.stat()
        except FileNotFoundError:
            return self._position(name)
        if not layout.received(self._project, name).exists():
            # It is written here, by a process of this machine that sends to its own home.
            return stat.st_size
        inode, known = self._whole.get(name, (0, 0))
        if inode != stat.st_ino:
            known = 0
        if known != stat.st_size:
            known = self._mended(name, path, stat.st_size, known)
            self._know(name, stat.st_ino, known)
        return known

    def _know(self, name: str, inode: int, size: int) -> None:
        if len(self._whole) >= MOST_KNOWN:
            # All at once, which no other thread can come between. They are found again.
            self._whole.clear()
        self._whole[name] = inode, size

    def _mended(self, name: str, path: Path, size: int, known: int) -> int:
        """Take away what a server that was killed in the middle of a piece has left of it; returns the size."""
        found = (known, self._acknowledged(name), self._position(name))
        at = max((one for one in found if one <= size), default=0)
        with path.open("rb") as file:
            while at < size:
                file.seek(at)
                length = WALK_BYTES
                while not (stop := journal.whole(data := file.read(length))[0]) and len(data) == length:
                    # One frame that is longer.
                    file.seek(at)
                    length *= 2
                if not stop:
                    break
                at += stop
        if at < size:
            os.truncate(path, at)
        return at

    def _write(self, path: Path, piece: Piece) -> None:
        mark = layout.received(self._project, piece.name)
        is_new = not path.exists()
        if is_new:
            # Before the journal: nobody shall take it for one of a process of this machine.
            mark.write_text(str(piece.offset), encoding="ascii")
        fd = os.open(path, _OPEN | (os.O_CREAT if is_new else 0), 0o644)
        try:
            if is_new and piece.offset:
                # What came before is in the database; a hole holds its place.
                os.ftruncate(fd, piece.offset)
            try:
                write_all(fd, piece.data)
            except OSError:
                os.ftruncate(fd, piece.offset)
                raise
            if piece.is_damaged:
                # Damage is no whole frames: only this tells it from what a killed server leaves.
                _replace(mark, str(piece.offset + len(piece.data)))
            inode = os.fstat(fd).st_ino
            if path.stat().st_ino != inode:
                raise FileNotFoundError(path)
            self._know(piece.name, inode, piece.offset + len(piece.data))
        finally:
            os.close(fd)
        if is_new:
            _sync_folder(path.parent)

    def _acknowledged(self, name: str) -> int:
        try:
            return int(layout.received(self._project, name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def _position(self, name: str) -> int:
        """How much of a journal is folded."""
        path = layout.database(self._project)
        if not path.exists():
            return 0
        with reading(path) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'journals'").fetchone():
                return 0
            found = db.execute("SELECT position FROM journals WHERE name = ?", (name,)).fetchone()
        return int(found[0]) if found else 0


@contextmanager
def locked(project: Path, name: str) -> Iterator[None]:
    """Let no other thread or process take in the journal or file of that name; raises Busy."""
    folder = layout.receiving(project)
    lock = FileLock(folder / f"{zlib.crc32(name.encode()) % STRIPES}.lock", poll_interval=0.002)
    try:
        folder.mkdir(exist_ok=True)
        lock.acquire(timeout=LOCK_SECONDS)
    except (Timeout, FileNotFoundError):
        # Or the project is deleted at this moment.
        raise Busy from None
    try:
        yield
    finally:
        lock.release()


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except FileNotFoundError:
        # All of it is in the database.
        return


def _begun_ns(path: Path) -> int | None:
    """What the header of a journal says, if there is one."""
    try:
        with path.open("rb") as file:
            header = journal.scan(file.read(_HEADER_BYTES), {}).header
    except FileNotFoundError:
        return None
    return int(header["created_ns"]) if header else None


def write_all(fd: int, data: bytes) -> None:
    """Write all of it, to the disk."""
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
    os.fsync(fd)


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
