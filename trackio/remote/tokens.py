"""Tokens that are made here, and those of Spaces that were made from this machine: a file each, for its user alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from trackio.store import layout

FOLDER, NAME = "spaces", "write-token"

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def made() -> str:
    """A token that nobody can guess, of letters and digits alone: one that begins with a dash looks like an option."""
    return secrets.token_hex(32)


def place(home: Path, space_id: str) -> Path:
    """Where the token of a Space is kept."""
    return home / FOLDER / layout.key(space_id) / NAME


def kept(home: Path, space_id: str) -> str | None:
    """The token of a Space; None when it was made elsewhere, or holds no server."""
    try:
        return place(home, space_id).read_text("ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def keep(home: Path, space_id: str, token: str | None = None) -> str:
    """Keep a token for a Space, a new one unless it is given; raises OSError.

    One that is there stays, unless another is given: of two processes that make the same Space one has its way.
    """
    path = place(home, space_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole before it has its name.
    draft = path.with_name(f"{NAME}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, _NEW, 0o600), "w", encoding="ascii") as file:
        file.write(f"{token or made()}\n")
    if token is None:
        try:
            os.link(draft, path)
        except FileExistsError:
            draft.unlink()
        except OSError:
            # A file system without links.
            draft.replace(path)
        else:
            draft.unlink()
    else:
        draft.replace(path)
    return path.read_text("ascii").strip()
