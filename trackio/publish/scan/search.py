"""Where in a text secrets stand (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from trackio.publish.scan import homes, keyed
from trackio.publish.scan.finding import Match
from trackio.publish.scan.forms import FORMS, Form
from trackio.publish.scan.known import RULE as KNOWN
from trackio.publish.scan.known import Known
from trackio.publish.scan.looks import is_placeholder, is_random

RULES: tuple[str, ...] = tuple(
    sorted({*(form.rule for form in FORMS), keyed.RULE, keyed.BEARER, keyed.BASIC, homes.RULE, KNOWN})
)
"""What a finding can be, and what ``--allow`` takes beside places."""


def matches(text: bytes, known: Known, *, has_homes: bool = True) -> list[Match]:
    """Every secret in a text of any length, by place; none of them overlap. Home folders only with ``has_homes``."""
    found = [*known.matches(text)]
    for form in FORMS:
        found += _of_form(form, text)
    found += keyed.matches(text)
    if has_homes:
        found += homes.matches(text, known.home)
    return _apart(found)


def _of_form(form: Form, text: bytes) -> Iterator[Match]:
    for beginning in form.beginnings:
        at = text.find(beginning)
        while at >= 0:
            match = form.pattern.match(text, at)
            end = at + len(beginning)
            if match is not None:
                group = match.lastindex or 0
                secret = match[group]
                own = secret[len(beginning) :] if group == 0 else secret
                if _is_meant(form, own):
                    yield Match(form.rule, match.start(group), match.end(group), beginning.decode(), secret)
                end = max(end, match.end())
            at = text.find(beginning, end)


def _is_meant(form: Form, own: bytes) -> bool:
    if form.is_random:
        return is_random(own.decode())
    return form.rule != "url-password" or not is_placeholder(own.decode("utf-8", "replace"))


def _apart(found: list[Match]) -> list[Match]:
    """Of those that share characters, the one that begins first; of those that begin alike, the one told first."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda match: match.start):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept
