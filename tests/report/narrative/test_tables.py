"""Tables of runs: what stands in the cells, and how they are written for papers and programs."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.conftest import Record
from trackio.cli.main import main
from trackio.report.gather import Selection, gather
from trackio.report.narrative import tabletext
from trackio.report.narrative.blocks import ColumnBlock
from trackio.report.narrative.facts import ProjectFacts
from trackio.report.narrative.table import Cell, Column, Request, Table, table

Facts = dict[str, ProjectFacts]


def made(facts: Facts, *columns: str | ColumnBlock, **options: object) -> Table:
    blocks = tuple(ColumnBlock(one) if isinstance(one, str) else one for one in columns)
    return table(facts["mnist"], Request(blocks, **options))  # type: ignore[arg-type]


def texts(found: Table) -> list[list[str]]:
    return [[f"*{cell.text}*" if cell.is_best else cell.text for cell in row] for row in found.rows]


def test_a_row_is_a_run(facts: Facts) -> None:
    found = made(facts, "config.lr", "val/loss", "max.val/acc", "optim/name", "status")
    assert [column.title for column in found.columns] == [
        *("run", "lr", "val/loss", "val/acc (max)", "optim/name", "status"),
    ]
    assert texts(found) == [
        ["sgd-1", "0.1", "0.5000", "0.5000", "sgd", "finished"],
        ["sgd-2", "0.1", "0.7000", "0.3000", "sgd", "finished"],
        ["adam-1", "0.001", "*0.2000*", "*0.8000*", "adam", "finished"],
        ["adam-2", "0.001", "0.3000", "0.7000", "adam", "finished"],
    ]


def test_a_row_is_a_group_with_mean_and_deviation(facts: Facts) -> None:
    found = made(facts, "config.lr", "val/loss", groupby="optim.name", sort="val/loss")
    assert texts(found) == [["adam", "2", "0.001", "*0.25 ± 0.07*"], ["sgd", "2", "0.1", "0.60 ± 0.14"]]
    cell = found.rows[1][3]
    assert cell.value == pytest.approx(0.6)
    assert cell.std == pytest.approx(statistics.stdev([0.5, 0.7]))
    assert cell.count == 2
    assert found.note == "Mean ± sample standard deviation over runs."


def test_rows_are_sorted_and_cut(facts: Facts) -> None:
    found = made(facts, "val/loss", sort="-val/loss", limit=2)
    assert [row[0].text for row in found.rows] == ["sgd-2", "sgd-1"]
    assert found.note == "2 of 4 rows."
    assert [row[0].text for row in made(facts, "val/loss", groupby="group", sort="runs").rows] == ["sgd", "adam"]


def test_a_column_says_its_title_digits_and_what_is_best(facts: Facts) -> None:
    found = made(facts, ColumnBlock("val/loss", "loss", 1, "max"), runs=("sgd-*",))
    assert found.columns[1].title == "loss"
    assert texts(found) == [["sgd-1", "0.5"], ["sgd-2", "*0.7*"]]
    assert not any(cell.is_best for row in made(facts, "val/loss", has_best=False).rows for cell in row)
    assert not any(cell.is_best for row in made(facts, ColumnBlock("val/loss", best="none")).rows for cell in row)


def test_runs_that_lack_a_value_come_last_and_have_no_cell(record: Record, facts: Facts, recorded: Path) -> None:
    record("mnist", "odd", {"other": [float("nan")], "val/loss": [float("nan")]})
    (project,) = gather(recorded, Selection(("mnist",)))
    found = table(
        ProjectFacts(recorded, project), Request((ColumnBlock("val/loss"), ColumnBlock("config.lr")), sort="-val/loss")
    )
    assert [cell.text for cell in found.rows[-1]] == ["odd", "NaN", ""]


SPECIAL = r"a&b%c$d#e_f{g}h~i^j\k<l>m|n" + "\x1b\u202e\n*`[x](y)"


def test_what_formats_would_read_as_their_own_is_escaped() -> None:
    found = Table((Column(SPECIAL, is_number=False),), ((Cell(SPECIAL, SPECIAL),),), (None,), 1, False)
    tex = tabletext.latex(found, SPECIAL, "tab:x")
    assert (
        r"a\&b\%c\$d\#e\_f\{g\}h\textasciitilde{}i\textasciicircum{}j\textbackslash{}k\textless{}l\textgreater{}m"
        in tex
    )
    assert "\x1b" not in tex
    assert r"\label{tab:x}" in tex
    row = tabletext.markdown(found).split("\n")[2]
    assert r"\|n" in row
    assert r"\*\`\[x\](y)" in row
    assert next(csv.reader(io.StringIO(tabletext.csv_text(found)))) == [" ".join(SPECIAL.split())]


@pytest.mark.parametrize("start", ["=1+1", "+x", "-x", "@x"])
def test_no_cell_is_a_formula_of_a_spreadsheet(start: str) -> None:
    found = Table((Column("a", is_number=False),), ((Cell(start, start),),), (None,), 1, False)
    assert tabletext.csv_text(found) == f"a\n'{start}\n"


@given(st.text())
def test_any_text_is_one_line_of_a_table(text: str) -> None:
    found = Table((Column("a", is_number=False),), ((Cell(text, text),),), (None,), 1, False)
    assert len(tabletext.markdown(found).split("\n")) == 4
    assert len(tabletext.latex(found).split("\n")) == 9
    assert len(list(csv.reader(io.StringIO(tabletext.csv_text(found), newline="")))) == 2


def test_latex_is_set_with_booktabs(facts: Facts) -> None:
    text = tabletext.latex(made(facts, "val/loss", groupby="group"), "Both", "tab:all")
    assert text.split("\n") == [
        "% Needs \\usepackage{booktabs}.",
        "\\begin{table}",
        "\\centering",
        "\\caption{Both Mean $\\pm$ sample standard deviation over runs.}",
        "\\label{tab:all}",
        "\\begin{tabular}{lrr}",
        "\\toprule",
        "group & runs & val/loss \\\\",
        "\\midrule",
        "sgd & 2 & 0.60 $\\pm$ 0.14 \\\\",
        "adam & 2 & \\textbf{0.25} $\\pm$ 0.07 \\\\",
        "\\bottomrule",
        "\\end{tabular}",
        "\\end{table}",
        "",
    ]


def test_csv_has_all_digits(facts: Facts) -> None:
    rows = list(csv.DictReader(io.StringIO(tabletext.csv_text(made(facts, "val/loss", groupby="group")))))
    assert float(rows[0]["val/loss"]) == pytest.approx(0.6)
    assert float(rows[0]["val/loss std"]) == statistics.stdev([0.5, 0.7])
    assert rows[0]["val/loss runs"] == "2"


@pytest.mark.parametrize("form", ["markdown", "latex", "csv"])
def test_the_command_prints_each_form(recorded: Path, capsysbinary: pytest.CaptureFixture[bytes], form: str) -> None:
    arguments = ["--project", "mnist", "--columns", "config.lr,val/loss", "--groupby", "group", "--format", form]
    assert main(["table", *arguments]) == 0
    assert b"adam" in capsysbinary.readouterr().out


def test_the_command_writes_a_file_and_json(
    recorded: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "t.md"
    assert main(["table", "--project", "mnist", "--columns", "val/loss", "--output", str(path)]) == 0
    assert path.read_text("utf-8").startswith("| run | val/loss |")
    assert main(["table", "--project", "mnist", "--columns", "val/loss", "--json"]) == 0
    found = json.loads(capsysbinary.readouterr().out)
    assert found["rows"][2][1] == {"text": "0.2000", "value": 0.2, "std": None, "count": 1, "is_best": True}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--columns", "val/los"], 1, "Nearest: val/loss"),
        (["--columns", ","], 2, "--columns names nothing."),
        (["--columns", "val/loss", "--runs", "sg-1"], 1, "Nearest: sgd-1"),
        (["--columns", "val/loss", "--group", "x"], 1, "None of these runs is in a group 'x'."),
        (["--columns", "val/loss", "--limit", "0"], 2, "--limit must be at least 1."),
        (["--columns", "val/loss", "--output", "/proc/none/x"], 2, "could not be written"),
    ],
)
def test_what_is_wrong_is_told(
    recorded: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    assert main(["table", "--project", "mnist", *arguments]) == code
    assert says in capsys.readouterr().err


def test_means_of_what_is_not_finite_are_not(record: Record, home: Path) -> None:
    for name, end in {"a": 1.0, "b": math.inf}.items():
        record("p", name, {"loss": [end]}, group="g")
    (project,) = gather(home, Selection(("p",)))
    (row,) = table(ProjectFacts(home, project), Request((ColumnBlock("loss"),), groupby="group")).rows
    assert row[2].value == math.inf
    assert row[2].std is not None
    assert math.isnan(row[2].std)
