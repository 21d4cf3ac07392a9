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

_ENDS = {
    b"password": 8,
    b"passwd": 8,
    b"passphrase": 8,
    b"secret": 8,
    b"credential": 16,
    b"token": 16,
    b"key": 16,
}
"""What telling names end in, but for an ``s``, and how long their secrets are at least; nobody chooses a short key."""

_KEY = re.compile(rb"(?:api|access|secret|private|auth|account|encryption)[_-]?$")
_LONGEST_KEY = len(b"encryption_")
_VALUE = re.compile(rb"""[sS]?\\?["']?\s{0,3}(?:=>|:=|=|:)\s{0,3}\\?["']?([^\s"'<>&;,(){}\[\]\\]{8,300})""")
_BEARER = re.compile(rb"bearer[ \t]{1,3}([A-Za-z0-9._~+/=-]{16,2000})", re.IGNORECASE)
_BOKEHS = "eyJzZXNzaW9uX2lkIjogImRlZmF1bHQifQ"
"""The ``DEFAULT_TOKEN`` of Bokeh's script, which is in every page that shows one of its charts."""

_SURE = re.compile(r"pass(?:word|wd|phrase)$", re.IGNORECASE)
"""Names that are of nothing but secrets; a ``token`` is often a word of a model's."""

_SHORTEST_SURE = 5


def matches(text: bytes) -> Iterator[Match]:
    """The values after telling names in running text, as far as they look like chance."""
    small = text.lower()
    for word, shortest in _ENDS.items():
        at = small.find(word)
        while at >= 0:
            end = at + len(word)
            is_telling = word != b"key" or _KEY.search(small, max(0, at - _LONGEST_KEY), at) is not None
            match = _VALUE.match(text, end) if is_telling else None
            if match is not None:
                # What comes again within a value is not read again, so that no text takes long.
                end = match.end()
                value = match[1].decode("utf-8", "replace")
                if len(value) >= shortest and value != _BOKEHS and is_random(value):
                    yield Match(RULE, match.start(1), match.end(1), f"{word.decode()}: ", match[1])
            at = small.find(word, end)
    at = small.find(b"bearer")
    while at >= 0:
        match = _BEARER.match(text, at)
        end = at + len(b"bearer")
        if match is not None:
            end = match.end()
            if is_random(match[1].decode()):
                yield Match(BEARER, match.start(1), match.end(1), "Bearer ", match[1])
        at = small.find(b"bearer", end)


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
