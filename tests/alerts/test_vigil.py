"""What is looked for in a journal as a run writes it, and in what its machine shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio import journal
from trackio.alerts import vigil as vigils
from trackio.alerts.findings import Finding, failure, not_numbers
from trackio.alerts.rules import Rules
from trackio.alerts.vigil import Vigil
from trackio.journal import TICKET, RowKind, Schema

NAN, INF = math.nan, math.inf


class Writing:
    """A journal that grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._schemas: dict[tuple[tuple[str, ...], str], Schema] = {}
        self.path.write_bytes(journal.header("a1", "p", 1, {"n": 1}))

    def row(self, step: int, values: Mapping[str, Any], kind: RowKind = "metric") -> None:
        codes = "".join({float: "d", int: "q", bool: "?", str: "s"}[type(value)] for value in values.values())
        key = tuple(values), f"{kind} {codes}"
        data = b""
        if key not in self._schemas:
            self._schemas[key] = Schema(len(self._schemas), list(values), codes, kind)
            data = self._schemas[key].declaration()
        schema = self._schemas[key]
        self.add(data + journal.frame(journal.ROW, schema.pack(schema.id, step, 1, *values.values())))

    def add(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)


@pytest.fixture
def writing(tmp_path: Path) -> Writing:
    return Writing(tmp_path / "a.journal")


Look = Callable[[float], list[Finding]]


def looking(vigil: Vigil, writing: Writing) -> Look:
    return lambda now: vigil.look(writing.path, 0, now)


def vigil_of(**rules: Any) -> Vigil:
    vigil = Vigil(0.0)
    vigil.rules = Rules().changed(**rules)
    return vigil


# NaN and infinities


def test_each_metric_is_told_of_once(writing: Writing) -> None:
    look = looking(vigil_of(nan=True), writing)
    writing.row(0, {"loss": 1.0, "acc": 0.5})
    assert look(1) == []
    writing.row(1, {"loss": NAN, "acc": 0.5})
    (found,) = look(2)
    assert (found.title, found.text, found.step) == ("NaN in loss", "loss is NaN at step 1.", 1)
    assert found.data == {"rule": "nan", "metrics": {"loss": {"value": "NaN", "step": 1}}}
    writing.row(2, {"loss": NAN, "acc": -INF})
    (found,) = look(3)
    assert (found.title, found.text) == ("Infinity in acc", "acc is -Infinity at step 2.")
    writing.row(3, {"loss": NAN, "acc": NAN})
    assert look(4) == look(5) == []


def test_metrics_that_go_together_are_told_of_together(writing: Writing) -> None:
    look = looking(vigil_of(nan=True), writing)
    writing.row(6, {"b": INF})
    writing.row(5, {f"m{number}": NAN for number in range(30)})
    (found,) = look(1)
    assert found.title == "NaN or infinity in 31 metrics"
    assert found.text.endswith(", m8 is NaN at step 5, and 21 more.")
    assert (found.step, len(found.data["metrics"])) == (5, 31)


def test_values_that_came_late_count_and_those_of_the_machine_do_not(writing: Writing) -> None:
    look = looking(vigil_of(nan=True), writing)
    writing.row(3, {"system/fan": NAN}, "system")
    writing.row(4, {TICKET: 0, "loss": INF}, "late")
    (found,) = look(1)
    assert (found.title, found.step) == ("Infinity in loss", 4)


def test_integers_texts_and_truths_are_numbers_or_none(writing: Writing) -> None:
    look = looking(vigil_of(nan=True), writing)
    writing.row(0, {"n": 1, "s": "nan", "b": True, "x": 1e308, "y": -0.0, "z": 5e-324})
    assert look(1) == []


def test_a_row_that_is_half_written_is_read_when_it_is_whole(writing: Writing) -> None:
    look = looking(vigil_of(nan=True), writing)
    whole = writing.path.read_bytes()
    writing.row(0, {"loss": NAN})
    data = writing.path.read_bytes()
    for end in range(len(whole), len(data)):
        writing.path.write_bytes(data[:end])
        assert look(1) == []
    writing.path.write_bytes(data)
    assert len(look(1)) == 1


def test_one_look_reads_a_part_and_the_last_one_the_rest(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vigils, "MOST_BYTES", 1000)
    vigil = vigil_of(nan=True)
    for step in range(500):
        writing.row(step, {"loss": 1.0})
    writing.row(500, {"loss": NAN})
    assert vigil.look(writing.path, 0, 1.0) == []
    (found,) = vigil.look_last(writing.path)
    assert found.step == 500
    assert vigil.look_last(writing.path) == []


def test_a_row_longer_than_a_look_is_read(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vigils, "MOST_BYTES", 1000)
    look = looking(vigil_of(nan=True), writing)
    writing.row(0, {"text": "x" * 10_000, "loss": NAN})
    writing.row(1, {"other": NAN})
    titles = [found.title for now in range(6) for found in look(now)]
    assert titles == ["NaN in 2 metrics"]


def test_damaged_bytes_cost_no_look(writing: Writing) -> None:
    look = looking(vigil_of(nan=True), writing)
    writing.row(0, {"loss": 1.0})
    writing.add(b"\xa7garbage")
    writing.row(1, {"loss": NAN})
    assert [found.step for found in look(1)] == [1]


def test_another_journal_is_read_from_its_start(writing: Writing, tmp_path: Path) -> None:
    vigil = vigil_of(nan=True)
    writing.row(0, {"loss": NAN})
    assert len(vigil.look(writing.path, 0, 1.0)) == 1
    other = Writing(tmp_path / "b.journal")
    other.row(0, {"loss": NAN, "acc": NAN})
    assert [found.title for found in vigil.look(other.path, 0, 2.0)] == ["NaN in acc"]
    assert vigil.look(tmp_path / "none.journal", 0, 3.0) == []


