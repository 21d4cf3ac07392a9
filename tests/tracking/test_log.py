"""What ``log()`` keeps, what it drops, and what it says."""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
from collections import deque
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

import trackio
from tests.tracking.conftest import points
from trackio import references
from trackio.errors import InvalidStep, NoActiveRun, RunFinished, UsageError
from trackio.store.project import ProjectStore
from trackio.tracking import rows

NAN = float("nan")


class Tensor:
    """As torch's: a class of another library that holds one value or many."""

    def __init__(self, *values: float) -> None:
        self._values = values

    def numel(self) -> int:
        return len(self._values)

    def item(self) -> float:
        if len(self._values) != 1:
            raise RuntimeError("a Tensor with many elements cannot be converted to Scalar")
        return self._values[0]


class Lost(Tensor):
    """A value that fails when it is asked for."""

    def item(self) -> float:
        raise RuntimeError("the device is gone")


class Eager:
    """As TensorFlow's: an index even where it holds a fraction, and an array on request."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __index__(self) -> int:
        raise TypeError("only integers have an index")

    def numpy(self) -> Any:
        return np.array(self._value)


class Level(IntEnum):
    LOW = 1


class Colour(str, Enum):
    RED = "red"


class Mode(Enum):
    FAST = object()


STORED: list[tuple[Any, Any]] = [
    (1, 1),
    (-(2**63), -(2**63)),
    (2**63 - 1, 2**63 - 1),
    (0.1, 0.1),
    (5e-324, 5e-324),
    (-0.0, -0.0),
    (1.7976931348623157e308, 1.7976931348623157e308),
    (NAN, NAN),
    (float("inf"), float("inf")),
    (float("-inf"), float("-inf")),
    (True, True),
    ("text", "text"),
    ("nul \x00 and \u202e", "nul \x00 and \u202e"),
    ("lone \udc80", "lone \ufffd"),
    (np.float64(0.1), 0.1),
    (np.float32(0.5), 0.5),
    (np.float16(0.5), 0.5),
    (np.int64(7), 7),
    (np.int8(-7), -7),
    (np.uint8(255), 255),
    (np.uint64(2**63 - 1), 2**63 - 1),
    (np.longlong(3), 3),
    (np.bool_(True), True),
    (np.str_("s"), "s"),
    (np.array(2.5), 2.5),
    (np.array([2.5]), 2.5),
    (np.array([[3]]), 3),
    (Tensor(0.25), 0.25),
    (Tensor(3), 3),
    (Decimal("0.5"), 0.5),
    (Fraction(1, 4), 0.25),
    (Level.LOW, 1),
    (Colour.RED, "red"),
    (Mode.FAST, "FAST"),
    (dt.date(2020, 1, 2), "2020-01-02"),
    (dt.datetime(2020, 1, 2, 3, tzinfo=dt.timezone.utc), "2020-01-02T03:00:00+00:00"),
    (dt.timedelta(minutes=2), 120.0),
    (np.datetime64("2020-01-02"), "2020-01-02"),
    (np.timedelta64(2, "m"), 120.0),
    (PurePosixPath("a/b"), "a/b"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Eager(0.5), 0.5),
    (Eager(3), 3),
]


@pytest.mark.parametrize(("value", "kept"), STORED, ids=lambda value: f"{type(value).__name__} {value}"[:30])
def test_a_value_is_kept_exactly(value: Any, kept: Any, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"m": value})
        run.log({"m": value})
    for _, found in points(project, "m"):
        assert type(found) is type(kept)
        assert found == kept or math.isnan(found)  # type: ignore[arg-type]
        assert str(found) == str(kept)


class Broken:
    """Its own code fails wherever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)

    def __float__(self) -> float:
        raise KeyError("no")

    def __str__(self) -> str:
        raise KeyError("no")


DROPPED: list[Any] = [
    Broken(),
    2**63,
    -(2**63) - 1,
    np.uint64(2**64 - 1),
    1 + 2j,
    np.complex64(1),
    b"bytes",
    object(),
    print,
    np.zeros(3, complex),
    np.zeros(40, complex),
    ["x"] * 1001,
    [[0.5] * 600] * 2,
    Tensor(1, 2),
    Tensor(),
    Lost(1),
    Decimal("1e9999"),
]


