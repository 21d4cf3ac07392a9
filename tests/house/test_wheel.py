"""The wheel, installed where nothing of the checkout is in reach, records a run and builds its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

RECORD = """
import trackio
for seed in range(2):
    with trackio.init(project="wheel", name=f"seed {seed}") as run:
        for step in range(20):
            run.log({"train/loss": 1 / (step + seed + 1)})
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, *build, str(CHECKOUT)], check=True, timeout=120)
    [path] = folder.glob("trackio-*.whl")
    return path


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a new venv with the wheel in it; of the test's own venv it sees the dependencies alone."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=120)
    [site_packages] = venv.glob("lib/python*/site-packages")
    install = ["-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, timeout=120)
    # A path file lends the dependencies without the editable install: path files in a lent folder are not followed.
    paths = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (site_packages / "dependencies.pth").write_text("\n".join(sorted(paths)), "utf-8")
    return venv / "bin"


def test_the_wheel_ships_templates_scripts_styles_types_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "trackio/py.typed" in names
    assert any(name.startswith("trackio/_templates/") and name.endswith(".html.j2") for name in names)
    for built in (CHECKOUT / "site" / "dist").iterdir():
        assert f"trackio/_site/dist/{built.name}" in names
    for schema in (CHECKOUT / "docs" / "schemas").iterdir():
        assert f"trackio/_schemas/{schema.name}" in names
    assert {Path(name).name for name in names if ".dist-info/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_the_wheel_ships_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"trackio", f"{wheel.name.split('-py3')[0]}.dist-info"}
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "node_modules" in name or "/src/" in name]


def test_the_version_equals_the_metadata(clean: Path, tmp_path: Path) -> None:
    code = "import trackio, importlib.metadata as m; print(trackio.__version__, m.version('trackio'), trackio.__file__)"
    own, metadata, file = _run([clean / "python", "-c", code], tmp_path).split(maxsplit=2)
    assert own == metadata
    assert Path(file).is_relative_to(clean.parent)


def test_the_installed_wheel_tells_agents_what_its_commands_print(clean: Path, tmp_path: Path) -> None:
    assert '"rows": [{name: ...}]' in _run([clean / "trackio", "skills"], tmp_path)


def test_the_installed_wheel_builds_a_report(clean: Path, tmp_path: Path) -> None:
    _run([clean / "python", "-c", RECORD], tmp_path)
    _run([clean / "trackio", "report", "--project", "wheel", "--output", tmp_path / "out"], tmp_path)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    [project] = manifest["projects"]
    assert [run["name"] for run in project["runs"]] == ["seed 0", "seed 1"]
    [chart] = project["charts"]
    assert chart["metric"] == "train/loss"
    for kind in ("html", "svg", "png", "csv", "spec"):
        assert (tmp_path / "out" / chart[kind]).stat().st_size > 0


def _run(command: list[str | Path], folder: Path) -> str:
    """Standard output of a command that sees neither the checkout nor this test's environment of modules."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["TRACKIO_DIR"] = str(folder / "home")
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
