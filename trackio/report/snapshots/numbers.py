"""What snapshots are called: numbers that are never given twice, and labels (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from trackio.errors import UsageError, hint

AUTO = "auto"
"""Asks for a snapshot where the data changed since the last one."""
LATEST = "latest"
"""The folder whose pages lead to the current ones."""
LONGEST_LABEL = 80

_NAME = re.compile(r"v([1-9][0-9]{0,8})")


def name(number: int) -> str:
    """The folder of a snapshot: ``v1``, ``v2``, ..."""
    return f"v{number}"


def number(folder: str) -> int | None:
    """The number of a snapshot's folder; None for what cannot be one."""
    found = _NAME.fullmatch(folder)
    return None if found is None else int(found[1])


def is_kept(path: str) -> bool:
    """Whether a path relative to a report, with ``/`` between its parts, lies in a snapshot.

    Whoever removes from a published report what the current one lacks leaves these alone.
    """
    folder, slash, _ = path.partition("/")
    return bool(slash) and number(folder) is not None


def following(taken: Iterable[int]) -> int:
    """The number of the next snapshot: above all that there are and ever were, so that a name never means another."""
    return max(taken, default=0) + 1


def asked(text: str) -> str:
    """What is asked for, without spaces around it: ``auto`` or a label; raises UsageError."""
    return AUTO if text.strip() == AUTO else label(text)


def label(text: str) -> str:
    """The label as given, without spaces around it; raises UsageError for what would not name one snapshot."""
    found = text.strip()
    if not found or not found.isprintable() or len(found) > LONGEST_LABEL:
        raise UsageError(
            f"--snapshot {text!r} is no label. Give a short one such as camera-ready, of at most {LONGEST_LABEL} "
            "letters, or auto."
        )
    if found.lower() == LATEST or number(found.lower()) is not None or found.isdecimal() or "," in found:
        raise UsageError(
            f"--snapshot {found!r} would be taken for something else: snapshots are numbered by trackio, and a list "
            "of them has commas. Give a label such as camera-ready, or auto."
        )
    return found


def pruned(text: str, known: Sequence[tuple[int, str | None]]) -> list[int]:
    """Which snapshots go, of those ``known`` by number and label, oldest first.

    ``text`` is how many of the newest stay, or the names or labels of those that go, with commas between. Raises
    UsageError.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 1 and parts[0].isdecimal():
        keep = int(parts[0])
        if keep < 1:
            raise UsageError("--prune-snapshots keeps 1 at least. Name those that shall go: --prune-snapshots v1,v2.")
        return [found for found, _ in sorted(known)[:-keep]]
    if not parts:
        raise UsageError("Say how many snapshots stay (--prune-snapshots 3) or which go (--prune-snapshots v1,v2).")
    return sorted({_named(part, known) for part in parts})


def _named(text: str, known: Sequence[tuple[int, str | None]]) -> int:
    by_name = {name(found): found for found, _ in known} | {own: found for found, own in known if own is not None}
    if text not in by_name:
        there = hint(text, list(by_name)) if by_name else "There is none yet"
        raise UsageError(f"--prune-snapshots: there is no snapshot {text!r}. {there}.")
    return by_name[text]
