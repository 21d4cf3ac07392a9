"""The notes that docs/narrative.md shows are built, by the commands it shows, and say what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.conftest import Record
from trackio.cli.main import main
from trackio.report.narrative import blocks, columns, front, quantities
from trackio.report.narrative.facts import RunFacts

PAGE = (Path(__file__).parents[3] / "docs" / "narrative.md").read_text("utf-8")
NOTES = re.search(r"^````markdown\n(.*?)^````$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shown(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The notes of the page, beside which its commands run; with the runs that they are about."""
    assert NOTES is not None
    for name, end in {"sgd-1": 0.5, "sgd-2": 0.7, "adam-1": 0.2, "adam-2": 0.3}.items():
        group = name.partition("-")[0]
        record("mnist", name, {"val/loss": [1.0, end]}, group=group, config={"lr": 0.1 if group == "sgd" else 0.001})
    (tmp_path / "notes.md").write_text(NOTES[1], "utf-8")
    monkeypatch.chdir(tmp_path)
    return NOTES[1]


def test_the_notes_become_the_page_that_is_told(shown: str) -> None:
    assert main(["report", "notes.md", "--output", "site", "--quiet"]) == 0
    text = Path("site/mnist/reports/notes.html").read_text("utf-8")
    assert "<code>adam-1</code>, came to a loss of <strong>0.20</strong>,\n60 % below" in text
    assert Path("site/mnist/reports/notes/fig-loss.svg").is_file()
    assert Path("site/mnist/reports/notes/tab-all.tex").is_file()


def test_the_mistakes_are_told_as_the_page_shows(shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown.replace('summary["val/loss"]|round(2)', 'summary["val/los"]|round(2)').split("\n")
    Path("notes.md").write_text("\n".join(lines).replace("metrics: val/loss", "metrics: val/los"), "utf-8")
    assert main(["report", "notes.md", "--output", "site", "--quiet"]) == 1
    assert not Path("site").exists()
    said = capsys.readouterr().err.strip().split("\n")
    example = re.search(r"^```\n(trackio: The notes.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert example is not None
    assert said == example[1].strip().split("\n")


@pytest.mark.parametrize(
    ("names", "where"),
    [
        (front.KEYS, "Front matter"),
        (blocks.FIGURE_KEYS, "Figures"),
        (blocks.TABLE_KEYS, "Tables"),
        (columns.PLAIN[1:], "Tables"),
        ([f"energy.{name}" for name in columns.ENERGY], "Tables"),
        (RunFacts.FIELDS, "Values"),
        (quantities.FILTERS, "Values"),
        (quantities.ON_NUMBERS, "Values"),
    ],
    ids=["front", "figure", "table", "columns", "energy", "run", "filters", "functions"],
)
def test_every_name_is_told(names: list[str], where: str) -> None:
    section = PAGE.partition(f"\n## {where}\n")[2].partition("\n## ")[0]
    for name in names:
        assert re.search(rf"`[^`\n]*\b{re.escape(name)}\b[^`\n]*`", section), name
