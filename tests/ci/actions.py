"""Runs the shell steps of a GitHub action as GitHub does: its expressions, its files, its bash.

Of expressions it knows what `action.yml` and `examples/ci/github.yml` have: names with dots, and ``name == 'text'``.
Steps that use other actions are noted, with what they were given; those that `outputs` names give that.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass
class Runner:
    """A job's machine: a folder to work in, the files that steps write, what they printed."""

    folder: Path
    github: dict[str, str] = field(default_factory=dict)
    """What ``github.`` gives, by name."""
    environment: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    """Outputs, by the id of their step."""
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Other actions, and what they were given."""
    said: str = ""

    def __post_init__(self) -> None:
        self.work, self.temp = self.folder / "work", self.folder / "temp"
        self.summary = self.folder / "summary.md"
        for path in (self.work, self.temp, self.folder / "bin"):
            path.mkdir(parents=True)
        for name, words in (("python", ""), ("trackio", " -m trackio")):
            shim = self.folder / "bin" / name
            shim.write_text(f'#!/bin/sh\nexec {sys.executable}{words} "$@"\n')
            shim.chmod(0o755)
        own = ("TRACKIO_", "WANDB_", "GITHUB_", "GITLAB_", "CI_", "RUNNER_")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(own)},
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            **self.environment,
        }
        self.github = {"token": "", "action_path": str(ROOT), "workspace": str(self.work), **self.github}

    def action(self, action: dict[str, Any], given: dict[str, str], *, without: tuple[str, ...] = ()) -> int:
        """Run an action's steps until one fails; its exit code. Steps whose names are in ``without`` are left out."""
        unknown = set(given) - set(action["inputs"])
        assert not unknown, unknown
        inputs = {name: self.text(one.get("default", "")) for name, one in action["inputs"].items()} | given
        return self.run([one for one in action["runs"]["steps"] if one.get("name") not in without], inputs)

    def run(self, steps: list[dict[str, Any]], inputs: dict[str, str] | None = None) -> int:
        """Run steps until one fails."""
        for step in steps:
            if "if" in step and not self._is_true(step["if"], inputs or {}):
                continue
            if "uses" in step:
                given = {name: self.text(str(value), inputs) for name, value in step.get("with", {}).items()}
                self.used.append((step["uses"], given))
                continue
            code = self._shell(step, inputs)
            if code:
                return code
        return 0

    def text(self, text: str, inputs: dict[str, str] | None = None) -> str:
        """A text with its expressions put in."""
        return _EXPRESSION.sub(lambda match: self._value(match[1], inputs or {}), text)

    def outputs(self, action: dict[str, Any]) -> dict[str, str]:
        """What the action gives."""
        return {name: self.text(one["value"]) for name, one in action["outputs"].items()}

    def _shell(self, step: dict[str, Any], inputs: dict[str, str] | None) -> int:
        assert "${{" not in step["run"], "what comes from outside is no part of a script"
        output = self.temp / "output"
        output.write_text("")
        script = self.temp / "script.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.work,
            env={
                **self.environment,
                "GITHUB_OUTPUT": str(output),
                **{name: self.text(str(value), inputs) for name, value in step.get("env", {}).items()},
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += done.stdout + done.stderr
        if "id" in step:
            lines = output.read_text().splitlines()
            self.steps[step["id"]] = dict(line.split("=", 1) for line in lines)
        return done.returncode

    def _is_true(self, condition: str, inputs: dict[str, str]) -> bool:
        name, _, value = condition.partition("==")
        return self._value(name.strip(), inputs) == value.strip().strip("'")

    def _value(self, name: str, inputs: dict[str, str]) -> str:
        match name.split("."):
            case ["inputs", one]:
                return inputs[one]
            case ["github", one]:
                return self.github[one]
            case ["runner", "temp"]:
                return str(self.temp)
            case ["steps", step, "outputs", one]:
                return self.steps.get(step, {}).get(one, "")
        raise AssertionError(f"no expression that this runner knows: {name}")
