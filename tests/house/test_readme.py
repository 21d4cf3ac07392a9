"""The README leads from a run to an iframe as shown (tests/docs runs its Python), and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(python|sh|html)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_recording_reporting_and_embedding_give_the_iframe_that_is_shown(tmp_path: Path) -> None:
    environment = os.environ | {"TRACKIO_DIR": str(tmp_path / "home")}
    recording = next(text for language, text in BLOCKS if language == "python")
    commands = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
    printed = ""
    for command in [[sys.executable, "-c", recording], *map(_command, commands)]:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        printed += done.stdout
    assert (tmp_path / "report" / "index.html").exists()
    [shown] = [text for language, text in BLOCKS if language == "html"]
    assert " ".join(shown.split()) in printed


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_is_linked_exists(name: str) -> None:
    text = (CHECKOUT / name).read_text("utf-8")
    links = set(re.findall(r"\]\(([^)#:]+)\)", text)) | set(re.findall(r'src(?:set)?="([^":]+)"', text))
    assert not [link for link in sorted(links) if not (CHECKOUT / link).exists()]


def _command(line: str) -> list[str]:
    """A line of a shell block, run by this interpreter's trackio."""
    name, *arguments = shlex.split(line)
    assert name == "trackio"
    return [sys.executable, "-m", "trackio", *arguments]
