"""Whether a text looks like chance, as secrets do, or like words (pure)."""

from __future__ import annotations

import math
import re
from collections import Counter

_SHORTEST = 8
_BITS = 2.7
"""Shannon entropy a character; the least of what passwords of eight letters and digits have."""

_PLACEHOLDER = re.compile(
    r"[x*.•#_-]+|your[_-].*|none|null|nil|undefined|true|false|yes|no|on|off|default|empty|unset|unknown|test(?:ing)?|"
    r"password|passwd|pass|secret|token|api[_-]?key|env|auto|<.*>?|\(.*|\{.*|\[.*|\$.*|%.*|os\.environ.*|.*getenv.*|"
    r".{0,12}(?:example|change[_-]?me|placeholder|dummy|redacted|hidden|insert|replace|todo).{0,12}",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T_-]?[0-9:.-]*[zZ]?(?:[+-][0-9:]{2,5})?")
_PARTS = re.compile(r"[-_.:/@+=~ ]+")
_WORD = re.compile(
    r"[a-z]+|[A-Z][a-z]*|[A-Z]+|v?[0-9]+[a-zA-Z]{0,2}|[a-zA-Z]{1,2}[0-9]+|.{1,3}|[A-Za-z][a-z]+[0-9]{1,2}"
)
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_HUMP = 4
"""Letters that the words in a name have on average; between capitals set by chance there are two or three."""

_TURN = re.compile(r"[a-z][A-Z0-9]|[A-Z][0-9]|[0-9][a-zA-Z]")


def is_placeholder(value: str) -> bool:
    """Whether this stands where a secret would: ``changeme``, ``<token>``, ``${TOKEN}``, ``xxxx``."""
    return _PLACEHOLDER.fullmatch(value[:200]) is not None


def is_random(value: str) -> bool:
    """Whether a value without blanks looks like chance: no words, names, paths, versions, dates or numbers."""
    if len(value) < _SHORTEST or any(char.isspace() for char in value) or is_placeholder(value):
        return False
    if _DATE.fullmatch(value[:100]) or all(_is_word(part) for part in _PARTS.split(value[:2000]) if part):
        return False
    return entropy(value) >= _BITS and len(_TURN.findall(value[:2000])) >= 2


def _is_word(part: str) -> bool:
    """Whether this is a word, a number, or a name such as ``TokenSource`` that words were put together to."""
    return _WORD.fullmatch(part) is not None or (part.isalpha() and len(part) >= _HUMP * len(_HUMPS.findall(part)))


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(value[:2000])
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values())
