"""Secrets that the word before them tells, such as ``password=...`` and ``Authorization: Bearer ...`` (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trackio.privacy import SECRET_KEY
from trackio.publish.scan.finding import Match
from trackio.publish.scan.looks import is_placeholder, is_random

RULE = "secret-value"
BEARER = "bearer-token"

_NAME = re.compile(
    rb"(?:api|access|secret|private|auth|account|encryption)[_-]?keys?|passw(?:or)?d|passphrase|secrets?|credentials?|"
    rb"(?:api|auth|access|bearer|wandb|hub|session|refresh|github)[_-]?tokens?|client[_-]?secret|token"
)
_VALUE = re.compile(rb"""\\?["']?\s{0,3}(?:=>|:=|=|:)\s{0,3}\\?["']?([^\s"'<>&;,(){}\[\]\\]{8,300})""")
_BEARER = re.compile(rb"bearer[ \t]{1,3}([A-Za-z0-9._~+/=-]{16,2000})", re.IGNORECASE)
_SURE = re.compile(r"pass(?:word|wd|phrase)$", re.IGNORECASE)
"""Names that are of nothing but secrets; a ``token`` is often a word of a model's."""

_SHORTEST_SURE = 5


def matches(text: bytes) -> Iterator[Match]:
    """The values after telling names in running text, as far as they look like chance."""
    small = text.lower()
    for name in _NAME.finditer(small):
        match = _VALUE.match(text, name.end())
        if match is not None and is_random(match[1].decode("utf-8", "replace")):
            yield Match(RULE, match.start(1), match.end(1), f"{name[0].decode()}: ", match[1])
    at = small.find(b"bearer")
    while at >= 0:
        match = _BEARER.match(text, at)
        if match is not None and is_random(match[1].decode()):
            yield Match(BEARER, match.start(1), match.end(1), "Bearer ", match[1])
        at = small.find(b"bearer", at + 6)


def leaves(value: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What a JSON value holds at the ends of its branches, each with the names that lead there."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, (*names, str(name)))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item, names)
    else:
        yield names, value


def is_secret(name: str, value: str) -> bool:
    """Whether a value is a secret by the name that it stands under."""
    if not SECRET_KEY.search(name):
        return False
    is_sure = _SURE.search(name) is not None and len(value) >= _SHORTEST_SURE and not is_placeholder(value)
    return is_sure or is_random(value)
