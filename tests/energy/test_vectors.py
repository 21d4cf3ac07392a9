"""Every vector of the method, as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from trackio.energy import EnergyAccount, Sample, Session, account

Row = tuple[float, float | None, float | None]
"""Seconds, counter in joules, power in watts."""


@dataclass(frozen=True)
class Vector:
    rows: Sequence[Row]
    expected: Mapping[str, Any]
    max_gap: float = 5.0
    sessions: Sequence[tuple[float, float]] = ()
    """In seconds; from the first row to the last unless given."""
    window: tuple[float, float] | None = None

    def account(self) -> EnergyAccount:
        times = [time for time, *_ in self.rows]
        sessions = self.sessions or [(min(times), max(times))]
        return account(
            [Sample("GPU-1", ns(time), milli(counter), milli(power)) for time, counter, power in self.rows],
            [Session(ns(start), ns(end)) for start, end in sessions],
            max_gap_seconds=self.max_gap,
            window_ns=None if self.window is None else (ns(self.window[0]), ns(self.window[1])),
        )


def ns(seconds: float) -> int:
    return 5_000_000_000_000 + round(seconds * 1e9)


def milli(value: float | None) -> int | None:
    return None if value is None else round(value * 1e3)


def counted(*rows: tuple[float, float]) -> list[Row]:
    return [(time, counter, None) for time, counter in rows]


def powered(*rows: tuple[float, float]) -> list[Row]:
    return [(time, None, power) for time, power in rows]


RESET: list[Row] = [(0, 9000, 200), (10, 11000, 200), (20, 13000, 200), (30, 800, 240), (40, 3200, 240)]
LEAST = {"joules": 7200, "coverage": 0.75, "is_lower_bound": True, "resets": 1}
RAMP = counted((0, 0), (10, 2000), (20, 6000), (30, 7000))
SHARED = [(t, 1e6 + 400 * t, 400) for t in range(61)] + [(t + 0.5, 1e6 + 400 * (t + 0.5), 400) for t in range(2, 58)]

VECTORS: dict[str, Vector] = {
    "V1": Vector(
        [(t, 300 * t, 300) for t in range(0, 61, 10)],
        {"joules": 18_000, "kwh": 0.005, "coverage": 1, "resets": 0, "joules_by_method": {"counter": 18_000}},
    ),
    "V2": Vector(powered(*[(t, 100 + 10 * t) for t in range(0, 41, 10)]), {"joules": 12_000, "coverage": 1}, 10),
    "V3": Vector(powered((0, 100), (1, 200), (3, 200), (4, 400), (9, 150)), {"joules": 2225, "coverage": 1}, 5),
    "V4": Vector(
        RESET,
        {
            "joules": 8600,
            "resets": 1,
            "coverage": 1,
            "is_lower_bound": False,
            "joules_by_method": {"counter": 6400, "reset": 2200},
        },
        10,
    ),
    "V4b without power": Vector([(t, counter, None) for t, counter, _ in RESET], LEAST, 10),
    "V4b, max gap 5": Vector(RESET, {**LEAST, "joules_by_method": {"counter": 6400, "reset": 800}}, 5),
    "V5": Vector([(0, 0, 300), (10, None, 900), (20, None, 900), (30, 9000, 300)], {"joules": 9000, "coverage": 1}),
    "V6": Vector(
        powered((0, 250), (5, 250), (65, 250), (70, 250)),
        # The minute that nobody measured is not in the amount; coverage tells of it.
        {"joules": 2500, "coverage": 1 / 7, "is_lower_bound": False, "joules_by_method": {"power": 2500}},
    ),
    "V6b": Vector(
        counted((0, 0), (5, 1250), (65, 16_250), (70, 17_500)),
        {"joules": 17_500, "coverage": 1, "joules_by_method": {"counter": 17_500}},
    ),
    "V7": Vector(SHARED, {"joules": 24_000, "coverage": 1, "seconds": 60}, sessions=[(0, 60), (2, 58)]),
    "V8": Vector(
        counted((0, 0), (100, 30_000), (400, 240_000), (500, 270_000)),
        {"joules": 60_000, "coverage": 1, "seconds": 200},
        sessions=[(0, 100), (400, 500)],
    ),
    "V9, 0 to 10": Vector(RAMP, {"joules": 2000, "seconds": 10}, window=(0, 10)),
    "V9, 5 to 15": Vector(RAMP, {"joules": 3000, "seconds": 10}, window=(5, 15)),
    "V9, 12 to 27": Vector(RAMP, {"joules": 3900, "seconds": 15}, window=(12, 27)),
    "V10": Vector(
        [(0, None, 100), (4, None, 200), (8, 50, 200), (18, 2050, 200)],
        {"joules": 3400, "coverage": 1, "joules_by_method": {"counter": 2000, "power": 1400}},
        5,
    ),
    "V11": Vector([(0, 9000, 300)], {"joules": None, "kwh": None, "coverage": 0}, sessions=[(0, 60)]),
}


@pytest.mark.parametrize("name", VECTORS)
def test_every_vector_comes_out_as_the_method_says(name: str) -> None:
    vector = VECTORS[name]
    found = vector.account()
    assert {key: getattr(found, key) for key in vector.expected} == approximately(vector.expected)


@pytest.mark.parametrize("name", VECTORS)
def test_the_order_of_the_rows_changes_no_bit(name: str) -> None:
    vector = VECTORS[name]
    backwards = Vector(vector.rows[::-1], {}, vector.max_gap, vector.sessions[::-1], vector.window)
    assert backwards.account() == vector.account()


def approximately(expected: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, bool | None) else pytest.approx(value) for key, value in expected.items()}
