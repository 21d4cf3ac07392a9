"""Text and places on their way into HTML (pure)."""

from __future__ import annotations

import math
import re
from html import escape

from trackio.grammar import number_text


def text(value: str) -> str:
    """Text for HTML: no character that a browser would turn into an error or that could turn the line around."""
    return escape(_visible(value), quote=False)


def attribute(value: str) -> str:
    """Likewise, for the value of an attribute."""
    return escape(_visible(value), quote=True)


def percent(share: float) -> str:
    """A share of a width or height, to a hundredth of a percent."""
    return f"{number_text(math.floor(share * 10000 + 0.5) / 100)}%"


def _visible(value: str) -> str:
    if value.isprintable():
        return value
    return "".join("\ufffd" if _is_forbidden(letter) else letter for letter in re.sub("[\t\n\r]", " ", value))


def _is_forbidden(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter < "\xa0" or "\ud800" <= letter <= "\udfff"
