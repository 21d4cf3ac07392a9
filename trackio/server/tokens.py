"""Where the server's tokens come from: the environment, a file, or one that is made here and kept."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from trackio.errors import UsageError
from trackio.remote.tokens import made

TOKEN_FILE = "write-token"  # noqa: S105 - the name of a file

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def of_file(path: Path) -> str:
    """The token in a file, on its first line; raises UsageError where there is none."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"The token cannot be read from {path}: {reason}. Write it there, on one line.") from None
    return checked(lines[0].strip(), str(path))


def checked(token: str, place: str) -> str:
    """The token, if it can stand in a header; raises UsageError without telling it."""
    if not token or not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError(
            f"{place} has no usable token: use letters, digits and signs without spaces, such as the output of "
            "`openssl rand -hex 32`."
        )
    return token


def kept(home: Path) -> tuple[str, bool]:
    """The write token of a home, made when there is none; and whether it was made now.

    Only the user who owns the file can read it. Clients so keep their token when the server starts again.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / TOKEN_FILE
    try:
        if path.read_text("utf-8").strip():
            return of_file(path), False
        is_empty = True
    except FileNotFoundError:
        is_empty = False
    except (OSError, UnicodeDecodeError):
        return of_file(path), False
    token = made()
    # Whole before it has its name: another server that starts at this moment reads it as soon as it is there.
    draft = home / f"{TOKEN_FILE}.{secrets.token_hex(4)}.part"
    try:
        with os.fdopen(os.open(draft, _NEW, 0o600), "w", encoding="ascii") as file:
            file.write(f"{token}\n")
        if not is_empty:
            _name(draft, path)
        elif not _replaced(draft, path):
            return of_file(path), False
    except FileExistsError:
        return of_file(path), False
    finally:
        draft.unlink(missing_ok=True)
    return token, True


def _replaced(draft: Path, path: Path) -> bool:
    """Put a file in the place of an empty one, which a start that was interrupted left; False when another did."""
    # Imported late: it takes its time to load.
    from filelock import FileLock

    with FileLock(f"{path}.lock"):
        if path.read_text("utf-8").strip():
            return False
        draft.replace(path)
        return True


def _name(draft: Path, path: Path) -> None:
    """Give a file its name; raises FileExistsError where another one has it."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links.
        draft.replace(path)
