"""Agents make runs of a sweep."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import trackio
from trackio.errors import UnknownSweep, UsageError
from trackio.sweeps.agent import agent, sweep

GRID = {
    "method": "grid",
    "parameters": {"lr": {"values": [0.1, 0.01]}, "opt": {"parameters": {"name": {"values": ["sgd", "adam"]}}}},
}
QUADRATIC = {
    "method": "bayes",
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"x": {"min": -10.0, "max": 10.0}},
    "seed": 3,
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("TRACKIO_", "WANDB_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    return tmp_path


def runs(project: str = "p") -> list[Any]:
    return list(trackio.Api().project(project).runs())


def train() -> None:
    with trackio.init(config={"x": 0.0, "epochs": 2}, auto_log_cpu=False) as run:
        run.log({"loss": (run.config["x"] - 3) ** 2})


def test_a_grid_is_gone_through_once() -> None:
    seen = []

    def function() -> None:
        with trackio.init(project="ignored", config={"lr": 5, "epochs": 2}, auto_log_cpu=False) as run:
            seen.append((run.config.lr, run.config.opt["name"], run.config.epochs, run.project))
            run.log({"loss": 1})

    agent(sweep(GRID, project="p"), function)
    assert sorted(seen) == sorted((lr, name, 2, "p") for lr in (0.1, 0.01) for name in ("sgd", "adam"))
    assert {run.status for run in runs()} == {"finished"}


def test_a_sweep_is_begun_by_the_names_of_the_package_and_without_a_project() -> None:
    trackio.agent(trackio.sweep(GRID), train, count=1)
    assert len(runs("uncategorized")) == 1


def test_agents_may_take_turns_and_count_limits_each() -> None:
    made = sweep(GRID, project="p")
    agent(made, train, count=3)
    assert len(runs()) == 3
    agent(made, train, count=3)
    assert len(runs()) == 4


def test_a_bayesian_search_closes_in() -> None:
    agent(sweep(QUADRATIC, project="p"), train, count=30)
    values = [run.summary["loss"] for run in runs()]
    assert len(values) == 30
    assert min(values) < 1


def test_a_target_and_a_cap_end_a_sweep() -> None:
    agent(sweep({**QUADRATIC, "metric": {**QUADRATIC["metric"], "target": 1e6}}, project="target"), train, count=9)
    assert len(runs("target")) == 1
    agent(sweep({**QUADRATIC, "method": "random", "run_cap": 4}, project="cap"), train)
    assert len(runs("cap")) == 4


def test_a_run_that_fails_is_told_and_the_sweep_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    calls = []

    def function() -> None:
        calls.append(1)
        trackio.init(auto_log_cpu=False)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        trackio.log({"loss": 1})
        trackio.finish()

    agent(sweep(GRID, project="p"), function)
    assert sorted(run.status for run in runs()) == ["failed", "finished", "finished", "finished"]
    assert "out of memory" in caplog.text


def test_a_function_that_leaves_the_program_leaves_its_run_alone() -> None:
    calls = []

    def function() -> None:
        calls.append(1)
        trackio.init(auto_log_cpu=False).log({"loss": 1})
        sys.exit(len(calls) % 2)

    agent(sweep(GRID, project="p"), function)
    assert sorted(run.status for run in runs()) == ["failed", "failed", "finished", "finished"]


def test_an_agent_gives_up_on_a_function_that_never_works(caplog: pytest.LogCaptureFixture) -> None:
    def function() -> None:
        raise RuntimeError("no")

    agent(sweep({**QUADRATIC, "method": "random"}, project="p"), function)
    assert "5 runs in a row have failed" in caplog.text


def test_a_function_that_begins_no_run_is_told(caplog: pytest.LogCaptureFixture) -> None:
    agent(sweep(GRID, project="p"), lambda: None, count=1)
    assert "never called init()" in caplog.text


def test_only_the_first_run_of_a_trial_is_its_run() -> None:
    def function() -> None:
        train()
        with trackio.init(project="aside", auto_log_cpu=False) as run:
            run.log({"extra": 1})

    agent(sweep(GRID, project="p"), function, count=2)
    assert (len(runs("p")), len(runs("aside"))) == (2, 2)


def test_a_program_gets_its_settings_as_arguments_and_in_its_config(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, trackio\n"
        "with trackio.init(auto_log_cpu=False) as run:\n"
        "    run.log({'loss': run.config['lr'] * 2})\n"
        "    run.config['argv'] = sys.argv[1:]\n"
    )
    config = {
        "method": "grid",
        "program": str(script),
        "metric": {"name": "loss"},
        "parameters": {"lr": {"values": [1, 2]}, "deep": {"parameters": {"flag": {"value": True}}}},
    }
    made = sweep(config, project="p")
    agent(made)
    assert sorted(run.summary["loss"] for run in runs()) == [2, 4]
    assert sorted(run.config["argv"] for run in runs()) == [
        ["--lr=1", "--deep.flag=True"],
        ["--lr=2", "--deep.flag=True"],
    ]


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["${args_no_hyphens}"], ["lr=1", "fast=True", "slow=False"]),
        (["${args_no_boolean_flags}"], ["--lr=1", "--fast"]),
        (["${args_json}"], ['{"lr": 1, "fast": true, "slow": false}']),
        (["--home", "${envvar:TOKEN_OF_TEST}"], ["--home", "abc"]),
    ],
)
def test_commands_take_wandbs_placeholders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], seen: list[str]
) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "abc")
    script = tmp_path / "train.py"
    script.write_text(f"import json, sys\nopen({str(tmp_path / 'seen')!r}, 'w').write(json.dumps(sys.argv[1:]))\n")
    config = {
        "method": "grid",
        "program": str(script),
        "command": ["${env}", "${interpreter}", "${program}", *words],
        "parameters": {"lr": {"value": 1}, "fast": {"value": True}, "slow": {"value": False}},
    }
    agent(sweep(config, project="p"), count=1)
    assert json.loads((tmp_path / "seen").read_text()) == seen


def test_agents_in_several_processes_share_one_grid(home: Path) -> None:
    made = sweep({"method": "grid", "parameters": {"k": {"values": list(range(12))}}}, project="p")
    code = (
        "import sys, trackio\nfrom trackio.sweeps.agent import agent\n"
        "def train():\n"
        "    with trackio.init(auto_log_cpu=False) as run: run.log({'loss': run.config['k']})\n"
        f"agent({made!r}, train)\n"
    )
    agents = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [one.wait() for one in agents] == [0, 0]
    assert sorted(run.config["k"] for run in runs()) == list(range(12))


def test_a_point_whose_agent_was_killed_is_tried_again(home: Path) -> None:
    made = sweep({"method": "grid", "parameters": {"k": {"values": [1]}}}, project="p")
    code = (
        "import os, trackio\nfrom trackio.sweeps.agent import agent\n"
        "def train():\n    trackio.init(auto_log_cpu=False).log({'loss': 1})\n    os.kill(os.getpid(), 9)\n"
        f"agent({made!r}, train)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    agent(made, train)
    assert sorted(run.status for run in runs()) == ["crashed", "finished"]


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownSweep, match="No sweep named 'nope'"):
        agent("nope", train)
    with pytest.raises(UnknownSweep, match="in elsewhere"):
        agent(sweep(GRID, project="p"), train, project="elsewhere")
    with pytest.raises(UsageError, match="needs a function"):
        agent(sweep(GRID, project="p"))
    with pytest.raises(UsageError, match="dict"):
        sweep("grid")  # type: ignore[arg-type]


def test_a_path_of_a_sweep_and_a_callable_configuration_are_taken() -> None:
    made = sweep(lambda: {**GRID, "project": "p"})
    agent(f"entity/p/{made}", train, count=1)
    assert len(runs()) == 1


def test_the_commands_begin_a_sweep_and_work_on_it(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import trackio\nwith trackio.init(auto_log_cpu=False) as run:\n    run.log({'loss': run.config.k})\n"
    )
    (tmp_path / "sweep.yaml").write_text(
        f"program: {script}\nproject: p\nmethod: grid\nparameters:\n  k:\n    values: [1, 2, 3]\n"
    )

    def command(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "trackio", *words], capture_output=True, text=True, check=True
        ).stdout

    told = json.loads(command("sweep", str(tmp_path / "sweep.yaml"), "--json"))
    assert told["project"] == "p"
    command("agent", told["sweep"], "--count", "2")
    assert [run.summary["loss"] for run in runs()] == [1, 2]
    command("agent", told["sweep"])
    assert [run.summary["loss"] for run in runs()] == [1, 2, 3]


def test_a_sweep_is_read_back_with_its_runs_and_the_best() -> None:
    made = sweep({**QUADRATIC, "method": "random", "name": "search"}, project="p")
    agent(made, train, count=4)
    trackio.init(project="p", auto_log_cpu=False).finish()
    found = trackio.Api().sweep(f"entity/p/{made}")
    assert (found.name, found.config["method"], len(found.runs)) == ("search", "random", 4)
    best = found.best_run()
    assert best is not None
    assert best.summary["loss"] == min(run.summary["loss"] for run in found.runs)
    assert [one.id for one in trackio.Api().project("p").sweeps()] == [made]
