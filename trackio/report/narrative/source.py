"""A file of notes as it was read: its front matter and its body, with the lines that they begin at."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from trackio.report.narrative.problems import Say

LONGEST_BYTES = 1_000_000
"""Longer files are no notes."""

_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")


@dataclass(frozen=True, slots=True)
class Source:
    """One file."""

    path: Path
    shown: str
    """Its name as messages give it."""
    front: str
    """The YAML between the first two lines of ``---``; empty without."""
    body: str
    body_line: int
    """How many lines come before the body."""
    digest: str
    """Of its bytes."""


def read(path: Path, shown: str, say: Say) -> Source | None:
    """The file, or None with what is wrong with it."""
    try:
        if path.stat().st_size > LONGEST_BYTES:
            say(1, f"The file is larger than {LONGEST_BYTES // 1_000_000} MB. Split it into several reports.")
            return None
        data = path.read_bytes()
    except OSError as error:
        reason = "is a folder; name a file of Markdown" if path.is_dir() else f"cannot be read ({error.strerror})"
        say(1, f"The file {reason}.")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        say(data.count(b"\n", 0, error.start) + 1, "This is no text in UTF-8. Save the file as UTF-8.")
        return None
    if "\0" in text:
        say(text.count("\n", 0, text.index("\0")) + 1, "There is a zero byte here, so this is no text.")
        return None
    # One character a line end, so that lines are counted alike everywhere.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    front, start = _front(lines, say)
    body = "\n".join(lines[start:])
    return Source(path, shown, front, body, start, hashlib.blake2b(data, digest_size=16).hexdigest())


def _front(lines: list[str], say: Say) -> tuple[str, int]:
    if lines[0].rstrip() != "---":
        return "", 0
    for number, line in enumerate(lines[1:], 1):
        if _FENCE.fullmatch(line):
            return "\n".join(lines[1:number]), number + 1
    say(1, "The front matter that begins here has no end: a line of --- is missing.")
    return "", len(lines)
