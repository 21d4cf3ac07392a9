"""What the documentation shows is true: its Python runs, its commands run, and the output is the one shown.

Blocks are ```` ```python ````, ```` ```bash runnable ````, and ```` ```json ```` right after a command, which must be
what it printed. The blocks of a file run in order, in one folder; Python that follows a command is a script of its own
and repeats the imports that it needs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if path.exists()]
FENCE = re.compile(r"^```(python|bash runnable|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A piece of a page that can be tried."""

    kind: str
    text: str
    line: int


def blocks(path: Path) -> list[Block]:
    text = path.read_text("utf-8")
    return [Block(found[1], found[2], text.count("\n", 0, found.start()) + 2) for found in FENCE.finditer(text)]


@pytest.mark.parametrize("path", [path for path in FILES if blocks(path)], ids=lambda path: path.name)
def test_the_examples_work(path: Path, tmp_path: Path) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    trackio = commands / "trackio"
    trackio.write_text(f'#!/bin/sh\nexec {sys.executable} -m trackio "$@"\n')
    trackio.chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TRACKIO_", "WANDB_"))},
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        # Pages show the default home; both names for it lead there.
        "HOME": str(tmp_path),
        "TRACKIO_DIR": str(tmp_path / ".trackio"),
    }
    printed = ""
    python: list[Block] = []
    for block in [*blocks(path), None]:
        if block is not None and block.kind == "python":
            python.append(block)
            continue
        if python:
            _run_python(path, python, folder, environment)
            python = []
        if block is not None and block.kind == "bash runnable":
            printed = _run_shell(path, block, folder, environment)
        elif block is not None:
            assert json.loads(printed) == json.loads(block.text), f"{path.name}:{block.line}"


def _run_python(path: Path, found: list[Block], folder: Path, environment: dict[str, str]) -> None:
    """Run blocks as one script whose lines are numbered as in the page, so that a traceback names them."""
    lines: list[str] = []
    for block in found:
        lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
    script = folder / f".{path.stem}.py"
    script.write_text("\n".join(lines) + "\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _run_shell(path: Path, block: Block, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{path.name}:{block.line}\n{done.stderr}"
    return done.stdout