@pytest.mark.parametrize("value", DROPPED, ids=lambda value: type(value).__name__)
def test_a_value_that_cannot_be_stored_is_dropped_with_one_warning(
    value: Any, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(project="p") as run, caplog.at_level(logging.WARNING, logger="trackio"):
        for step in range(3):
            run.log({"odd": value, "loss": step * 0.5})
    assert points(project) == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert caplog.text.count("'odd'") == 1
    assert [metric.name for metric in project.metrics(project.runs()[0].id)] == ["loss"]


LISTS: list[tuple[Any, Any]] = [
    ([], []),
    ([1.0], [1.0]),
    ((1, 2.5, True), [1, 2.5, True]),
    ({2, 1}, [1, 2]),
    (deque([1]), [1]),
    (range(3), [0, 1, 2]),
    (["bert", "run-7"], ["bert", "run-7"]),
    ([1, "one", None], [1, "one", None]),
    ([{"role": "user", "content": "hi"}], [{"role": "user", "content": "hi"}]),
    ([[1, 2], (3,)], [[1, 2], [3]]),
    ([np.float32(0.5), Tensor(0.25), Colour.RED], [0.5, 0.25, "red"]),
    ([0.5] * 1000, [0.5] * 1000),
    (np.zeros(0), []),
    (np.arange(3), [0, 1, 2]),
    (np.array([[1.5, NAN]]), [[1.5, NAN]]),
    (np.array(["a", "b"]), ["a", "b"]),
    (np.zeros(32), [0.0] * 32),
    (np.array(["2020-01-02", "2020-01-03"], "datetime64[D]"), ["2020-01-02", "2020-01-03"]),
    (np.zeros(2, [("a", int), ("b", float)]), [[0, 0.0], [0, 0.0]]),
    (pd.Series([1, 2]), [1, 2]),
]


@pytest.mark.parametrize(("value", "kept"), LISTS, ids=lambda value: f"{type(value).__name__} {value}"[:30])
def test_a_list_or_a_small_array_is_kept_in_its_row(value: Any, kept: Any, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"m": value, "loss": 1.0})
    ((step, found),) = points(project, "m")
    assert step == 0
    assert str(references.decode(found)) == str({"_type": "trackio.array", "_value": kept})
    assert points(project) == [(0, 1.0)]


def test_none_stands_for_no_value_and_says_nothing(project: ProjectStore, caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0, "grad_norm": None, "deep": {"a": None}})
        run.log({"loss": None})
        run.log({"loss": 2.0})
    assert points(project) == [(0, 1.0), (2, 2.0)]
    assert len(project.metrics(project.runs()[0].id)) == 1
    assert caplog.text == ""


def test_a_value_too_large_for_a_known_shape_costs_only_itself(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for value in (1, 2, 2**70, 4):
            run.log({"n": value, "loss": 1.0})
    assert points(project, "n") == [(0, 1), (1, 2), (3, 4)]
    assert [step for step, _ in points(project)] == [0, 1, 2, 3]


NAMES = ["a", "", "a/b", "\x00", "\u202eevil", "🦦" * 10, "x" * 20_000, "a,b", "*", "step", "<script>", "lone \udc80"]


@pytest.mark.parametrize("name", [name for name in NAMES if name])
def test_a_metric_may_have_any_name(name: str, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({name: 1.0})
        run.log({name: 2.0})
    kept = name.replace("\udc80", "\ufffd")
    assert points(project, kept) == [(0, 1.0), (1, 2.0)]


def test_a_metric_without_a_name_is_dropped(project: ProjectStore, caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="p") as run:
        run.log({"": 1.0, "loss": 2.0})
    assert points(project) == [(0, 2.0)]
    assert "its name is empty" in caplog.text


def test_nested_metrics_are_flattened(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"train": {"loss": 1.0, "deep": {3: 2}}, "val/loss": 0.5, "empty": {}})
    names = {metric.name for metric in project.metrics(project.runs()[0].id)}
    assert names == {"train/loss", "train/deep/3", "val/loss"}


def test_nested_metrics_that_hold_themselves_or_never_end_cost_only_themselves(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    loop: dict[str, Any] = {"fine": 1.0}
    loop["left"] = loop["right"] = loop
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"d": deep}
    with trackio.init(project="p") as run:
        run.log({"loop": loop, "deep": deep, Broken(): 0.25, "loss": 0.5})
    assert points(project) == [(0, 0.5)]
    assert points(project, "loop/fine") == [(0, 1.0)]
    assert points(project, "<Broken>") == [(0, 0.25)]
    assert "'loop/left' cannot be stored and was dropped: it holds itself" in caplog.text
    assert "nested too deep" in caplog.text


def test_steps_count_from_zero_go_on_after_a_given_one_and_are_kept_as_they_came(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for step in (None, None, 10, None, 3, 3, -5, None):
            run.log({"loss": 1.0}, step=step)
    assert [step for step, _ in points(project)] == [0, 1, 10, 11, 3, 3, -5, 12]


GOOD_STEPS = [5, 5.0, np.int32(5), np.float64(5.0), np.array(5), Tensor(5.0), Decimal(5), True + 4]


@pytest.mark.parametrize("step", GOOD_STEPS, ids=lambda step: type(step).__name__)
def test_whatever_stands_for_a_whole_number_is_a_step(step: Any, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0}, step=step)
    assert points(project) == [(5, 1.0)]


BAD_STEPS = [1.5, NAN, float("inf"), "3", "x", [1], {}, 2**63, -(2**63) - 1, 1e300, True, np.zeros(2), object(), 1j]


@pytest.mark.parametrize("step", BAD_STEPS, ids=lambda step: f"{type(step).__name__} {step}"[:20])
def test_a_bad_step_is_an_error_for_that_call_alone_and_loses_no_value(step: Any, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 0.0})
        with pytest.raises(InvalidStep, match="is not a whole number"):
            run.log({"loss": 1.0}, step=step)
        run.log({"loss": 2.0})
    assert points(project) == [(0, 0.0), (1, 1.0), (2, 2.0)]


