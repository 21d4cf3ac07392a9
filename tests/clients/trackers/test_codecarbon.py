"""What `trackio energy --format codecarbon-csv` writes is a file that codecarbon itself goes on with."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from codecarbon.output_methods.emissions_data import EmissionsData
from codecarbon.output_methods.file import FileOutput
from recorded import H200, Recorded, steady

from trackio.cli.main import main
from trackio.energy.formats.codecarbon import COLUMNS
from trackio.store.home import Home


@pytest.fixture
def written(home: Path, tmp_path: Path) -> Path:
    store = Home(home).create("speed")
    Recorded(store, "a").session([(H200, steady(3600, 650, every=60))]).write()
    path = tmp_path / "emissions.csv"
    argv = ["energy", "--location", "FRA", "--format", "codecarbon-csv", "--output", str(path)]
    assert main(argv) == 0
    return path


def theirs() -> EmissionsData:
    """One record of its own, with a value in each field."""
    values: dict[str, Any] = {field.name: "x" if field.type in {str, "str"} else 1.0 for field in fields(EmissionsData)}
    return EmissionsData(**values)


def test_the_columns_are_those_of_its_current_release() -> None:
    assert tuple(field.name for field in fields(EmissionsData)) == COLUMNS


def test_it_adds_its_own_runs_below_ours(written: Path) -> None:
    output = FileOutput(written.name, str(written.parent))
    assert output.has_valid_headers(theirs())
    output.out(theirs(), theirs())
    found = pd.read_csv(written)
    assert list(found["run_id"]) == ["a", "x"]
    assert found["energy_consumed"].tolist() == pytest.approx([0.65, 1.0])
    # Its emissions are kilograms.
    assert found["emissions"][0] == pytest.approx(0.65 * 44.18 / 1000)
    assert sorted(path.name for path in written.parent.iterdir()) == ["emissions.csv", "home"]
