"""Secrets that the word before them tells, such as ``password=...`` and ``Authorization: Bearer ...`` (pure)."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator

from trackio.publish.scan.finding import Match
from trackio.publish.scan.looks import is_placeholder, is_random
from trackio.publish.scan.telling import SERVICES

RULE = "secret-value"
BEARER = "bearer-token"
BASIC = "basic-auth"

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

_KEY = re.compile(rf"(?:api|access|secret|private|auth|account|encryption|(?<![a-z0-9])(?:{SERVICES}))[_-]?$".encode())
_LONGEST_KEY = 24
_VALUE = re.compile(rb"""[sS]?\\?["']?\s{0,3}(?:=>|:=|=|:)\s{0,3}\\?["']?([^\s"'<>&;,(){}\[\]\\]{8,300})""")
_OPTION = re.compile(rb"""(?:^|[\s"'=,(\[])--?[a-z0-9][a-z0-9_-]*$""")
_LONGEST_OPTION = 48
_ARGUMENT = re.compile(
    rb"""[sS]?\\?["']?(?:[ \t]{1,3}|\s{0,3},\s{0,3})\\?["']?([^\s"'<>&;,(){}\[\]\\-][^\s"'<>&;,(){}\[\]\\]{7,299})"""
)
"""What follows an option on a command line, or in a list of its words."""

_BEARER = re.compile(rb"bearer[ \t]{1,3}([A-Za-z0-9._~+/=-]{16,2000})", re.IGNORECASE)
_BASIC = re.compile(rb"basic[ \t]{1,3}([A-Za-z0-9+/]{8,2000}={0,2})(?![A-Za-z0-9+/=])", re.IGNORECASE)
_BOKEHS = "eyJzZXNzaW9uX2lkIjogImRlZmF1bHQifQ"
"""The ``DEFAULT_TOKEN`` of Bokeh's script, which is in every page that shows one of its charts."""


def matches(text: bytes) -> Iterator[Match]:
    """The values after telling names in running text, as far as they look like chance."""
    small = text.lower()
    for word, shortest in _ENDS.items():
        at = small.find(word)
        while at >= 0:
            end = at + len(word)
            match = _valued(text, small, at, word)
            if match is not None:
                # What comes again within a value is not read again, so that no text takes long.
                end = match.end()
                value = match[1].decode("utf-8", "replace")
                is_code = text.startswith((b"(", b"["), match.end(1))
                if len(value) >= shortest and value != _BOKEHS and not is_code and is_random(value):
                    yield Match(RULE, match.start(1), match.end(1), f"{word.decode()}: ", match[1])
            at = small.find(word, end)
    yield from _headers(text, small, b"bearer", _BEARER, BEARER)
    yield from _headers(text, small, b"basic", _BASIC, BASIC)


def _valued(text: bytes, small: bytes, at: int, word: bytes) -> re.Match[bytes] | None:
    """What a telling word that ends a name gives a value."""
    if word == b"key" and _KEY.search(small, max(0, at - _LONGEST_KEY), at) is None:
        return None
    end = at + len(word)
    found = _VALUE.match(text, end)
    if found is None and _OPTION.search(small, max(0, at - _LONGEST_OPTION), end) is not None:
        found = _ARGUMENT.match(text, end)
    return found


def _headers(text: bytes, small: bytes, scheme: bytes, form: re.Pattern[bytes], rule: str) -> Iterator[Match]:
    at = small.find(scheme)
    while at >= 0:
        match = form.match(text, at)
        end = at + len(scheme)
        if match is not None:
            end = match.end()
            if _is_login(match[1]) if rule == BASIC else is_random(match[1].decode()):
                yield Match(rule, match.start(1), match.end(1), f"{scheme.decode().title()} ", match[1])
        at = small.find(scheme, end)


def _is_login(value: bytes) -> bool:
    """Whether this is a name and a password as headers have them."""
    try:
        name, colon, password = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return False
    return bool(colon) and (name + password).isprintable() and len(password) > 2 and not is_placeholder(password)
