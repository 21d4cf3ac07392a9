"""One thread measures for all runs of a process: what their journals are told, and when it stops."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.system.subjects import GPU, PACKAGE, Journal, Sensors, made, nothing
from trackio.system import sampler as module
from trackio.system.meter import Moment
from trackio.system.recording import THREADLESS, UNANSWERED
from trackio.system.sampler import Sampler, following
from trackio.system.waiting import Answer
from trackio.system.wish import Display, Wish, labelled

BOTH = Wish(frozenset({"gpu", "cpu"}))
START = Moment(clock_ns=7, time_ns=11)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENERGY_SECONDS", 0.005)
    monkeypatch.setattr(module, "APART_SECONDS", 0.001)


@pytest.fixture
def started() -> Iterator[list[Sampler]]:
    """Samplers that a test starts; their threads have ended when it has."""
    samplers: list[Sampler] = []
    yield samplers
    for sampler in samplers:
        thread = sampler._thread
        for run in list(sampler._sampled):
            sampler.end(run)
        if thread is not None:
            thread.join(20)
            assert not thread.is_alive()


def test_a_run_is_read_when_it_begins_each_second_and_when_it_ends(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made(lambda: Sensors(GPU), lambda: Sensors(PACKAGE, missing={"dram": "none"}))))
    run = Journal()
    sampler.add(run, BOTH, START)
    run.until(lambda run: len(run.named("energy")) >= 4)
    sampler.end(run)
    assert (run.order[0], run.order[-2:]) == ("begin", ["energy", "end"])
    (begin,) = run.named("energy_begin")
    assert (begin["clock_ns"], begin["time_ns"], begin["missing"]) == (7, 11, {"dram": "none"})
    assert [device["id"] for device in begin["devices"]] == ["GPU-1", "cpu/package-0"]
    samples = run.named("energy")
    assert [sample["rows"] for sample in samples] == [
        [[0, 1_000 * number, 300_000, 97], [1, 1_000 * number, 300_000, 97]] for number in range(1, len(samples) + 1)
    ]
    clocks = [sample["clock_ns"] for sample in samples]
    assert clocks == sorted(set(clocks))
    assert run.events[-1]["clock_ns"] == clocks[-1]
    assert len({event["session"] for event in run.events}) == 1


def test_a_run_that_ends_at_once_has_two_readings(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made(lambda: Sensors(GPU))))
    run = Journal()
    sampler.add(run, BOTH, START)
    sampler.end(run)
    sampler.end(run)
    assert run.order[0] == "begin"
    assert run.order.count("energy") >= 2
    assert run.order[-2:] == ["energy", "end"]


def test_runs_at_once_see_the_same_absolute_counters(started: list[Sampler]) -> None:
    asked: list[str] = []

    def sensors() -> Sensors:
        asked.append("gpu")
        return Sensors(GPU)

    started.append(sampler := Sampler(made(sensors)))
    first, second = Journal(), Journal()
    sampler.add(first, BOTH, START)
    first.until(lambda run: len(run.named("energy")) >= 3)
    sampler.add(second, BOTH, START)
    second.until(lambda run: len(run.named("energy")) >= 3)
    sampler.end(first)
    sampler.end(second)
    seen = {sample["clock_ns"]: sample["rows"] for sample in first.named("energy")}
    shared = [sample for sample in second.named("energy") if sample["clock_ns"] in seen]
    assert all(seen[sample["clock_ns"]] == sample["rows"] for sample in shared)
    assert shared
    assert second.named("energy")[0]["rows"][0][1] > first.named("energy")[2]["rows"][0][1]
    assert asked == ["gpu"]
    assert first.events[0]["session"] != second.events[0]["session"]


def test_where_nothing_can_be_measured_the_reasons_are_all_that_is_recorded(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made()))
    run = Journal()
    sampler.add(run, BOTH, START)
    sampler.end(run)
    assert run.order == ["begin", "end"]
    assert run.events[0]["missing"] == {"gpu": "there is no gpu", "cpu": "there is no cpu"}


def test_what_is_switched_off_is_never_looked_for(started: list[Sampler]) -> None:
    def broken() -> Sensors:
        raise AssertionError("nobody asked for it")

    started.append(sampler := Sampler(made(broken, lambda: Sensors(PACKAGE))))
    run = Journal()
    sampler.add(run, Wish(frozenset({"cpu"})), START)
    sampler.end(run)
    (begin,) = run.named("energy_begin")
    assert begin["missing"] == {"gpu": "switched off with auto_log_gpu=False"}
    assert [device["kind"] for device in begin["devices"]] == ["cpu"]
    assert all(len(sample["rows"]) == 1 for sample in run.named("energy"))


def test_each_run_sees_only_what_it_asked_for(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made(lambda: Sensors(GPU), lambda: Sensors(PACKAGE, start=500_000))))
    gpu, cpu = Journal(), Journal()
    sampler.add(gpu, Wish(frozenset({"gpu"})), START)
    sampler.add(cpu, Wish(frozenset({"cpu"})), START)
    gpu.until(lambda run: len(run.named("energy")) >= 3)
    cpu.until(lambda run: len(run.named("energy")) >= 3)
    sampler.end(gpu)
    sampler.end(cpu)
    assert {row[1] >= 500_000 for sample in gpu.named("energy") for row in sample["rows"]} == {False}
    assert {row[1] >= 500_000 for sample in cpu.named("energy") for row in sample["rows"]} == {True}
    assert set(cpu.named("energy_begin")[0]["missing"]) == {"gpu"}
    assert set(gpu.named("energy_begin")[0]["missing"]) == {"cpu", "dram"}


def test_what_comes_up_about_a_device_is_noted_once_and_known_to_later_runs(started: list[Sampler]) -> None:
    sensors = Sensors(GPU)
    started.append(sampler := Sampler(made(lambda: sensors)))
    first, second = Journal(), Journal()
    sampler.add(first, BOTH, START)
    first.until(lambda run: len(run.named("energy")) >= 1)
    sensors.told = [(0, "shared"), (0, "shared"), (5, "lost")]
    first.until(lambda run: len(run.named("energy_note")) >= 1)
    sensors.told = [(0, "shared")]
    sampler.add(second, BOTH, START)
    sampler.end(second)
    sampler.end(first)
    assert [(note["device"], note["note"]) for note in first.named("energy_note")] == [(0, "shared")]
    assert second.named("energy_begin")[0]["devices"][0]["notes"] == ["shared"]
    assert second.named("energy_note") == []


def test_what_sensors_say_at_the_very_end_is_noted(started: list[Sampler]) -> None:
    class Late(Sensors):
        def close(self) -> None:
            self.told = [(0, "shared")]

    started.append(sampler := Sampler(made(lambda: Late(GPU))))
    first, last = Journal(), Journal()
    sampler.add(first, BOTH, START)
    sampler.add(last, BOTH, START)
    sampler.end(first)
    sampler.end(last)
    assert (len(first.named("energy_note")), len(last.named("energy_note"))) == (0, 1)


def test_sensors_that_break_are_told_once_and_the_others_are_read(
    started: list[Sampler], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Sensors:
        raise OSError("no such thing")

    class Breaking(Sensors):
        def read(self) -> list[Any]:
            raise OSError("not now")

    started.append(sampler := Sampler(made(broken, lambda: Breaking(PACKAGE))))
    run, other = Journal(), Journal()
    sampler.add(run, BOTH, START)
    sampler.add(other, BOTH, START)
    sampler.mark(run, "here")
    sampler.end(run)
    sampler.end(other)
    assert "failed" in run.named("energy_begin")[0]["missing"]["gpu"]
    assert run.order == ["begin", "energy", "end"]
    assert caplog.text.count("no such thing") == 1
    assert caplog.text.count("not now") == 1


def test_a_driver_that_does_not_answer_holds_up_the_end_for_a_bounded_time(
    started: list[Sampler], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def slow() -> Sensors:
        answers.wait(20)
        return Sensors(GPU)

    started.append(sampler := Sampler(made(slow)))
    monkeypatch.setattr(module, "START_SECONDS", 0.01)
    monkeypatch.setattr(module, "MARK_SECONDS", 0.01)
    run = Journal()
    sampler.add(run, BOTH, START)
    sampler.mark(run, "too early")
    sampler.end(run)
    assert run.order == ["begin", "energy", "end"]
    assert [(sample["mark"], sample["rows"]) for sample in run.named("energy")] == [("too early", [])]
    assert run.events[0]["missing"] == dict.fromkeys(("gpu", "cpu", "dram"), UNANSWERED)
    answers.set()
    assert sampler._thread is not None
    sampler._thread.join(20)
    assert run.order == ["begin", "energy", "end"]


def test_a_driver_that_hangs_costs_the_last_reading_and_not_the_end(
    started: list[Sampler], monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, answers = threading.Event(), threading.Event()

    class Hanging(Sensors):
        def read(self) -> list[Any]:
            if hangs.is_set():
                answers.wait(20)
            return super().read()

    started.append(sampler := Sampler(made(lambda: Hanging(GPU))))
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.01)
    run = Journal()
    sampler.add(run, BOTH, START)
    run.until(lambda run: len(run.named("energy")) >= 1)
    hangs.set()
    sampler.end(run)
    assert run.order[-1] == "end"
    assert run.events[-1]["clock_ns"] >= run.named("energy")[-1]["clock_ns"]
    answers.set()


def test_a_driver_that_has_hung_for_long_is_waited_for_no_more(
    started: list[Sampler], monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, answers = threading.Event(), threading.Event()

    class Hanging(Sensors):
        def read(self) -> list[Any]:
            hangs.set()
            answers.wait(20)
            return super().read()

    waited: list[float] = []
    wait = Answer.wait

    def waiting(answer: Answer, seconds: float) -> Moment:
        waited.append(seconds)
        return wait(answer, seconds)

    monkeypatch.setattr(Answer, "wait", waiting)
    started.append(sampler := Sampler(made(lambda: Hanging(GPU))))
    first, second = Journal(), Journal()
    sampler.add(first, BOTH, START)
    assert hangs.wait(20)
    for name in ("START_SECONDS", "ANSWER_SECONDS", "MARK_SECONDS", "FORK_SECONDS"):
        # All of them are over.
        monkeypatch.setattr(module, name, 1e-9)
    sampler.mark(first, "too early")
    sampler.add(second, BOTH, START)
    sampler.end(first)
    sampler.end(second)
    sampler.pause()
    assert waited == [0, 0, 0]
    assert [run.order for run in (first, second)] == [["begin", "energy", "end"], ["begin", "end"]]
    answers.set()


def test_sensors_are_not_looked_for_again_when_the_last_run_has_been_read(started: list[Sampler]) -> None:
    asked: list[Sensors] = []

    def sensors() -> Sensors:
        asked.append(Sensors(GPU))
        return asked[-1]

    class Slow(Journal):
        def take(self, event: str, /, **fields: Any) -> bool:
            if event == "energy_end":
                # Meanwhile it is time for the thread's next reading, and for another.
                for _ in range(2):
                    passed = threading.Event()
                    sampler._energy_due_ns = 0
                    sampler._requests.put(lambda _, passed=passed: passed.set())  # type: ignore[misc]
                    assert passed.wait(20)
            return super().take(event, **fields)

    started.append(sampler := Sampler(made(sensors)))
    run = Slow()
    sampler.add(run, BOTH, START)
    sampler.end(run)
    assert len(asked) == 1
    assert run.order[-2:] == ["energy", "end"]


def test_a_mark_names_a_reading_of_its_own(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made(lambda: Sensors(GPU))))
    run = Journal()
    sampler.mark(run, "nobody measures")
    sampler.add(run, BOTH, START)
    sampler.mark(run, "warm")
    sampler.mark(run, "warm")
    sampler.end(run)
    marked = [sample for sample in run.named("energy") if "mark" in sample]
    assert [(sample["mark"], len(sample["rows"])) for sample in marked] == [("warm", 1), ("warm", 1)]
    assert marked[0]["clock_ns"] < marked[1]["clock_ns"]


def test_a_mark_where_nothing_is_measured_is_a_moment_all_the_same(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made()))
    run = Journal()
    sampler.add(run, BOTH, START)
    sampler.mark(run, "warm")
    sampler.end(run)
    assert [(sample["mark"], sample["rows"]) for sample in run.named("energy")] == [("warm", [])]


def test_the_thread_and_its_sensors_last_as_long_as_the_runs(started: list[Sampler]) -> None:
    sensors: list[Sensors] = []

    def look() -> Sensors:
        sensors.append(Sensors(GPU))
        return sensors[-1]

    started.append(sampler := Sampler(made(look)))
    for number in (1, 2):
        run = Journal()
        sampler.add(run, BOTH, START)
        sampler.add(run, BOTH, START)
        thread = sampler._thread
        assert thread is not None
        sampler.end(run)
        thread.join(20)
        assert not thread.is_alive()
        assert [one.is_closed for one in sensors] == [True] * number
        assert run.order.count("begin") == 1


def test_where_no_thread_can_be_started_it_is_told_once_and_nothing_waits(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    sampler, run = Sampler(made()), Journal()
    sampler.add(run, BOTH, START)
    sampler.mark(run, "here")
    sampler.end(run)
    assert run.order == ["begin", "energy", "end"]
    assert run.named("energy")[0]["mark"] == "here"
    assert run.events[0]["missing"]["gpu"] == THREADLESS
    assert caplog.text.count("can't start new thread") == 1


def test_a_thread_that_dies_is_told_and_the_end_does_not_wait_for_it(
    caplog: pytest.LogCaptureFixture, started: list[Sampler], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        raise RuntimeError("out of luck")

    started.append(sampler := Sampler(made()))
    monkeypatch.setattr(sampler, "_metrics", die)
    run = Journal()
    sampler.add(run, BOTH, START)
    thread = sampler._thread
    assert thread is not None
    thread.join(20)
    sampler.end(run)
    assert run.order[-1] == "end"
    assert caplog.text.count("out of luck") == 1


def test_after_a_fork_there_is_nothing_to_measure_until_a_run_is_added(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made(lambda: Sensors(GPU))))
    parents, childs = Journal(), Journal()
    sampler.add(parents, BOTH, START)
    thread = sampler._thread
    assert thread is not None
    sampler.pause()
    # As in the child, which has all that the parent had but for the thread.
    held = dict(sampler._sampled)
    sampler._sampled.clear()
    sampler._requests.put(lambda _: None)
    sampler.go_on()
    thread.join(20)
    sampler._sampled.update(held)
    sampler._thread = thread
    sampler.continue_in_child()
    sampler.end(parents)
    assert "end" not in parents.order
    sampler.add(childs, BOTH, START)
    sampler.end(childs)
    assert childs.order[0] == "begin"
    assert childs.order[-1] == "end"


def test_a_demanded_gpu_that_is_not_there_is_told_once(
    caplog: pytest.LogCaptureFixture, started: list[Sampler]
) -> None:
    started.append(sampler := Sampler(made(lambda: nothing("gpu"), lambda: Sensors(PACKAGE))))
    run = Journal()
    sampler.add(run, Wish(frozenset({"gpu", "cpu"}), demanded=frozenset({"gpu"})), START)
    sampler.end(run)
    assert caplog.text.count("auto_log_gpu=True, but no GPU is measured: there is no gpu.") == 1


def test_metrics_are_logged_at_their_interval_until_the_run_is_over(started: list[Sampler]) -> None:
    started.append(sampler := Sampler(made()))
    run, other = Journal(), Journal()
    displays = (
        Display(labelled(lambda: lambda: {"system/a": 1.0}, "rank/1"), 0.001),
        Display(lambda: None, 0.001),
        Display(labelled(lambda: None, "rank/1"), 0.001),
    )
    sampler.add(run, Wish(frozenset({"cpu"}), displays), START)
    sampler.add(other, Wish(frozenset({"cpu"})), START)
    run.until(lambda run: len(run.metrics) >= 3)
    run.is_over = True
    sampler.end(run)
    assert all(metrics == {"system/rank/1/a": 1.0} for metrics in run.metrics)
    assert other.metrics == []


def test_metrics_that_break_are_told_once_and_energy_goes_on(
    started: list[Sampler], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> dict[str, float]:
        raise ZeroDivisionError("no sensor")

    started.append(sampler := Sampler(made(lambda: Sensors(GPU))))
    run = Journal()
    sampler.add(run, Wish(frozenset({"gpu"}), (Display(lambda: broken, 0.001),)), START)
    run.until(lambda run: len(run.named("energy")) >= 4)
    sampler.end(run)
    assert caplog.text.count("no sensor") == 1


@given(st.integers(0, 10**18), st.integers(0, 10**18), st.integers(1, 10**12))
def test_what_is_late_goes_on_at_the_next_moment_of_its_grid(due: int, late: int, step: int) -> None:
    now = due + late
    found = following(due, now, step)
    assert now < found <= now + step
    assert (found - due) % step == 0
