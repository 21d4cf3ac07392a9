"""Which alerts raise themselves: as a text, a list, a mapping, and arguments say."""

from __future__ import annotations

from typing import Any

import pytest

from trackio.alerts.rules import Rules, read
from trackio.errors import UsageError

ALL = Rules(nan=True, silence_minutes=10.0, gpu_memory=0.95, crash=True)

READ = [
    ("nan,crash,silence=10,gpu_memory=0.95", ALL),
    (" NaN , Crash , silence_minutes = 10 , gpu_memory=95 ", ALL),
    (["nan", "crash", "silence=10", "gpu_memory=0.95"], ALL),
    ({"nan": True, "crash": 1, "silence_minutes": 10, "gpu_memory": 95}, ALL),
    ({"nan": "yes", "crash": "on", "silence": "10", "gpu_memory": "0.95"}, ALL),
    ("nan", Rules(nan=True)),
    ("nan=off,crash=yes", Rules(crash=True)),
    ("silence=0.5", Rules(silence_minutes=0.5)),
    ("silence=0,gpu_memory=off,crash", Rules(crash=True)),
    ({"nan": None, "silence_minutes": None}, Rules()),
    ("", Rules()),
    ([], Rules()),
]


@pytest.mark.parametrize(("given", "expected"), READ)
def test_rules_are_said_in_words(given: Any, expected: Rules) -> None:
    assert read(given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nam", "No automatic alert is called 'nam'. Nearest: nan."),
        ("fire", "There are nan, crash, silence and gpu_memory"),
        ("silence", "silence_minutes='' is not a number of minutes"),
        ("silence=-1", "not a number of minutes"),
        ("silence=nan", "not a number of minutes"),
        ("silence=inf", "not a number of minutes"),
        ({"silence": True}, "silence_minutes=True is not a number of minutes"),
        ("gpu_memory=101", "not a share of the memory, such as 0.95"),
        ("gpu_memory=much", "not a share of the memory"),
        ("nan=maybe", "neither on nor off"),
        ({"crash": [1]}, "neither on nor off"),
        (5, "no text such as"),
        ([5], "no text such as"),
    ],
)
def test_rules_that_cannot_be_say_what_can(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(given)


def test_what_is_not_named_stays_as_it_is() -> None:
    rules = Rules().changed(nan=True, silence_minutes=None).changed(crash=True, nan=None)
    assert rules == Rules(nan=True, crash=True)
    assert rules.changed(nan=False, silence_minutes=5) == Rules(crash=True, silence_minutes=5.0)
    assert ALL.changed(silence_minutes=False, gpu_memory=0) == Rules(nan=True, crash=True)
    assert read(ALL.fields()) == ALL
