"""The queries that docs/energy.md shows say what trackio itself says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.energy.recorded import H200, Recorded, steady
from trackio.consumption import run_energy
from trackio.energy.carbon import locations
from trackio.store.home import Home

PAGE = (Path(__file__).parents[2] / "docs" / "energy.md").read_text("utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("query", QUERIES, ids=["counter", "power"])
def test_the_queries_agree_with_the_accounting(tmp_path: Path, query: str) -> None:
    store = Home(tmp_path).create("mnist")
    two = [(H200, steady(60, 400)), ({**H200, "id": "GPU-2", "index": 1}, steady(60, 250))]
    # A second rank that reads the first GPU too, half a second later.
    rank = [(second + 0.5, joules + 200, watts, load) for second, joules, watts, load in steady(58, 400)]
    Recorded(store, "a", name="otter").session(two).session([(H200, rank)]).write()
    Recorded(store, "b", name="heron").session([(H200, steady(60, 400))]).write()
    columns, rows = store.query(query)
    assert columns == ["product", "device", "joules"]
    assert sorted(row[2] for row in rows) == pytest.approx([15_000, 24_000])
    energy = run_energy(store, "a")
    assert energy is not None
    assert energy.account.joules == pytest.approx(sum(row[2] for row in rows))


def test_the_page_counts_the_countries_of_the_table() -> None:
    countries = [one for one in locations() if one.location != "WORLD"]
    years = [one.year for one in countries if one.year is not None]
    said = f"{len(countries)} countries and territories with numbers of {min(years)} to {max(years)}"
    assert said in " ".join(PAGE.split())
