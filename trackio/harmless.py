"""Text that is safe to show on a terminal or in a chat, whatever was logged (pure)."""

from __future__ import annotations

import unicodedata

_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control and format characters, lone surrogates, line and paragraph separators."""

_JOINERS = "\u200c\u200d"
"""Format characters that real words and emoji need and that move nothing else."""


def plain(text: str) -> str:
    r"""The text with everything escaped that a terminal would obey or reorder: ``\x1b``, newlines, bidi overrides.

    What remains is one line. Letters of any script, emoji included, stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def plain_lines(text: str) -> str:
    """Likewise line by line: ends of lines stay, and tabs become spaces."""
    return "\n".join(plain(line) for line in text.replace("\r\n", "\n").expandtabs(4).split("\n"))


def _is_harmless(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE
