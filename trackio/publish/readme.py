"""A file that people write, changed in one piece: whoever reads it meanwhile sees what was or what will be."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from trackio.errors import PublishError

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Edited:
    """What a card shall hold, and what shall lie beside it."""

    content: bytes
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    """By path, relative to the card; None is for what shall go."""


Edit: TypeAlias = Callable[[bytes | None], Edited]
"""From what a card holds, None where there is none yet, to what it shall."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a card, or would."""

    name: str
    """What the card is called in words: a path, or a repository's id."""
    before: bytes | None
    """None where there was none."""
    after: bytes
    url: str | None = None
    """The commit or pull request that brought it to the Hub."""
    files: tuple[str, ...] = ()
    """The paths of what was put beside it, changed or removed."""

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after or bool(self.files)

    def diff(self) -> str:
        """The difference as ``diff -u`` shows it, without line ends of other systems."""
        before, after = _lines(self.before or b""), _lines(self.after)
        return "\n".join(difflib.unified_diff(before, after, f"a/{self.name}", f"b/{self.name}", lineterm=""))


def edit(path: Path, change: Edit, *, is_kept: bool = False) -> Change:
    """Change a file as ``change`` says, or with ``is_kept`` only tell what would come of it.

    Its mode and owner stay, and a link stays a link. Raises PublishError where it cannot be read or written, and what
    ``change`` raises; it is left as it was then.
    """
    target = _target(path)
    for _ in range(ATTEMPTS):
        before = _read(path, target)
        after = change(before)
        files = tuple(name for name, data in after.files.items() if _read(path, path.parent / name) != data)
        if not is_kept:
            _check(path, target, before)
            for name in files:
                _put(path, path.parent / name, after.files[name])
        if is_kept or before == after.content or _write(path, target, before, after.content):
            return Change(str(path), before, after.content, files=files)
    raise PublishError(_meaning(path), "another program keeps changing it", "Close that program and try again.")


def _target(path: Path) -> Path:
    """Where a file lies behind links."""
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise PublishError(_meaning(path), str(error), "Name a file that can be reached.") from error


def _read(path: Path, target: Path) -> bytes | None:
    try:
        if not stat.S_ISREG(target.stat().st_mode):
            what = "it is a folder" if target.is_dir() else "it is no plain file"
            raise PublishError(_meaning(path), what, f"Name the file, such as {path / 'README.md'}.")
        return target.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, error) from error


def _check(path: Path, target: Path, before: bytes | None) -> None:
    """Refuse what is read-only: in a folder of one's own it could be replaced, against what its mode asks for."""
    if before is not None and not os.access(target, os.W_OK):
        raise PublishError(_meaning(path), "it is read-only", f"Allow it first: chmod u+w {path}.")


def _put(path: Path, place: Path, content: bytes | None) -> None:
    """Put a file beside the card, in a folder that is ours, or take it away with a folder that is empty then."""
    if content is not None:
        try:
            place.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise _refused(path, error) from error
        _write(path, place, _read(path, place), content)
        return
    _remove(place)
    try:
        place.parent.rmdir()
    except OSError:
        # Other files are in it.
        pass


def _write(path: Path, target: Path, before: bytes | None, after: bytes) -> bool:
    """Replace a file in one step; False when it is no longer what it was."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_bytes(after)
        known = None if before is None else target.stat()
        if known is not None:
            draft.chmod(stat.S_IMODE(known.st_mode))
        if _read(path, target) != before:
            return False
        if known is not None and (known.st_nlink > 1 or not _is_given(draft, known)):
            # Another's file, or one of several names: a new file in its place would be neither.
            target.write_bytes(after)
        else:
            draft.replace(target)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        _remove(draft)
    return True


def _is_given(draft: Path, known: os.stat_result) -> bool:
    """Whether the draft has the owner and group of the file, or could be given to them."""
    own = draft.stat()
    if (own.st_uid, own.st_gid) == (known.st_uid, known.st_gid):
        return True
    try:
        os.chown(draft, known.st_uid, known.st_gid)
    except OSError:
        return False
    # Giving a file away takes some bits of its mode.
    draft.chmod(stat.S_IMODE(known.st_mode))
    return True


def _remove(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        # In a folder that takes nothing there is no draft either.
        pass


def _refused(path: Path, error: OSError) -> PublishError:
    reason = error.strerror or str(error)
    return PublishError(_meaning(path), reason[:1].lower() + reason[1:], "Name a file that may be read and written.")


def _meaning(path: Path) -> str:
    return f"{path} was left as it is"


def _lines(content: bytes) -> list[str]:
    return [line.rstrip("\r") for line in content.decode("utf-8", "backslashreplace").split("\n")]
