"""Text that is safe to show on a terminal, whatever was logged."""

from __future__ import annotations

import time
import unicodedata

from trackio import references
from trackio.times import iso, whole_duration

_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control and format characters, lone surrogates, line and paragraph separators."""

_MONTH = 30 * 86400

_JOINERS = "\u200c\u200d"
"""Format characters that real words and emoji need and that move nothing else."""


def plain(text: str) -> str:
    r"""The text with everything escaped that a terminal would obey or reorder: ``\x1b``, newlines, bidi overrides.

    What remains is one line. Letters of any script, emoji included, stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def number(value: object) -> str:
    """A logged value in few characters: six significant digits for floats, strings made plain, media in words."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    medium = references.decode(value)
    return plain(str(value) if medium is None else references.words(medium))


def ago(time_ns: int | None, now_ns: int | None = None) -> str:
    """How long ago a time was, in one unit: ``5 min ago``; after a month its date. Empty for None."""
    if time_ns is None:
        return ""
    seconds = ((time.time_ns() if now_ns is None else now_ns) - time_ns) / 1e9
    if seconds > _MONTH or seconds < -1:
        return iso(time_ns)[:10]
    value, unit = whole_duration(seconds).split()[:2]
    return f"{value} {unit} ago"


def size(count: int) -> str:
    """A number of bytes in decimal units: ``12.3 MB``."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"


def _is_harmless(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE
