"""What the README shows runs as it stands, in order, in a fresh home."""

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


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Runs all blocks in one folder, Python in one process after the commands it stands between; what was printed."""
    home = tmp_path_factory.mktemp("home")
    hidden = {"TRACKIO_DIR", "TRACKIO_PROJECT"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | {"HOME": str(home)}
    printed, before = "", ""
    for language, text in BLOCKS:
        if language == "html":
            continue
        commands = [[sys.executable, "-c", before + text]]
        if language == "sh":
            commands = [_command(line) for line in text.splitlines()]
        else:
            # Later blocks use the names of earlier ones but do not record again.
            before += text if "trackio.init" not in text else "import trackio\n"
        for command in commands:
            done = subprocess.run(
                command, cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, f"{text}\n{done.stderr}"
            printed += done.stdout
    assert (home / "report" / "index.html").exists()
    return printed


def test_the_embed_printed_is_the_embed_shown(output: str) -> None:
    [shown] = [text for language, text in BLOCKS if language == "html"]
    assert " ".join(shown.split()) in " ".join(output.split())


def test_every_file_that_the_readme_links_exists() -> None:
    links = set(re.findall(r"\]\(([^)#:]+)\)", README)) | set(re.findall(r'src(?:set)?="([^":]+)"', README))
    assert not [link for link in sorted(links) if not (CHECKOUT / link).exists()]


def _command(line: str) -> list[str]:
    """A line of a shell block, run by this interpreter's trackio."""
    name, *arguments = shlex.split(line)
    assert name == "trackio"
    return [sys.executable, "-m", "trackio", *arguments]
