"""The energy of runs in notes: values, columns, and charts over kWh; the amounts are those of the project's page."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.energy.recorded import H200, Recorded, steady
from tests.report.conftest import Build
from tests.report.narrative.conftest import Write
from trackio.errors import NotesError
from trackio.report.gather import Selection, gather
from trackio.report.narrative.facts import ProjectFacts
from trackio.report.narrative.values import Expressions
from trackio.store.home import Home

WATTS = {"slow": 360, "fast": 720}
"""For a minute each: 6 Wh and 12 Wh."""

NOTES = """---
project: p
---

```trackio
metrics: val/loss
x: kwh
id: loss
```

```trackio-table
columns: [energy.kwh, energy.grams, energy.cost]
id: all
```
"""


@pytest.fixture
def measured(home: Path) -> Path:
    store = Home(home).create("p")
    for number, (name, watts) in enumerate(WATTS.items()):
        start = 100.0 * number
        one = Recorded(store, name, start=start)
        one.session([(H200, steady(60, watts, start=start))])
        for second in range(10, 61, 10):
            one.log(start + second, val__loss=10 / second)
        one.write()
    store.save_settings({"location": "FRA", "pue": 1.2, "price": "0.25 EUR/kWh"})
    return home


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('run("slow").energy.kwh|kwh', "6.00 Wh"),
        ('run("slow").energy.joules|thousands', "21,600"),
        ("energy.kwh|kwh", "18.0 Wh"),
        ("sum(runs().energy.kwh)|kwh", "18.0 Wh"),
        ("energy.grams|round(2)", "0.95"),
        ("energy.cost|round(4)", "0.0054"),
    ],
)
def test_a_value_is_what_was_measured(measured: Path, expression: str, text: str) -> None:
    facts = {one.name: ProjectFacts(measured, one) for one in gather(measured, Selection())}
    assert Expressions(facts, facts["p"]).text(expression) == text


def test_tables_and_charts_over_energy_have_the_measured_amounts(
    measured: Path, write: Write, built: Build, out: Path
) -> None:
    built(notes=[write(NOTES)])
    drawn = list(csv.DictReader((out / "p/reports/notes/fig-loss.csv").read_text().splitlines()))
    assert [(one["line"], round(float(one["x"]), 9)) for one in drawn if float(one["y"]) < 0.17] == [
        ("slow", 0.006),
        ("fast", 0.012),
    ]
    table = (out / "p/reports/notes/tab-all.md").read_text()
    assert "| kWh | g CO2e | cost EUR |" in table
    assert "| slow | **0.00600** | **0.3181** | **0.001800** |" in table
    assert "| fast | 0.01200 | 0.6362 | 0.003600 |" in table


def test_an_amount_that_there_is_not_is_told(measured: Path, write: Write, built: Build) -> None:
    with pytest.raises(NotesError, match=r"An amount of energy has no 'kwhs'\. Nearest: kwh\."):
        built(notes=[write('---\nproject: p\n---\n\n{{ run("slow").energy.kwhs }}')])
