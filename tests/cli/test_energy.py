"""`trackio energy`: what people see, what programs get, what is kept, and gates."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from trackio.store.home import Home
from trackio.store.project import ProjectStore

ROOT = Path(__file__).parents[2]
NO_CPU = {"cpu": "RAPL can be read by root only", "dram": "RAPL can be read by root only"}


@pytest.fixture
def store(home: Path) -> ProjectStore:
    """Two runs that share a GPU for half an hour, one without a GPU, one without anything."""
    store = Home(home).create("speed")
    heron = Recorded(store, "a", name="heron").session([(H200, steady(3600, 650, every=5))], missing=NO_CPU)
    for second in range(0, 3600, 60):
        heron.log(second, loss=3600 / (second + 60), global_step=float(2 * second))
    heron.write()
    rows = steady(3600, 650, start=1800, every=5)
    package = [(row[0], (row[0] * 120) % 65_000, None, None) for row in rows]
    otter = Recorded(store, "b", name="otter", start=1800).session([(H200, rows), (PACKAGE, package)])
    otter.log(1800, loss=9.0).log(3600, loss=1.5).write()
    missing = {"gpu": "no NVIDIA driver was found", **NO_CPU}
    Recorded(store, "c", name="crow").session([], start=0, end=10, missing=missing).log(1, loss=1.0).write()
    Recorded(store, "d", name="old").log(1, loss=1.0).write()
    return store


def columns(text: str) -> list[str]:
    return [part for part in text.splitlines()[0].split("  ") if part]


def test_the_table_has_one_unit_and_says_what_was_not_measured(cli: Cli, store: ProjectStore) -> None:
    done = cli("energy")
    assert (done.code, done.err) == (0, "")
    assert [name.strip() for name in columns(done.out)][:6] == ["run", "status", "kWh", "GPU kWh", "CPU kWh", "mean W"]
    lines = {line.split("  ")[0]: line.split() for line in done.out.splitlines()[1:6]}
    assert lines["heron"][2:5] == ["0.650", "0.650", "650"]
    assert lines["crow"][2:4] == ["not", "measured"]
    # Half an hour on one GPU counts once.
    assert lines["all together"][2:4] == ["1.10", "0.975"]
    assert "For 30 min runs shared devices, which counts once: all together are 325 Wh less than their sum." in done.out
    assert "CPU and DRAM not measured (heron, crow): RAPL can be read by root only." in done.out
    assert "GPU not measured (crow): no NVIDIA driver was found." in done.out
    assert "Of old no energy was recorded" in done.out
    assert "Where GPUs told both, their power, integrated, says the same as their counters." in done.out
    assert "CO2e: not stated; --location" in done.out


def test_carbon_and_cost_are_told_with_their_sources(cli: Cli, store: ProjectStore) -> None:
    out = cli("energy", "--location", "FRA", "--price", "0.25 EUR/kWh", "--pue", "1.2", "--cpu-watts", "90").out
    assert "g CO2e" in out.splitlines()[0]
    assert "cost EUR" in out.splitlines()[0]
    assert "44.18 g/kWh (France, average of 2024, Our World in Data, from Ember (2025), CC BY 4.0)" in out
    assert "PUE 1.2 (the kWh are without it)." in out
    assert "Cost: 0.25 EUR/kWh; PUE 1.2 (the kWh are without it)." in out
    assert (
        "Your estimate for processors that were not measured: 90 W, 90.0 Wh in 2 runs; in none of the amounts." in out
    )


def test_power_is_held_against_the_counters(cli: Cli, home: Path) -> None:
    rows = [(second, joules, watts * 0.9, load) for second, joules, watts, load in steady(60, 400)]
    Recorded(Home(home).create("p"), "a").session([(H200, rows)]).write()
    assert "their power, integrated, says 10.0 % less than their counters." in cli("energy").out


def test_runs_are_chosen_by_name_or_id(cli: Cli, store: ProjectStore) -> None:
    found = cli("energy", "--runs", "heron", "b", "heron", "--json").json
    assert [run["run"] for run in found["runs"]] == ["heron", "otter"]
    done = cli("energy", "--runs", "hreon")
    assert (done.code, done.out) == (1, "")
    assert "Nearest: heron." in done.err


def test_programs_get_one_object(cli: Cli, store: ProjectStore) -> None:
    done = cli("energy", "--json", "--max-kwh", "1")
    assert done.code == 1
    assert done.json["total"]["kwh"] == pytest.approx(1.0959, abs=1e-3)
    [gate] = done.json["gates"]
    assert (gate["gate"], gate["limit"], gate["passed"]) == ("max-kwh", 1.0, False)
    assert done.err == f"trackio: {gate['reason']}\n"
    assert cli("energy", "--format", "json").json["gates"] == []


def test_what_was_given_is_kept_for_the_next_time(cli: Cli, store: ProjectStore) -> None:
    cli("energy", "--location", "France", "--pue", "1.2")
    assert cli("energy", "--json").json["assumptions"]["location"] == "FRA"
    cli("energy", "--location", "none")
    found = cli("energy", "--json").json["assumptions"]
    assert (found["location"], found["grid_g_per_kwh"], found["pue"]) == (None, None, 1.2)
    cli("energy", "--location", "FRA", "--grid-intensity", "44.2")
    found = cli("energy", "--json").json["assumptions"]
    assert (found["location"], found["place"], found["grid_g_per_kwh"]) == (None, "France", 44.2)
    assert found["grid_source"] == "given by the user"


def test_asking_again_for_the_same_changes_nothing(cli: Cli, store: ProjectStore) -> None:
    def revision() -> object:
        with closing(sqlite3.connect(store.path)) as db:
            return db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()

    cli("energy", "--location", "FRA")
    before = revision()
    cli("energy", "--location", "FR")
    assert revision() == before


def test_a_project_that_cannot_be_written_keeps_nothing_and_is_stated_all_the_same(
    cli: Cli, store: ProjectStore
) -> None:
    # What SQLite needs beside the database cannot be made: stands for a read-only disk, also for root.
    for suffix in ("-wal", "-shm"):
        beside = store.path.with_name(store.path.name + suffix)
        beside.unlink(missing_ok=True)
        beside.mkdir()
    done = cli("energy", "--location", "FRA", "--json")
    assert done.code == 0
    assert done.json["assumptions"]["location"] == "FRA"
    assert "The options cannot be kept with project 'speed'" in done.err
    assert cli("energy", "--json").json["assumptions"]["location"] is None


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--max-kwh", "2", "--runs", "heron"], 0, ""),
        (["--max-kwh", "0.5", "--runs", "heron"], 1, "The runs used 0.650 kWh, more than 0.5 kWh."),
        (["--max-kwh", "2"], 1, "Nothing was measured of 2 of 4 runs (crow, old)"),
        (["--max-kwh", "2", "--min-coverage", "0"], 0, ""),
        (["--max-kwh", "2", "--runs", "crow"], 1, "Nothing was measured, so nothing shows"),
        (["--max-gco2e", "1"], 2, "--max-gco2e needs the grid"),
        (["--max-cost", "1"], 2, "--max-cost needs the price"),
        (["--max-gco2e", "1", "--location", "NOR"], 1, "more than 1 g CO2e."),
        (["--max-kwh", "much"], 2, "--max-kwh takes a number from 0 on, not 'much'."),
        (["--max-kwh", "nan"], 2, "--max-kwh takes a number"),
        (["--min-coverage", "90"], 2, "--min-coverage is a share from 0 to 1"),
        (["--location", "Frnace"], 1, "Nearest: France."),
        (["--pue", "0.9"], 2, "--pue takes"),
        (["--target", "loss"], 2, "--target takes METRIC=VALUE"),
        (["--target", "loss=low"], 2, "--target takes"),
        (["--target", "losss=1"], 1, "No metric named 'losss'"),
        (["--goal", "minimize"], 2, "--goal needs --target"),
        (["--json", "--format", "eu"], 2, "exclude each other"),
        (["--project", "sped"], 1, "Nearest: speed."),
        (["--format", "EU"], 2, "nearest: eu"),
    ],
)
def test_gates_and_wrong_usage(cli: Cli, store: ProjectStore, argv: list[str], code: int, said: str) -> None:
    done = cli("energy", *argv)
    assert done.code == code
    assert said in done.err
    assert done.err.count("\n") == int(bool(said))


def test_energy_to_a_target(cli: Cli, store: ProjectStore) -> None:
    found = cli("energy", "--target", "loss=2", "--json").json
    assert found["target"] == {"metric": "loss", "value": 2.0}
    by_name = {run["run"]: run["kwh_to_target"] for run in found["runs"]}
    # heron's loss is 3600 / (t + 60): 2 at 1740 s, at 650 W.
    assert by_name["heron"] == pytest.approx(1740 * 650 / 3.6e6)
    assert by_name["crow"] is None
    out = cli("energy", "--target", "loss=0.5").out
    assert "kWh to loss 0.5" in out.splitlines()[0]
    assert "not reached" in out
    assert cli("energy", "--target", "loss=50", "--goal", "maximize", "--json").json["runs"][0]["kwh_to_target"] == 0.0


def test_a_target_reached_before_anything_measured_is_not_told_as_never_reached(cli: Cli, store: ProjectStore) -> None:
    late = Recorded(store, "late", start=9000).log(9000, reward=5.0).log(9090, reward=1.0)
    late.session([(H200, steady(60, 100, start=9060))]).write()
    found = cli("energy", "--runs", "late", "--target", "reward=5")
    assert "not measured then" in found.out
    assert cli("energy", "--runs", "late", "--target", "reward=6").out.count("not reached") == 1


@pytest.mark.parametrize("name", ["table", "json", "eu", "codecarbon-csv", "cyclonedx"])
def test_a_file_gets_what_the_terminal_would(cli: Cli, store: ProjectStore, tmp_path: Path, name: str) -> None:
    shown = cli("energy", "--format", name)
    assert shown.code == 0
    assert shown.out
    target = tmp_path / "energy.txt"
    written = cli("energy", "--format", name, "--output", str(target))
    assert (written.code, written.out) == (0, "")
    assert target.read_text("utf-8") == shown.out


def test_a_file_that_cannot_be_written_is_told(cli: Cli, store: ProjectStore, tmp_path: Path) -> None:
    done = cli("energy", "--output", str(tmp_path / "no" / "such" / "file"))
    assert done.code == 1
    assert "No such file or directory" in done.err


def test_a_project_without_runs_says_so(cli: Cli, home: Path) -> None:
    Home(home).create("empty")
    assert cli("energy").out == "Project 'empty' has no runs yet.\n"
    assert cli("energy", "--json").json["total"]["kwh"] is None
    assert "N/A" in cli("energy", "--format", "eu").out
    assert cli("energy", "--max-kwh", "1").code == 1


def test_names_that_a_terminal_would_obey_are_shown_escaped(cli: Cli, home: Path) -> None:
    store = Home(home).create("odd")
    missing = {"gpu": "\x1b[31mred\x1b[0m"}
    Recorded(store, "a", name="\x1b[31mheron\n").session([], start=0, end=1, missing=missing).log(0, loss=1.0).write()
    out = cli("energy").out
    assert "\x1b" not in out
    assert r"\x1b[31mheron\n" in out


@pytest.mark.parametrize(
    ("width", "line"), [("60", "GPU kWh   0.650"), ("200", "heron         finished         0.650")]
)
def test_a_narrow_terminal_cuts_no_number(cli: Cli, store: ProjectStore, home: Path, width: str, line: str) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TRACKIO_DIR": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": width, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "trackio", "energy", "--project", "speed"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        # On Linux reading what a process left that has ended is an error, after all of it was read.
        with suppress(OSError):
            while piece := os.read(ours, 65536):
                shown += piece
    os.close(ours)
    assert process.returncode == 0
    assert line in shown.decode().replace("\r\n", "\n")
