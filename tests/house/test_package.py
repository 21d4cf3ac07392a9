"""What `import trackio` gives and what it costs."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import trackio
from tests.house.rooms import HEAVY


def test_import_loads_no_heavy_library() -> None:
    code = f"import sys, trackio; print(*(set(sys.modules) & set({HEAVY!r})))"
    assert _python(code) == ""


def test_a_run_loads_neither_numpy_nor_pyarrow_into_the_training_process(tmp_path: Path) -> None:
    code = f"""
import sys, trackio
with trackio.init(project="p") as run:
    for step in range(10):
        run.log({{"loss": 1.0 / (step + 1)}})
print("heavy:", *(set(sys.modules) & set({HEAVY!r})))
"""
    assert _python(code, home=tmp_path).splitlines()[-1] == "heavy:"


def test_all_is_sorted_and_every_name_of_it_resolves() -> None:
    assert list(trackio.__all__) == sorted(trackio.__all__)
    for name in trackio.__all__:
        assert hasattr(trackio, name), name


def test_all_is_what_dir_shows() -> None:
    visible = {name for name in dir(trackio) if not name.startswith("_")}
    assert visible - _submodules() == {name for name in trackio.__all__ if not name.startswith("_")}


def test_no_submodule_bears_the_name_of_a_public_attribute() -> None:
    assert not _submodules() & set(trackio.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(trackio, "no_such_name")


def _submodules() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(trackio.__path__)}


def _python(code: str, home: Path | None = None) -> str:
    """What a fresh interpreter prints for ``code``."""
    environment = os.environ | ({"TRACKIO_DIR": str(home)} if home else {})
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    return done.stdout.strip()