def test_the_highest_step_is_no_obstacle_to_the_next_call(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0}, step=2**63 - 1)
        run.log({"loss": 2.0})
    assert [value for _, value in points(project)] == [1.0, 2.0]


def test_calls_without_commit_make_one_row(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"a": 1.0}, commit=False)
        run.log({"b": 2.0}, commit=False)
        run.log({"c": 3.0})
        run.log({"c": 4.0})
    run_record = project.runs()[0]
    assert run_record.row_count == 2
    assert points(project, "a") == [(0, 1.0)]
    assert points(project, "c") == [(0, 3.0), (1, 4.0)]


def test_a_row_without_commit_is_kept_at_the_end_and_at_another_step(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"a": 1.0}, step=3, commit=False)
        run.log({"b": 1.0}, step=4, commit=False)
    assert (points(project, "a"), points(project, "b")) == ([(3, 1.0)], [(4, 1.0)])


def test_a_call_with_nothing_to_keep_moves_the_step_on(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({})
        run.log({"loss": 1.0})
    assert points(project) == [(1, 1.0)]


def test_shapes_may_alternate(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for step in range(30):
            run.log({"loss": step * 1.0} if step % 3 else {"loss": step, "val": True})
    assert [value for _, value in points(project)] == list(range(30))
    assert len(points(project, "val")) == 10


def test_a_script_that_never_logs_the_same_names_twice_does_not_fill_the_memory(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_SHAPES", 10)
    with trackio.init(project="p") as run:
        for step in range(95):
            run.log({f"m{step}": step, "loss": 1.0})
        assert len(run._rows._shapes) <= 10
        assert len(run._rows._plans) <= 10
        assert len(run.summary) == 96
    assert len(points(project)) == 95
    assert points(project, "m50") == [(50, 50)]


def test_data_is_another_name_for_metrics(project: ProjectStore) -> None:
    with trackio.init(project="p"):
        trackio.log(data={"loss": 1.0})
    assert points(project) == [(0, 1.0)]


@pytest.mark.parametrize("metrics", [None, 3, "loss", [("loss", 1.0)]])
def test_what_is_no_dict_is_refused(metrics: Any, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        with pytest.raises(UsageError, match="takes a dict"):
            run.log(metrics)
        run.log({"loss": 1.0})
    assert points(project) == [(0, 1.0)]


def test_logging_before_init_says_what_to_call(script: Any) -> None:
    done = script("trackio.log({'loss': 1.0})", check=False)
    assert "trackio.log needs a run in progress. Call trackio.init(project=...) first." in done.stderr


def test_logging_after_finish_says_how_to_go_on() -> None:
    run = trackio.init(project="p", name="brave")
    trackio.finish()
    for call in (lambda: trackio.log({"loss": 1.0}), lambda: run.log({"loss": 1.0}), lambda: run.log_system({})):
        with pytest.raises(RunFinished, match="after run 'brave' finished"):
            call()


def test_the_config_without_a_run_says_what_to_call() -> None:
    assert trackio.run is None
    for use in (
        lambda: trackio.config["lr"],
        lambda: trackio.config.lr,
        lambda: trackio.config.update({}),
        lambda: trackio.summary.__setitem__("a", 1),
        lambda: setattr(trackio.config, "a", 1),
    ):
        with pytest.raises(NoActiveRun):
            use()


def test_threads_log_without_a_lost_or_doubled_row(project: ProjectStore) -> None:
    run = trackio.init(project="p")

    def work(number: int) -> None:
        for place in range(500):
            # Also through the module, from a thread that copied no context.
            (trackio if place % 2 else run).log({f"t{number}": place, "loss": 1.0})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()
    assert [step for step, _ in points(project)] == list(range(4000))
    for number in range(8):
        assert [value for _, value in points(project, f"t{number}")] == list(range(500))


def test_metrics_of_the_machine_stand_beside_the_rows(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0}, step=7)
        trackio.log_system({"system/cpu_percent": 50.0, "odd": None})
    record = project.runs()[0]
    assert (record.row_count, record.last_step) == (1, 7)
    assert project.values(record.id, "system/cpu_percent", "system")[0][:2] == (0, 7)
    assert [metric.name for metric in project.metrics(record.id)] == ["loss"]


def test_a_row_is_readable_as_soon_as_log_returns(project: ProjectStore) -> None:
    run = trackio.init(project="p")
    for step in range(5):
        run.log({"loss": step})
        assert len(points(project)) == step + 1
