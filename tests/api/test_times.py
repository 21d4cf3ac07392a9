"""Times as text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.errors import UsageError
from trackio.times import iso, nanoseconds

T = 1_763_695_140_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-21T03:19:00Z", T),
        ("2025-11-21T03:19:00+00:00", T),
        ("2025-11-21 03:19", T),
        ("2025-11-21T04:19:00+01:00", T),
        ("2025-11-21T03:19:00.5Z", T + 500_000_000),
        ("2025-11-21T03:19:00.123456789Z", T + 123_456_789),
        ("1763695140", T),
        ("1763695140.25", T + 250_000_000),
        ("1.76369514e9", T),
        ("-1", -(10**9)),
        ("1970-01-01", 0),
    ],
)
def test_times_are_read(text: str, expected: int) -> None:
    assert nanoseconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "2025-13-01", "1e30", "99999999999999", "nan", "0001-01-01", "."])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        nanoseconds(text)


@given(st.integers(-(2**63) + 10**4, 2**63 - 1))
def test_iso_reads_back_to_the_microsecond(time_ns: int) -> None:
    assert nanoseconds(iso(time_ns)) == time_ns // 1000 * 1000
