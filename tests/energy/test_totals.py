"""What runs and projects used, from the store to the statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.energy.recorded import BOOT, H200, PACKAGE, Recorded, steady
from trackio import consumption
from trackio.energy.rates import idle_share
from trackio.energy.totals import label
from trackio.errors import UnknownRun
from trackio.store import edits
from trackio.store.home import Home
from trackio.store.project import ProjectStore

OTHER_BOOT = BOOT[:-1] + "2"
SECOND = {**H200, "id": "GPU-2", "index": 1}
DRAM = {"id": "dram/package-0", "kind": "dram", "name": "DRAM", "scope": "dram"}
GRACE = {**H200, "id": "GPU-9", "name": "NVIDIA GH200 480GB", "scope": "module"}


@pytest.fixture
def project(tmp_path: Path) -> ProjectStore:
    return Home(tmp_path).create("demo")


def used(store: ProjectStore, run: str = "r") -> Any:
    found = consumption.run_energy(store, run)
    assert found is not None
    return found


def test_a_run_has_what_all_its_devices_used(project: ProjectStore) -> None:
    devices = [(H200, steady(60, 300)), (SECOND, steady(60, 200)), (PACKAGE, steady(60, 90)), (DRAM, steady(60, 10))]
    Recorded(project, "r", name="first").session(devices).write()
    found = used(project)
    assert found.account.joules == 600 * 60
    assert {kind: account.joules for kind, account in found.by_kind.items()} == {
        "gpu": 30_000,
        "cpu": 5_400,
        "dram": 600,
    }
    assert [label(one.device) for one in found.devices] == [
        "GPU 0 (NVIDIA H200)",
        "GPU 1 (NVIDIA H200)",
        "processor 0 (AMD EPYC 9654)",
        "memory 0 (DRAM)",
    ]
    assert (found.run_name, found.seconds, found.account.coverage, found.missing) == ("first", 60, 1, {})
    assert any("whole machine" in note for note in found.notes)


def test_two_ranks_that_share_a_gpu_are_billed_once(project: ProjectStore) -> None:
    run = Recorded(project, "r").session([(H200, steady(60, 400))])
    run.session([(H200, steady(56, 400, start=2, first_joules=1e6))]).write()
    assert used(project).account.joules == 24_000
    assert used(project).seconds == 60


def test_a_resume_adds_up_and_the_time_between_does_not_count(project: ProjectStore) -> None:
    first = [(0, 0, 300, 90.0), (100, 30_000, 300, 90.0)]
    second = [(400, 240_000, 300, 90.0), (500, 270_000, 300, 90.0)]
    Recorded(project, "r").session([(H200, first)]).session([(H200, second)]).write()
    assert used(project).account.joules == 60_000
    assert used(project).seconds == 200


def test_machines_add_up_and_their_clocks_do_not_mix(project: ProjectStore) -> None:
    run = Recorded(project, "r").session([(H200, steady(60, 300))])
    run.session([({**H200, "id": "GPU-far"}, steady(60, 100, first_joules=5))], boot=OTHER_BOOT).write()
    found = used(project)
    assert found.account.joules == 24_000
    assert found.seconds == 120
    assert [one.machine for one in found.devices] == [0, 1]


def test_a_superchip_does_not_add_its_processor(project: ProjectStore) -> None:
    Recorded(project, "r").session([(GRACE, steady(60, 300)), (PACKAGE, steady(60, 90))]).write()
    found = used(project)
    assert found.account.joules == 18_000
    assert [one.is_counted for one in found.devices] == [True, False]
    assert list(found.by_kind) == ["gpu"]
    assert any("covers the whole module" in note for note in found.notes)


def test_two_processes_that_read_a_chip_without_a_limit_at_once_bill_no_reset(project: ProjectStore) -> None:
    chip = {"id": "cpu/apple", "kind": "cpu", "name": "Apple M3 Max", "scope": "package"}
    one = [(second, 5e6 + 30 * second, None, None) for second in range(11)]
    # The other is held up between the clock and the counter, so that its counter is newer than its moment says.
    other = [(second - 0.001, joules + 0.02, None, None) for second, joules, *_ in one[1:]]
    Recorded(project, "a").session([(chip, one)]).write()
    Recorded(project, "b").session([(chip, other)]).write()
    found = consumption.project_energy(project).account
    assert (found.joules, found.resets) == (pytest.approx(300, abs=0.1), 0)


def test_what_was_not_measured_is_told_with_the_reason(project: ProjectStore) -> None:
    missing = {"gpu": "no NVIDIA driver was found", "cpu": "RAPL may not be read"}
    Recorded(project, "r").session([], start=0, end=9, missing=missing).write()
    found = used(project)
    assert (found.account.joules, found.account.kwh, found.curve, found.by_kind) == (None, None, None, {})
    assert found.missing == missing
    assert found.seconds == 9


def test_one_reading_is_not_measured_either(project: ProjectStore) -> None:
    Recorded(project, "r").session([(H200, steady(0, 300))], end=5).write()
    assert used(project).account.joules is None
    assert used(project).missing == {"gpu": "fewer than two readings were taken"}


def test_what_one_of_two_machines_could_not_measure_is_told_so(project: ProjectStore) -> None:
    run = Recorded(project, "r").session([(H200, steady(9, 300))], missing={"cpu": "RAPL may not be read"})
    run.session([(SECOND, steady(9, 300)), (PACKAGE, steady(9, 90))], boot=OTHER_BOOT).write()
    assert used(project).missing == {"cpu": "RAPL may not be read (on 1 of 2 machines)"}


def test_a_run_that_nothing_measured_has_no_energy(project: ProjectStore) -> None:
    edits.edit(project, "r", [("run", {"name": "old"})])
    assert consumption.run_energy(project, "r") is None
    assert consumption.project_energy(project).unmeasured == ("old",)
    assert consumption.project_energy(project).account.joules is None
    with pytest.raises(UnknownRun):
        consumption.run_energy(project, "nobody")


def test_notes_of_devices_become_sentences(project: ProjectStore) -> None:
    Recorded(project, "r").session([(H200, steady(9, 300))]).write()
    edits.edit(project, "r", [("energy_note", {"session": "r-1", "device": 0, "note": "shared"})])
    assert used(project).notes == ("GPU 0 (NVIDIA H200): other processes used the device at the same time.",)


@pytest.mark.parametrize(("watts", "told"), [(200.0, "that of the power."), (None, "the least that it can have been")])
def test_what_lies_across_a_reset_is_told_for_what_it_is(project: ProjectStore, watts: float | None, told: str) -> None:
    counters = (9000, 9200, 100, 300)
    rows = [(second, counter, watts, 90.0) for second, counter in enumerate(counters)]
    Recorded(project, "r").session([(H200, rows)]).write()
    (note,) = [note for note in used(project).notes if "started again" in note]
    assert told in note


def test_what_processors_of_a_machine_may_have_drawn_is_over_its_time_once(project: ProjectStore) -> None:
    none = {"cpu": "RAPL can be read by root only"}
    Recorded(project, "a").session([(H200, steady(60, 300))], missing=none).write()
    Recorded(project, "b").session([(SECOND, steady(200, 100))], missing=none).write()
    Recorded(project, "c").session([(PACKAGE, steady(20, 90, start=300))]).write()
    found = consumption.project_energy(project)
    assert [run.unread_cpu_seconds for run in found.runs] == [60, 200, 0]
    assert found.unread_cpu_seconds == 200


def test_runs_on_different_gpus_do_not_bill_each_other(project: ProjectStore) -> None:
    Recorded(project, "a").session([(H200, steady(60, 300))]).write()
    Recorded(project, "b").session([(SECOND, steady(200, 100))]).write()
    # The first GPU is used again later; between the two runs on it nobody measured.
    Recorded(project, "c").session([(H200, steady(20, 300, start=150, first_joules=9e6))]).write()
    found = consumption.project_energy(project)
    assert [run.account.joules for run in found.runs] == [18_000, 20_000, 6_000]
    assert found.account.joules == 44_000
    assert (found.shared_seconds, found.shared_joules) == (0, 0)


def test_runs_that_share_a_gpu_add_up_to_less_than_their_sum(project: ProjectStore) -> None:
    Recorded(project, "a").session([(H200, steady(60, 300))]).write()
    Recorded(project, "b").session([(H200, steady(60, 300, start=40))]).write()
    found = consumption.project_energy(project)
    assert [run.account.joules for run in found.runs] == [18_000, 18_000]
    assert found.account.joules == 30_000
    assert (found.shared_seconds, found.shared_joules) == (20, 6_000)
    assert consumption.project_energy(project, ["a"]).account.joules == 18_000


def test_a_phase_tells_for_how_long_something_was_known(project: ProjectStore) -> None:
    rows = steady(40, 300, start=20)
    Recorded(project, "r").session([(H200, rows)], start=0, end=60, marks=[(10, "loading"), (30, "warm-up")]).write()
    found = [(one.name, one.joules, one.known_seconds) for one in used(project).phases]
    assert found == [("loading", None, 0), ("warm-up", 3000, 10), ("the rest", 9000, 30)]


def test_runs_that_follow_each_other_come_to_their_sum(project: ProjectStore) -> None:
    Recorded(project, "a").session([(H200, steady(2, 300))]).write()
    # Its first reading comes late: nobody knows what the time before it used, though the counter went on.
    late = [(t + 0.4, 1e6 + 300 * (t + 0.4), 300, 90.0) for t in range(5, 8)]
    Recorded(project, "b").session([(H200, late)], start=5).write()
    found = consumption.project_energy(project)
    assert found.account.joules == sum(run.account.joules or 0 for run in found.runs) == pytest.approx(1_200)
    assert found.account.coverage == pytest.approx((2 + 2) / (2 + 2.4))
    assert found.devices[0].curve.joules[-1] == pytest.approx(1_200)


def test_runs_that_meet_through_a_third_are_merged(project: ProjectStore) -> None:
    for name, start, seconds in (("a", 0, 20), ("c", 30, 20), ("b", 10, 30)):
        Recorded(project, name).session([(H200, steady(seconds, 100, start=start))]).write()
    found = consumption.project_energy(project)
    assert found.account.joules == 5_000
    assert (found.shared_seconds, found.shared_joules) == (20, 2_000)


def test_marks_cut_a_run_into_phases(project: ProjectStore) -> None:
    rows = [*steady(40, 300), *[(40 + t, 1e6 + 12_000 + 100 * t, 100, 90.0) for t in range(1, 21)]]
    Recorded(project, "r").session([(H200, rows)], marks=[(40, "train"), (50, "evaluate")]).write()
    found = [(one.name, one.seconds, one.joules) for one in used(project).phases]
    assert found == [("train", 40, 12_000), ("evaluate", 10, 1_000), ("the rest", 10, 1_000)]


def test_counter_and_power_stand_side_by_side(project: ProjectStore) -> None:
    Recorded(project, "r").session([(H200, [(t, 1e6 + 300 * t, 290, 90.0) for t in range(61)])]).write()
    assert (used(project).counter_joules, used(project).power_joules) == (18_000, 17_400)


def test_the_curve_goes_by_the_wall_and_ends_with_the_total(project: ProjectStore) -> None:
    run = Recorded(project, "r").session([(H200, steady(60, 300)), (SECOND, steady(30, 100))])
    run.session([({**H200, "id": "GPU-far"}, steady(60, 100))], boot=OTHER_BOOT).write()
    curve = used(project).curve
    assert curve.joules[0] == 0
    assert curve.joules[-1] == pytest.approx(used(project).account.joules)
    assert (curve.time_ns[-1] - curve.time_ns[0]) / 1e9 == 60


def test_energy_against_a_metric_and_to_a_target(project: ProjectStore) -> None:
    run = Recorded(project, "r").session([(H200, steady(60, 300))])
    for second in range(0, 61, 10):
        run.log(second, loss=10.0 - second / 10, accuracy=second / 100)
    run.log(60, loss=float("nan")).write()
    joules, values = consumption.energy_series(project, "r", "loss") or ([], [])
    assert list(joules) == pytest.approx([3000 * n for n in range(7)])
    assert list(values) == [10, 9, 8, 7, 6, 5, 4]
    assert consumption.energy_to_target(project, "r", "loss", 7.5) == pytest.approx(9_000)
    assert consumption.energy_to_target(project, "r", "accuracy", 0.45) == pytest.approx(15_000)
    assert consumption.energy_to_target(project, "r", "loss", 3.9) is None
    assert consumption.energy_to_target(project, "r", "loss", 9.5, goal="maximize") == 0
    assert consumption.energy_to_target(project, "r", "other", 1) is None


def test_what_a_fork_has_of_its_parent_it_neither_did_nor_paid_for(project: ProjectStore) -> None:
    run = Recorded(project, "fork", start=1000).session([(H200, steady(60, 300, start=1000))])
    for step in range(10):
        run.log(step, loss=10.0 - step, global_step=step * 50)
    run.log(1010, loss=0.5, global_step=475).log(1020, loss=0.1, global_step=500).write()
    assert used(project, "fork").counts == {"step": 50}
    joules, values = consumption.energy_series(project, "fork", "loss") or ([], [])
    assert (list(joules), list(values)) == (pytest.approx([3000, 6000]), [0.5, 0.1])
    assert consumption.energy_to_target(project, "fork", "loss", 0.3) == pytest.approx(6000)
    assert consumption.energy_to_target(project, "fork", "loss", 5) is None


def test_steps_that_no_metric_counts_are_those_since_the_fork(project: ProjectStore) -> None:
    run = Recorded(project, "fork", start=1000).session([(H200, steady(60, 300, start=1000))])
    for step in range(12):
        run.log(step if step < 10 else 1000 + step, loss=1.0)
    run.write()
    assert used(project, "fork").counts == {"step": 2}


def test_what_a_run_counted_is_found_by_its_custom(project: ProjectStore) -> None:
    run = Recorded(project, "r").session([(H200, steady(9, 300))])
    run.log(1, train__global_step=50, tokens_seen=0).log(2, train__global_step=100, tokens_seen=8192).write()
    assert used(project).counts == {"step": 100, "token": 8192}
    Recorded(project, "s").session([(H200, steady(9, 300))]).log(1, loss=1).log(2, loss=2).write()
    assert used(project, "s").counts == {"step": 1}


def test_idle_is_not_known_where_utilization_was_not_read(project: ProjectStore) -> None:
    busy = [(t, 1e6 + 300 * t, 300, None if t < 5 else 0.0 if t < 8 else 90.0) for t in range(11)]
    Recorded(project, "r").session([(H200, busy)]).write()
    # Six intervals end with a reading of it, three of these under 5 %.
    assert idle_share(used(project).by_kind) == pytest.approx(3 / 6)
    Recorded(project, "mig").session([(H200, [(t, 1e6 + 300 * t, 300, None) for t in range(11)])]).write()
    assert idle_share(used(project, "mig").by_kind) is None
