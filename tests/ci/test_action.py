"""`action.yml` and the example workflows: their schemas hold, and their steps do what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml

from tests.ci.actions import ROOT, Runner
from tests.ci.github import READ_ONLY, TOKEN, GitHub

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "examples/ci/github.yml").read_text())
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())
TRAIN = """
import os, sys, time
import trackio
with trackio.init(project="p", name=sys.argv[1], auto_log_cpu=False, auto_log_gpu=False) as run:
    time.sleep(float(os.environ.get("PAUSE", "0")))
    for step in range(20):
        run.log({"val/loss": float(sys.argv[2]) + 1 / (step + 1)})
"""
INSTALL = "Install trackio"
RULES = "val/loss <= baseline * 1.02\n\n  \nval/loss < 9\n"

Make = Callable[..., Runner]


@pytest.fixture
def github() -> Iterator[GitHub]:
    found = GitHub()
    server = found.start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def machine(tmp_path: Path, github: GitHub) -> Make:
    """A job about pull request 3, with runs that were trained: ``machine(0.5, token=...)`` ends at that loss."""

    def make(loss: float, token: str = TOKEN) -> Runner:
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 3}}))
        variables = {
            "GITHUB_API_URL": github.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "7",
            "GITHUB_EVENT_PATH": str(event),
        }
        runner = Runner(tmp_path / "machine", {"token": token}, variables)
        runner.environment["TRACKIO_DIR"] = str(runner.work / ".trackio")
        (runner.work / "train.py").write_text(TRAIN)
        assert runner.run([{"run": f"python train.py main 0.5\npython train.py new {loss}"}]) == 0
        return runner

    return make


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "examples/ci/github.yml"),
        ("vendor.gitlab-ci", "examples/ci/gitlab-ci.yml"),
    ],
)
def test_each_file_keeps_to_its_schema(schema: str, path: str) -> None:
    more = ["--data-transform", "gitlab-ci"] if schema == "vendor.gitlab-ci" else []
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *more, str(ROOT / path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_good_run_passes_with_an_artifact_and_one_comment(machine: Make, github: GitHub) -> None:
    runner = machine(0.5)
    given = {"baseline": "main", "rules": RULES}
    assert runner.action(ACTION, given, without=(INSTALL,)) == 0, runner.said
    [(uses, upload)] = runner.used
    assert uses == "actions/upload-artifact@v4"
    site = runner.work / upload["path"]
    assert (site / "index.html").is_file()
    [suite] = JUnitXml.fromfile(str(site / "junit.xml"))
    assert [case.name for case in suite] == ["val/loss <= baseline * 1.02", "val/loss < 9"]
    assert "| held | `val/loss <= baseline * 1.02` |" in runner.summary.read_text()
    [comment] = github.comments.values()
    assert "Compared with `main`." in comment["body"]
    found = runner.outputs(ACTION)
    assert (found["passed"], found["report"]) == ("true", "trackio-report")
    assert (runner.work / found["summary"]).is_file()
    assert runner.action(ACTION, given, without=(INSTALL,)) == 0, runner.said
    assert len(github.comments) == 1


def test_a_broken_rule_fails_the_job_after_all_was_told(machine: Make, github: GitHub) -> None:
    runner = machine(0.9)
    assert runner.action(ACTION, {"baseline": "main", "rules": RULES}, without=(INSTALL,)) == 1
    assert runner.outputs(ACTION)["passed"] == "false"
    assert len(runner.used) == 1
    [comment] = github.comments.values()
    assert "**failed**" in comment["body"]
    assert "failed: val/loss is 0.95, more than" in runner.said


def test_without_rules_it_reports_alone(machine: Make, github: GitHub) -> None:
    runner = machine(0.5)
    assert runner.action(ACTION, {"comment-name": "other"}, without=(INSTALL,)) == 0, runner.said
    assert "There are no rules." in runner.said
    assert "<!-- trackio comment: other -->" in github.comments[1]["body"]


def test_rules_may_stand_in_a_file_of_the_repository(machine: Make) -> None:
    runner = machine(0.9)
    (runner.work / "trackio.toml").write_text('[check]\nbaseline = "main"\nwarn = "val/loss <= baseline"\n')
    others = (INSTALL, "Build the report", "Comment on the pull request")
    assert runner.action(ACTION, {}, without=others) == 0, runner.said
    assert "warned: val/loss is 0.95" in runner.said
    assert runner.action(ACTION, {"rules": "val/loss < 0.1"}, without=others) == 1
    assert runner.steps["check"] == {"passed": "false", "code": "1"}


def test_a_pull_request_from_a_fork_fails_nothing(machine: Make, github: GitHub) -> None:
    runner = machine(0.5, READ_ONLY)
    assert runner.action(ACTION, {"baseline": "main", "rules": RULES}, without=(INSTALL,)) == 0, runner.said
    assert github.comments == {}
    assert "The token may not write comments here" in runner.said


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rules": "val/loss <"}, "cannot be read at character 11"),
        ({"project": "q"}, "No project named 'q'"),
    ],
)
def test_what_cannot_be_fails_at_once(machine: Make, given: dict[str, str], told: str) -> None:
    runner = machine(0.5)
    assert runner.action(ACTION, given, without=(INSTALL,)) > 0
    assert told in runner.said
    assert runner.used == []


def test_a_baseline_that_is_not_there_yet_fails_after_all_was_told(machine: Make, github: GitHub) -> None:
    runner = machine(0.5)
    assert runner.action(ACTION, {"baseline": "baseline.json", "rules": RULES}, without=(INSTALL,)) == 1
    assert len(runner.used) == 1
    assert (runner.work / "trackio-report" / "junit.xml").is_file()
    [comment] = github.comments.values()
    assert "No baseline named 'baseline.json'" in comment["body"]


def test_inputs_are_words_and_never_code(machine: Make) -> None:
    runner = machine(0.5)
    hostile = '"$(touch owned)`touch owned`;touch owned" < 1'
    home = runner.environment.pop("TRACKIO_DIR")
    given = {"rules": hostile, "home": home, "output": "a site", "runs": "new,main", "comment": "false"}
    assert runner.action(ACTION, given, without=(INSTALL,)) == 1
    assert not (runner.work / "owned").exists()
    assert (runner.work / "a site" / "junit.xml").is_file()


def test_the_step_that_installs_it_installs_this_checkout(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "machine")
    target = tmp_path / "installed"
    # Where there is no index: the dependencies are there, and so is what builds the package.
    runner.environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_TARGET": str(target),
    }
    [step] = [one for one in ACTION["runs"]["steps"] if one["name"] == INSTALL]
    assert runner.run([step], {"install": "true", "python": "python"}) == 0, runner.said
    assert (target / "trackio" / "ci" / "parsing.py").is_file()
    assert runner.run([step], {"install": "false", "python": "no-python-of-this-name"}) == 0


def test_the_example_for_github_trains_checks_and_comments(machine: Make, github: GitHub) -> None:
    runner = machine(0.5)
    runner.github["ref"] = "refs/heads/main"
    runner.environment["TRACKIO_DIR"] = str(runner.work / "other")
    (runner.work / "requirements.txt").write_text("")
    train = (runner.work / "train.py").read_text()
    (runner.work / "train.py").write_text(f"import sys; sys.argv = ['train.py', 'r', '0.5']\n{train}")
    # The example has a rule on the time that a run takes, and any moment is half as long again as another one.
    first = "PAUSE=2 python train.py\ntrackio check --save-baseline baseline.json"
    assert runner.run([{"run": first}]) == 0, runner.said
    steps = WORKFLOW["jobs"]["train"]["steps"]
    [place] = [place for place, step in enumerate(steps) if step.get("uses", "").startswith("OWNER/trackio@")]
    assert runner.run(steps[:place]) == 0, runner.said
    given = steps[place]["with"]
    # Nothing measured this run's energy, which only warns.
    assert runner.action(ACTION, given, without=(INSTALL,)) == 0, runner.said
    assert "warned: No energy was measured" in runner.said
    assert len(github.comments) == 1
    assert runner.run(steps[place + 1 :]) == 0, runner.said
    assert json.loads((runner.temp / "baseline.json").read_text())["trackio_baseline"] == 1


def test_the_example_for_gitlab_trains_and_checks(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "machine")
    del runner.environment["GITHUB_STEP_SUMMARY"]
    job = PIPELINE["training"]
    (runner.work / "requirements.txt").write_text("")
    (runner.work / "train.py").write_text(f"import sys; sys.argv = ['train.py', 'r', '0.5']\n{TRAIN}")
    runner.environment |= {
        "GITLAB_CI": "true",
        "CI_JOB_URL": "https://gitlab.com/o/r/-/jobs/7",
        "CI_PROJECT_DIR": str(runner.work),
    }
    home = {name: value.replace("$CI_PROJECT_DIR", str(runner.work)) for name, value in job["variables"].items()}
    runner.environment |= home
    first = [{"run": "python train.py\ntrackio check --save-baseline baseline.json"}]
    assert runner.run([*first, {"run": "\n".join([*job["before_script"], *job["script"]])}]) == 0, runner.said
    kept = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert all((runner.work / path).exists() for path in kept)
    assert "/artifacts/file/trackio-report/p/index.html" in (runner.work / "trackio-report/comment.md").read_text()
