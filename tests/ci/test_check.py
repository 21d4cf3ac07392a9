"""`trackio check`: which runs, which baseline, what is printed and written, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from junitparser import JUnitXml

import trackio
from tests.ci.conftest import Cli, log
from tests.energy.recorded import H200, Recorded, steady
from trackio.documents.schemas import schema
from trackio.store.home import Home

ROOT = Path(__file__).parents[2]


def rules(*texts: str) -> list[str]:
    return [word for text in texts for word in ("--rule", text)]


def test_rules_that_hold_end_with_0(cli: Cli, seeds: Path) -> None:
    done = cli("check", "--baseline", "main", *rules("val/loss <= baseline*1.05", "val/acc > 0.4", '"odd-name" == 1'))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "new: 3 of 3 rules held."


def test_a_broken_rule_ends_with_1_and_says_why(cli: Cli, seeds: Path) -> None:
    done = cli("check", "--baseline", "tag:old", *rules("val/loss <= baseline"), "--warn", "val/acc >= 0.9")
    assert done.code == 1
    assert done.err.splitlines() == [
        "failed: val/loss is 0.51, more than 0.5 (the baseline has 0.5).",
        "warned: val/acc is 0.49, less than 0.9.",
    ]
    assert done.out.splitlines()[-1] == "new: 1 failed, 1 warned, 0 of 2 rules held."
    assert cli("check", "--warn", "val/acc >= 0.9").code == 0


@pytest.mark.parametrize(
    ("name", "kind", "runs"),
    [
        ("seed-1", "run", ["seed-1"]),
        ("run:seed-2", "run", ["seed-2"]),
        ("seed-*", "run", ["seed-1", "seed-2"]),
        # The newest one of a tag, all of a group.
        ("tag:main", "tag", ["seed-2"]),
        ("old", "tag", ["seed-1"]),
        ("group:main", "group", ["seed-1", "seed-2"]),
    ],
)
def test_a_baseline_is_found(cli: Cli, seeds: Path, name: str, kind: str, runs: list[str]) -> None:
    found = cli("check", "--baseline", name, *rules("val/loss <= baseline + 1"), "--json").json
    assert found["baseline"] == {"found": [{"kind": kind, "name": name.removeprefix(f"{kind}:")}], "runs": runs}
    jsonschema.validate(found, schema("check"))


def test_the_newest_run_with_a_tag_is_another_one_than_that_which_is_checked(cli: Cli, seeds: Path) -> None:
    log("nightly", 0.9, 0.4, tags=["main"])
    found = cli("check", "--baseline", "tag:main", *rules("val/loss <= baseline"), "--json").json
    assert (found["runs"][0]["name"], found["baseline"]["runs"]) == ("nightly", ["seed-2"])


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--baseline", "new"), 2, "The newest run, 'new', is the baseline itself"),
        (("--run", "nww"), 1, "Nearest: new"),
        (("--project", "q"), 1, "No project named 'q'"),
        (("--seeds-tolerance", "-1"), 2, "--seeds-tolerance is a number of standard deviations"),
        (("--min-coverage", "2"), 2, "--min-coverage is a share"),
        (("--config", "nope.toml"), 1, "nope.toml"),
        (("--rule", "val/loss <= = 3"), 2, "cannot be read at character 13"),
    ],
)
def test_what_cannot_be_checked_is_told(cli: Cli, seeds: Path, words: tuple[str, ...], code: int, told: str) -> None:
    done = cli("check", *rules("val/loss <= 3"), *words)
    assert done.code == code
    assert told in done.err
    assert done.out == ""


def test_a_rule_that_cannot_be_read_is_shown_with_its_place(cli: Cli, seeds: Path) -> None:
    assert cli("check", "--rule", "val/loss <= = 3").err.splitlines()[1:] == [
        "  val/loss <= = 3",
        "              ^",
    ]


def test_without_rules_there_is_nothing_to_check(cli: Cli, seeds: Path) -> None:
    done = cli("check")
    assert (done.code, "There is no rule" in done.err) == (2, True)


def test_an_empty_project_has_nothing_to_check(cli: Cli, home: Path) -> None:
    Home(home).create("empty")
    done = cli("check", *rules("a <= 3"))
    assert (done.code, "no runs yet" in done.err) == (1, True)


@pytest.mark.parametrize("status", ["failed", "running"])
def test_a_run_that_did_not_finish_is_not_held_to_be_good(cli: Cli, seeds: Path, status: str) -> None:
    run = trackio.init(project="p", name="broken", auto_log_cpu=False, auto_log_gpu=False)
    run.log({"val/loss": 0.1})
    if status == "failed":
        run.finish(exit_code=1)
    else:
        run.flush()
    try:
        for words in ((), ("--run", "broken")):
            done = cli("check", *rules("val/loss <= 3"), *words)
            assert done.code == 1
            assert f"No finished run named 'broken' in p ({status})" in done.err
    finally:
        run.finish(exit_code=int(status == "failed"))


def test_what_was_never_logged_and_nan_break_a_rule(cli: Cli, seeds: Path) -> None:
    log("diverged", 0.9, float("nan"))
    done = cli("check", *rules("val/loss <= 3", "val/los <= 3", "mean(val/loss) <= 3", "min(val/loss) <= 3"))
    assert done.code == 1
    assert done.err.splitlines() == [
        "failed: Run 'diverged': val/loss is NaN.",
        "failed: Run 'diverged' never logged 'val/los'. Nearest: val/loss.",
        "failed: Run 'diverged': mean(val/loss) is NaN.",
    ]


def test_a_file_that_cannot_be_written_is_told_by_its_own_name(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.json").mkdir()
    done = cli("check", "--save-baseline", str(tmp_path / "kept.json"))
    assert done.code == 1
    assert f"{tmp_path / 'kept.json'}: " in done.err


def test_a_baseline_that_is_mistyped_is_told(cli: Cli, seeds: Path) -> None:
    done = cli("check", *rules("val/loss <= basline"))
    assert done.err.splitlines() == ["failed: Run 'new' never logged 'basline'. Nearest: baseline."]


def test_rules_ask_for_steps_extremes_settings_and_the_summary(cli: Cli, seeds: Path) -> None:
    with trackio.init(project="p", name="rich", config={"lr": 0.1, "opt": {"name": "adam"}, "amp": True}) as run:
        for step, loss in ((0, 3.0), (10, 1.0), (20, 2.0)):
            run.log({"loss": loss}, step=step)
        run.summary["best"] = {"loss": 1.0}
        run.summary["note"] = "fine"
    held = rules(
        "loss == 2",
        "first(loss) == 3",
        "min(loss) == 1",
        "max(loss) == 3",
        "mean(loss) == 2",
        "loss at step 10 == 1",
        "summary.best.loss == 1",
        "summary.best/loss == 1",
        "summary.note == 'fine'",
        "config.opt.name == 'adam'",
        "config.lr == 0.1",
        "config.amp == 1",
        "energy.duration < 3600",
    )
    done = cli("check", "--run", "rich", *held)
    assert (done.code, done.err) == (0, "")
    done = cli("check", "--run", "rich", *rules("loss at step 12 == 1", "config.l == 1", "summary.best == 1"))
    assert done.err.splitlines() == [
        "failed: Run 'rich' did not log 'loss' at step 12; the nearest is 10.",
        "failed: Run 'rich' has no config.l. Nearest: lr.",
        "failed: summary.best of run 'rich' is neither a number nor a text.",
    ]


def test_energy_counts_only_where_it_was_measured(cli: Cli, home: Path) -> None:
    store = Home(home).create("p")
    Recorded(store, "a", name="heron").session([(H200, steady(3600, 650, every=5))]).write()
    Recorded(store, "b", name="old").log(1, loss=1.0).write()
    with trackio.init(project="p", name="heron", id="a", resume="must", auto_log_cpu=False, auto_log_gpu=False):
        pass
    with trackio.init(project="p", name="old", id="b", resume="must", auto_log_cpu=False, auto_log_gpu=False):
        pass
    words = rules("energy.kwh <= 0.7", "energy.co2e_kg <= 1", "energy.cost <= 1")
    done = cli("check", "--run", "heron", *words, "--min-coverage", "0")
    assert done.err.splitlines() == [
        "failed: energy.co2e_kg needs the grid: `trackio energy --location PLACE` keeps it.",
        "failed: energy.cost needs a price: `trackio energy --price 0.25/kWh` keeps it.",
    ]
    assert cli("energy", "--location", "FRA", "--price", "0.25").code == 0
    assert cli("check", "--run", "heron", *words, "--min-coverage", "0").code == 0
    assert "No energy was measured of run 'old'" in cli("check", "--run", "old", *words).err


def test_verdicts_as_junit(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "junit.xml"
    hostile = '"<b>&\x1b]]>\u202e" <= 3'
    assert cli("check", *rules("val/loss <= 0.1", hostile), "--warn", "val/acc > 1", "--junit", str(path)).code == 1
    [suite] = JUnitXml.fromfile(str(path))
    assert (suite.tests, suite.failures) == (3, 2)
    cases = list(suite)
    assert [bool(case.result) for case in cases] == [True, True, False]
    assert cases[0].name == "val/loss <= 0.1"
    assert cases[0].result[0].message == "val/loss is 0.51, more than 0.1."
    assert "Warning: val/acc is 0.49" in (cases[2].system_out or "")


def test_a_saved_baseline_answers_as_its_run_does(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    asked = rules("val/loss at step 0 <= 1", "config.lr == 0.1")
    assert cli("check", "--run", "seed-1", "--run", "seed-2", *asked, "--save-baseline", str(path)).code == 0
    before = path.read_bytes()
    assert cli("check", "--run", "seed-1", "--run", "seed-2", *asked, "--save-baseline", str(path)).code == 0
    assert path.read_bytes() == before
    held = rules(
        "val/loss <= baseline + 2*seeds.std",
        "val/loss at step 0 <= baseline",
        "mean(val/loss) <= baseline",
        "config.lr == baseline",
        "config.optimizer.beta == baseline",
        "energy.duration < baseline + 3600",
    )
    by_file = cli("check", "--baseline", str(path), *held, "--json")
    by_group = cli("check", "--baseline", "group:main", *held, "--json")
    assert (by_file.code, by_group.code) == (0, 0)
    assert [(one["limit"], one["baseline"]) for one in by_file.json["rules"]] == [
        (one["limit"], one["baseline"]) for one in by_group.json["rules"]
    ]
    odd = cli("check", "--baseline", str(path), *rules("val/loss at step 10 <= baseline", '"b" <= baseline("a-b")'))
    assert "at the steps alone that rules named when it was saved" in odd.err


def test_a_run_that_fails_becomes_no_baseline(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    done = cli("check", *rules("val/loss <= 0.1"), "--save-baseline", str(path))
    assert (done.code, path.exists()) == (1, False)
    assert "not written, as a rule failed" in done.out
    assert cli("check", "--save-baseline", str(path)).code == 0
    assert path.exists()


def test_a_baseline_file_keeps_no_secret(cli: Cli, home: Path, tmp_path: Path) -> None:
    log("a", 0.5, config={"api_key": "hunter2", "data": "/home/someone/data"})
    path = tmp_path / "baseline.json"
    assert cli("check", "--save-baseline", str(path)).code == 0
    assert "hunter2" not in path.read_text()
    assert "someone" not in path.read_text()


@pytest.mark.parametrize(
    "content",
    ["", "[1", "{}", '{"trackio_baseline": 2, "runs": [{}]}', '{"trackio_baseline": 1, "runs": []}', "[" * 99999],
)
def test_a_file_that_is_no_baseline_breaks_the_rules_that_need_it(
    cli: Cli, seeds: Path, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    done = cli("check", "--baseline", str(path), *rules("val/loss <= baseline"))
    assert done.code == 1
    assert f"failed: {path} is no baseline" in done.err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("sed-1",), "No baseline named 'sed-1' in runs, tags, groups and files. Nearest: seed-1"),
        (("missing.json",), "No baseline named 'missing.json' in runs, tags, groups and files."),
        (("file:missing.json",), "No baseline named 'missing.json' in files."),
        (("tag:nope",), "No baseline named 'nope' in tags. There are: main, old."),
        (("tag:seed-1",), "No baseline named 'seed-1' in tags."),
        (("group:mian",), "No baseline named 'mian' in groups. Nearest: main."),
        (("seed-1", "sed-2"), "No baseline named 'sed-2' in runs, tags, groups and files. Nearest: seed-2"),
    ],
)
def test_a_missing_baseline_breaks_the_rules_that_need_it_alone(
    cli: Cli, seeds: Path, tmp_path: Path, given: tuple[str, ...], told: str
) -> None:
    junit = tmp_path / "j.xml"
    words = [*rules("val/loss <= baseline * 1.02", "val/loss < 9"), "--warn", "val/acc not worse than baseline"]
    words += [word for one in given for word in ("--baseline", one)]
    done = cli("check", *words, "--junit", str(junit), "--json")
    assert done.code == 1
    jsonschema.validate(done.json, schema("check"))
    assert (done.json["baseline"], [one["name"] for one in done.json["missing"]]) == (None, [given[-1]])
    assert [one["passed"] for one in done.json["rules"]] == [False, True, False]
    assert all(told in one["reason"] for one in done.json["rules"] if not one["passed"])
    assert told in done.json["missing"][0]["reason"]
    [suite] = JUnitXml.fromfile(str(junit))
    assert [bool(case.result) for case in suite] == [True, False, False]


def test_a_missing_baseline_that_no_rule_needs_is_told(cli: Cli, seeds: Path) -> None:
    done = cli("check", "--baseline", "sed-1", *rules("val/loss < 9"))
    assert done.code == 0
    assert "trackio: No baseline named 'sed-1'" in done.err
    assert cli("check", "--baseline", "sed-1", "--warn", "val/loss <= baseline").code == 0


def test_a_baseline_file_that_may_not_be_read_is_missing(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    # A folder is no file, and one that leads round in a circle cannot be opened by anybody.
    (tmp_path / "loop.json").symlink_to("loop.json")
    for name in (str(tmp_path), str(tmp_path / "loop.json")):
        done = cli("check", "--baseline", f"file:{name}", *rules("val/loss <= baseline"))
        assert done.code == 1
        assert f"failed: No baseline named {name!r}" in done.err


def test_values_in_a_file_that_are_none_break_rules(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    metrics = {"val/loss": {"last": "NaN"}, "val/acc": {"last": 10**400}, "odd-name": {"last": [1]}, "x": 3}
    path.write_text(json.dumps({"trackio_baseline": 1, "runs": [{"name": "b", "metrics": metrics}]}))
    names = ("val/loss", "val/acc", '"odd-name"', "first(val/acc)", "config.lr", "energy.duration")
    done = cli("check", "--baseline", str(path), *rules(*(f"{name} <= baseline" for name in names)))
    assert (done.code, len(done.err.splitlines())) == (1, len(names))
    assert all("The baseline: " in line for line in done.err.splitlines())


def test_seeds_of_one_run_are_told(cli: Cli, seeds: Path) -> None:
    done = cli("check", "--baseline", "seed-1", *rules("val/loss <= baseline*1.1"), "--seeds-tolerance", "2")
    assert (done.code, "there is no spread of seeds" in done.out) == (0, True)


def test_checking_is_a_process_of_its_own_too(seeds: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trackio", "check", "--rule", "val/loss <= 0.1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "failed: val/loss is 0.51, more than 0.1.\n"
