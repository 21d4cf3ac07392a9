"""What is recorded of a session, reading by reading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from tests.system.subjects import GPU, PACKAGE, Journal, Sensors, made
from trackio.system.meter import Meter, Moment, Reading
from trackio.system.recording import Recording

BROKEN: Reading = (None, None, None)


@pytest.fixture
def run() -> Journal:
    return Journal()


@pytest.fixture
def meter(run: Journal) -> Meter:
    return Meter(made(lambda: Sensors(GPU, GPU), lambda: Sensors(PACKAGE))(), run.faults)


def moment(seconds: float, gpu: Sequence[Reading], cpu: Sequence[Reading] = ()) -> Moment:
    return Moment(round(seconds * 1e9), 0, {"gpu": gpu, "cpu": cpu})


def begun(run: Journal, meter: Meter) -> Recording:
    recording = Recording({"cpu", "gpu"}, run.take, Moment(0, 0))
    recording.begin(meter)
    return recording


def test_a_sensor_that_gives_nothing_leaves_no_row(run: Journal, meter: Meter) -> None:
    recording = begun(run, meter)
    recording.sample(moment(1, [BROKEN, (5, None, None)], [(None, None, 50.0)]))
    recording.sample(moment(2, [BROKEN, BROKEN], [BROKEN]))
    recording.sample(moment(3, [(7, 1, math.nan)]))
    recording.sample(moment(4, []))
    assert [(one["clock_ns"], one["rows"]) for one in run.named("energy")] == [
        (10**9, [[1, 5, None, None]]),
        (3 * 10**9, [[0, 7, 1, None]]),
    ]


@pytest.mark.parametrize(("load", "told"), [(97.0, "97"), (97.25, "97.25"), (0.0, "0"), (None, "None")])
def test_a_load_is_kept_with_as_few_digits_as_it_needs(
    load: float | None, told: str, run: Journal, meter: Meter
) -> None:
    begun(run, meter).sample(moment(1, [(5, 5, load)]))
    assert str(run.named("energy")[0]["rows"][0][3]) == told


def test_readings_far_apart_are_noted_once_a_device(run: Journal, meter: Meter) -> None:
    recording = begun(run, meter)
    for seconds in (1, 6, 11.1, 20):
        recording.sample(moment(seconds, [(5, 5, 5.0)]))
    assert [(one["device"], one["note"]) for one in run.named("energy_note")] == [(0, "late"), (1, "late"), (2, "late")]
    assert run.order[:5] == ["begin", "energy", "energy", "note", "note"]


def test_nothing_is_recorded_before_the_beginning_or_after_the_end(run: Journal, meter: Meter) -> None:
    recording = Recording({"gpu"}, run.take, Moment(0, 0))
    recording.sample(moment(1, [(5, 5, 5.0)]))
    recording.begin(meter)
    recording.begin(meter)
    recording.end(moment(2, [(6, 5, 5.0)]))
    recording.end(moment(3, [(7, 5, 5.0)]))
    recording.sample(moment(4, [(8, 5, 5.0)]), "mark")
    assert run.order == ["begin", "energy", "end"]


def test_devices_keep_their_places_whatever_part_they_are_of(run: Journal, meter: Meter) -> None:
    recording = begun(run, meter)
    recording.sample(meter.read(recording.parts))
    (begin,) = run.named("energy_begin")
    assert [device["kind"] for device in begin["devices"]] == ["gpu", "gpu", "cpu"]
    rows: list[list[Any]] = run.named("energy")[0]["rows"]
    assert [row[:2] for row in rows] == [[0, 1_000], [1, 1_001], [2, 1_000]]
