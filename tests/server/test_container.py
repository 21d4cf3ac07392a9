"""The container file, as far as can be told without an engine: what it copies, who runs, and what is run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.server.running import Client
from trackio.cli import serve
from trackio.cli.parser import Parser

ROOT = Path(__file__).parents[2]
KNOWN = {
    "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT",
}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def last(name: str) -> str:
    return next(rest for word, rest in reversed(instructions()) if word == name)


def command(text: str) -> list[str]:
    """What an instruction runs, in the form that needs no shell."""
    found = json.loads(text)
    assert all(isinstance(word, str) for word in found)
    return list(found)


def test_it_has_no_instruction_that_is_unknown() -> None:
    assert {word for word, _ in instructions()} <= KNOWN
    assert instructions()[0][0] == "FROM"


def test_its_command_is_one_of_ours() -> None:
    program, *arguments = command(last("ENTRYPOINT"))
    assert program == "trackio"
    parser = Parser(prog="trackio")
    serve.register(parser.add_subparsers(dest="command", parser_class=Parser))
    args = parser.parse_args([*arguments, "--workers", "4"])
    assert (args.command, args.host, str(args.port), args.workers) == ("serve", "0.0.0.0", last("EXPOSE"), 4)


def test_it_runs_without_rights_and_keeps_its_data_in_a_volume() -> None:
    words = [word for word, _ in instructions()]
    assert last("USER") not in {"root", "0"}
    assert words.index("USER") < words.index("ENTRYPOINT")
    variables = dict(pair.split("=", 1) for pair in shlex.split(last("ENV")))
    assert variables["TRACKIO_DIR"] == last("VOLUME")
    made = next(rest for word, rest in instructions() if word == "RUN" and "useradd" in rest)
    assert f"--uid {last('USER')}" in made
    assert f"--owner trackio --mode 700 {last('VOLUME')}" in made
    assert "TOKEN" not in last("ENV")


def test_its_look_at_the_server_tells_whether_it_answers(client: Client) -> None:
    _, _, text = last("HEALTHCHECK").partition(" CMD ")
    program, option, code = command(text)
    assert (program, option) == ("python", "-c")
    assert last("EXPOSE") in code
    for port, is_well in ((client.port, True), (1, False)):
        looked = subprocess.run(
            [sys.executable, option, code.replace(last("EXPOSE"), str(port))], check=False, capture_output=True
        )
        assert (looked.returncode == 0) == is_well


@pytest.mark.parametrize("name", re.findall(r"\.\[([a-z,]+)\]", (ROOT / "Containerfile").read_text("utf-8")))
def test_the_extras_that_it_installs_are_there(name: str) -> None:
    declared = re.findall(r"^([a-z]+) = \[", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert set(name.split(",")) <= set(declared)


def test_what_it_copies_is_all_that_the_wheel_has(tmp_path: Path) -> None:
    copied = tmp_path / "source"
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            for source in sources:
                found = ROOT / source
                place = copied / target / (found.name if target == "./" else "")
                if found.is_dir():
                    shutil.copytree(found, place, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(found, place)
    assert names(copied, tmp_path / "a") == names(ROOT, tmp_path / "b")


def names(source: Path, folder: Path) -> set[str]:
    """What is in the wheel of a source."""
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, *build, str(source)], check=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())