@given(
    rows=st.lists(st.lists(st.sampled_from([0.0, 1.5, NAN, INF, -INF]), min_size=2, max_size=2), max_size=20),
    data=st.data(),
)
def test_whenever_it_looks_it_finds_the_first_of_each(
    rows: list[list[float]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    writing = Writing(tmp_path_factory.mktemp("journal") / "a.journal")
    look = looking(vigil_of(nan=True), writing)
    found: list[Finding] = []
    for step, (one, other) in enumerate(rows):
        writing.row(step, {"one": one, "other": other})
        found += look(step) if data.draw(st.booleans()) else []
    found += look(len(rows))
    steps = {name: entry["step"] for finding in found for name, entry in finding.data["metrics"].items()}
    expected = {
        name: next((step for step, row in enumerate(rows) if not math.isfinite(row[place])), None)
        for place, name in enumerate(("one", "other"))
    }
    assert steps == {name: step for name, step in expected.items() if step is not None}


# Silence


def test_silence_is_told_of_once_and_its_end_too(writing: Writing) -> None:
    look = looking(vigil_of(silence_minutes=10), writing)
    writing.row(0, {"loss": 1.0})
    assert look(100) == look(699) == []
    (found,) = look(700)
    assert (found.title, found.level.value) == ("Nothing logged for 10 min", "WARN")
    assert look(701) == look(5000) == []
    writing.row(1, {"loss": 1.0})
    (found,) = look(5001)
    assert (found.title, found.text, found.level.value) == (
        "Logging goes on",
        "Rows come again after 1 h 21 min.",
        "INFO",
    )
    assert look(5600) == []
    assert len(look(5601)) == 1


def test_a_run_that_logs_nothing_at_all_is_silent(writing: Writing) -> None:
    look = looking(vigil_of(silence_minutes=1), writing)
    assert look(59) == []
    assert len(look(60)) == 1


def test_a_rank_that_may_log_nothing_is_silent_from_its_first_row_on(writing: Writing) -> None:
    vigil = Vigil(0.0, is_quiet_at_first=True)
    vigil.rules = Rules(silence_minutes=1)
    assert vigil.look(writing.path, 0, 1000) == []
    writing.row(0, {"loss": 1.0})
    assert vigil.look(writing.path, 0, 2000) == []
    assert len(vigil.look(writing.path, 0, 2060)) == 1


def test_metrics_of_the_machine_are_silence_and_rows_that_wait_for_a_disk_are_none(writing: Writing) -> None:
    vigil = vigil_of(silence_minutes=1)
    writing.row(0, {"system/cpu_percent": 3.0}, "system")
    assert len(vigil.look(writing.path, 0, 60)) == 1
    assert [found.title for found in vigil.look(writing.path, 7, 61)] == ["Logging goes on"]


def test_the_child_of_a_fork_may_be_silent(writing: Writing) -> None:
    vigil = vigil_of(silence_minutes=1, nan=True)
    vigil.continue_in_child()
    assert vigil.look(writing.path, 0, 1000) == []
    assert vigil.rules == Rules(nan=True)


# Memory of GPUs


def test_memory_that_is_nearly_full_is_told_of_until_there_is_room_again(writing: Writing) -> None:
    vigil = vigil_of(gpu_memory=0.9)
    shown = []
    for percent in (50.0, 89.9, 90.0, 99.0, 86.0, 95.0, 84.9, 92.0):
        vigil.see({"system/gpu/0/memory_percent": percent, "system/gpu/0/utilization_percent": 99.0})
        shown.append([found.title for found in vigil.look(writing.path, 0, 1.0)])
    assert shown == [[], [], ["Memory of GPU 0 is 90% full"], [], [], [], [], ["Memory of GPU 0 is 92% full"]]


def test_each_gpu_is_told_of_by_its_number_under_any_label(writing: Writing) -> None:
    vigil = vigil_of(gpu_memory=0.9)
    vigil.see({"system/gpu/0/memory_percent": 91.0, "system/rank/3/gpu/1/memory_percent": 95.0, "gpu/2": 99.0})
    found = vigil.look(writing.path, 0, 1.0)
    assert [(one.data["gpu"], one.data["share"]) for one in found] == [("0", 0.91), ("1", 0.95)]


def test_readings_are_kept_only_when_they_are_looked_at(writing: Writing) -> None:
    vigil = Vigil(0.0)
    vigil.see({"system/gpu/0/memory_percent": 99.0})
    vigil.rules = Rules(gpu_memory=0.9)
    assert vigil.look(writing.path, 0, 1.0) == []


# Words


def thrown(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - any that a test gives
        return caught


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "title", "rest"),
    [
        (ValueError("bad"), "ValueError: bad", ""),
        (ValueError("bad\nmuch\nworse"), "ValueError: bad", "\nmuch\nworse"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (Speechless(), "Speechless", ""),
        (ValueError("x" * 1000), f"ValueError: {'x' * 288}", ""),
    ],
)
def test_a_failure_is_told_with_its_exception_and_place(error: BaseException, title: str, rest: str) -> None:
    found = failure(thrown(error), 1)
    assert found.title == title
    line = thrown.__code__.co_firstlineno + 2
    assert found.text == f"The run failed in test_vigil.py, line {line}.{rest}"
    assert found.data == {"rule": "crash", "exit_code": 1, "exception": type(error).__name__}


def test_a_failure_without_an_exception_is_told_with_its_exit_code() -> None:
    found = failure(None, 3)
    assert (found.title, found.text) == ("Run failed", "It ended with exit code 3.")


def test_a_long_name_of_a_metric_fits() -> None:
    assert len(not_numbers({"x" * 5000: (NAN, 1)}).title) == 300
