"""CSV files as runs."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest

import trackio
from trackio.errors import UsageError
from trackio.importers.columns import Choice
from trackio.importers.csv import Options, read
from trackio.importers.imported import ImportedRun, ImportFailed, streamed
from trackio.importers.recording import record
from trackio.records import Scalar
from trackio.store import layout
from trackio.store.home import Home

S = 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "csv").mkdir()
    return tmp_path / "csv"


def file(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, ns=(5 * S, 5 * S))
    return path


def rows(run: ImportedRun) -> list[tuple[int, dict[str, Scalar]]]:
    return [(step, dict(values)) for step, _, values in streamed(run.rows)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("step,loss,acc\n0,1.5,0.1\n10,0.5,0.9\n", [(0, {"loss": 1.5, "acc": 0.1}), (10, {"loss": 0.5, "acc": 0.9})]),
        ("loss\n1.5\n0.5\n", [(0, {"loss": 1.5}), (1, {"loss": 0.5})]),
        ("step,loss,acc\n0,,0.1\n1,0.5,\n2,NA,null\n", [(0, {"acc": 0.1}), (1, {"loss": 0.5})]),
        ("step;loss\n0;1.5\n", [(0, {"loss": 1.5})]),
        ("step\tloss\n0\t1.5\n", [(0, {"loss": 1.5})]),
        ("\ufeffstep,loss\r\n0,1.5\r\n\r\n", [(0, {"loss": 1.5})]),
        (",step,loss\n0,7,1.5\n", [(7, {"loss": 1.5})]),
        ('Step,"a, b"\n5.0,2\n', [(5, {"a, b": 2})]),
        ("step,n\n0,1\n1,9007199254740993\n", [(0, {"n": 1}), (1, {"n": 9007199254740993})]),
        ("step,n\n0,1\n1,2.5\n", [(0, {"n": 1.0}), (1, {"n": 2.5})]),
        ("step,ok\n0,true\n1,False\n", [(0, {"ok": True}), (1, {"ok": False})]),
        ("step,x\n0,inf\n1,-Infinity\n", [(0, {"x": math.inf}), (1, {"x": -math.inf})]),
        ("step,note\n0,fine\n1,5\n", [(0, {"note": "fine"}), (1, {"note": "5"})]),
        ("step,x\n-3,1\n-3,2\n", [(-3, {"x": 1}), (-3, {"x": 2})]),
        (
            "step,metric,value\n0,loss,1.5\n1,loss,0.5\n0,acc,0.1\n1,acc,0.9\n",
            [(0, {"loss": 1.5, "acc": 0.1}), (1, {"loss": 0.5, "acc": 0.9})],
        ),
        ("metric,value\nloss,1.5\nloss,0.5\nacc,0.1\n", [(0, {"loss": 1.5, "acc": 0.1}), (1, {"loss": 0.5})]),
        ("step,metric,value\n0,loss,1\n0,loss,2\n", [(0, {"loss": 1}), (0, {"loss": 2})]),
        ("Step,Value\n3,1.5\n", [(3, {"Value": 1.5})]),
    ],
)
def test_a_file_is_one_run_without_a_column_that_says_otherwise(
    folder: Path, text: str, expected: list[tuple[int, dict[str, Scalar]]]
) -> None:
    (run,) = read(file(folder, text), Options())
    assert rows(run) == expected
    assert [type(v) for _, r in rows(run) for v in r.values()] == [type(v) for _, r in expected for v in r.values()]
    assert run.name == "log"


def test_nan_is_a_value(folder: Path) -> None:
    (run,) = read(file(folder, "step,x\n0,nan\n"), Options())
    assert math.isnan(float(rows(run)[0][1]["x"]))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025-11-21T03:19:00Z", 1_763_695_140 * S),
        ("2025-11-21 03:19:00.25", 1_763_695_140 * S + S // 4),
        ("1763695140", 1_763_695_140 * S),
        ("1763695140.5", 1_763_695_140 * S + S // 2),
        ("1763695140000", 1_763_695_140 * S),
        ("1763695140000000", 1_763_695_140 * S),
        ("1763695140000000000", 1_763_695_140 * S),
        ("", 5 * S),
    ],
)
def test_times_are_read_in_every_usual_unit(folder: Path, cell: str, expected: int) -> None:
    (run,) = read(file(folder, f"timestamp,x\n{cell},1\n"), Options())
    assert [time_ns for _, time_ns, _ in streamed(run.rows)] == [expected]


def test_without_times_the_file_tells_when_it_was_written(folder: Path) -> None:
    (run,) = read(file(folder, "step,x\n0,1\n"), Options())
    assert run.created_ns == 5 * S


def test_a_stopwatch_is_a_metric_and_no_clock(folder: Path) -> None:
    (run,) = read(file(folder, "step,time\n0,0.5\n"), Options())
    assert rows(run) == [(0, {"time": 0.5})]


def test_columns_tell_runs_and_groups_apart(folder: Path) -> None:
    runs = read(file(folder, "run,group,step,x\na,g,0,1\nb,,0,2\na,g,1,3\n"), Options())
    assert [(run.name, run.group, rows(run)) for run in runs] == [
        ("a", "g", [(0, {"x": 1}), (1, {"x": 3})]),
        ("b", None, [(0, {"x": 2})]),
    ]
    assert len({run.id for run in runs}) == 2


def test_runs_of_one_name_in_two_groups_are_two(folder: Path) -> None:
    runs = read(file(folder, "run,group,x\n0,g,1\n0,h,2\n0,g,3\n"), Options())
    assert [(run.group, [row["x"] for _, row in rows(run)]) for run in runs] == [("g", [1, 3]), ("h", [2])]
    assert len({run.id for run in runs}) == 2


def test_the_caller_can_name_every_column(folder: Path) -> None:
    text = "when;who;team;k;name;v;lr\n5;a;g;1;loss;0.5;0.1\n"
    choice = Choice(step="k", timestamp="when", run="who", group="team", metric="name", value="v", config=("lr",))
    (run,) = read(file(folder, text), Options(columns=choice))
    assert (run.name, run.group, run.rows) == ("a", "g", [(1, 5 * S, {"loss": 0.5})])
    assert run.config == {"imported_from": "log.csv", "lr": 0.1}


def test_the_caller_can_name_the_run_and_its_group(folder: Path) -> None:
    (run,) = read(file(folder, "x\n1\n"), Options(run="otter", group="g"))
    assert (run.name, run.group) == ("otter", "g")


def test_a_text_that_never_changes_is_config(folder: Path) -> None:
    runs = read(file(folder, "run,step,optimizer,x\na,0,adam,1\na,1,adam,2\nb,0,sgd,1\nb,1,sgd,2\n"), Options())
    assert [run.config["optimizer"] for run in runs] == ["adam", "sgd"]
    assert all("optimizer" not in values for run in runs for _, values in rows(run))


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", None, "no header"),
        ("step,x\n0,1\n1\n", 3, "1 cells where the header has 2"),
        ("step,x\n0,1\n1,2,3\n", 3, "3 cells where the header has 2"),
        ("step,x\n0,1\none,2\n", 3, "the step 'one' is no whole number"),
        ("step,x\n0.5,1\n", 2, "the step '0.5' is no whole number"),
        ("step,x\n99999999999999999999,1\n", 2, "no whole number"),
        ("step,x\n0,1\n1,2\n2,oops\n", 4, "'oops' in 'x' is no number"),
        ("step,x\n0,1\n1,true\n", 3, "'true' in 'x' is no number"),
        ("step,x\n0,true\n1,2\n", 3, "'2' in 'x' is no true or false"),
        ("timestamp,x\nsoon,1\n", 2, "'soon' is no time"),
        ("timestamp,x\n1e40,1\n", 2, "is no time"),
        ("step,metric,value\n0,,1\n", 2, "the metric has no name"),
        ("x,x\n1,2\n", 1, "two columns are called 'x'"),
        (b"step,x\n0,1\n1,\xff\n", 3, "not UTF-8"),
        ('step,x\n0,"a\nb"\n1,2,3\n', 4, "3 cells"),
    ],
)
def test_a_broken_row_is_named_with_its_line(folder: Path, text: str | bytes, line: int | None, reason: str) -> None:
    path = file(folder, text)
    with pytest.raises(ImportFailed, match=reason) as caught:
        read(path, Options())
    assert (caught.value.path, caught.value.line) == (path, line)
    assert str(caught.value).startswith(f"{path}, line {line}: " if line else f"{path}: ")


def test_broken_rows_can_be_skipped_and_are_told(folder: Path) -> None:
    skipped: list[ImportFailed] = []
    path = file(folder, "step,x\n0,1\none,2\n2,3,4\n3,5\n")
    (run,) = read(path, Options(skip_broken=True), broken=skipped.append)
    assert rows(run) == [(0, {"x": 1}), (3, {"x": 5})]
    assert [error.line for error in skipped] == [3, 4]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(step="stpe"), "Nearest: step"),
        (Choice(config=("lr",)), "no column 'lr'"),
        (Choice(metric="step"), "--value-column"),
        (Choice(value="x"), "--metric-column"),
    ],
)
def test_a_column_that_is_not_there_is_wrong_usage(folder: Path, choice: Choice, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(file(folder, "step,x\n0,1\n"), Options(columns=choice))


def test_progress_ends_with_the_whole_file(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    path = file(folder, "step,x\n" + "1,2\n" * 12_000)
    read(path, Options(), progress=lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert len(told) == 3


def test_a_file_with_a_header_alone_has_no_runs(folder: Path) -> None:
    assert read(file(folder, "step,x\n"), Options()) == []


class TestRecording:
    def test_the_same_content_is_recorded_once_whatever_the_file_is_called(self, folder: Path, tmp_path: Path) -> None:
        store = Home(tmp_path / "home").create("p")
        options = Options(run="r")
        first = read(file(folder, "step,x\n0,1\n"), options)
        again = read(file(folder, "step,x\n0,1\n", "copy.csv"), options)
        other = read(file(folder, "step,x\n0,2\n", "other.csv"), options)
        assert [len(record(store, runs)) for runs in (first, again, other)] == [1, 0, 1]
        assert [run.row_count for run in store.runs()] == [1, 1]

    def test_values_come_back_as_they_were_read(self, folder: Path, tmp_path: Path) -> None:
        store = Home(tmp_path / "home").create("p")
        text = "step,f,i,b,t\n0,0.1,9007199254740993,true,é\n4,nan,-1,false,b\n"
        (run,) = record(store, read(file(folder, text), Options()))
        found: dict[str, Any] = {name: [v for *_, v in store.values(run.id, name)] for name in "fibt"}
        assert repr(found) == repr(
            {"f": [0.1, math.nan], "i": [9007199254740993, -1], "b": [True, False], "t": ["é", "b"]}
        )
        known = store.run(run.id)
        assert (known.status, known.last_step, known.row_count) == ("finished", 4, 2)
        assert store.unsealed() == []

    def test_runs_are_numbered_by_when_they_began_and_then_as_in_the_file(self, folder: Path, tmp_path: Path) -> None:
        store = Home(tmp_path / "home").create("p")
        record(store, read(file(folder, "run,time,x\nc,2000000002,1\na,2000000001,1\nb,2000000001,1\n"), Options()))
        assert [run.name for run in store.runs()] == ["a", "b", "c"]

    def test_an_import_that_is_interrupted_leaves_nothing_behind(self, folder: Path, tmp_path: Path) -> None:
        store = Home(tmp_path / "home").create("p")
        runs = read(file(folder, "step,x\n0,1\n1,2\n"), Options())
        runs[0].rows = [*streamed(runs[0].rows), (2, 5 * S, {"x": object()})]  # type: ignore[dict-item]
        with pytest.raises(TypeError, match="'x' is object"):
            record(store, runs)
        assert list(layout.journals(store.directory).iterdir()) == []
        assert list(store.directory.glob("importing-*")) == []
        assert store.runs() == []


def test_the_original_s_call_works(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    path = file(folder, "step,x\n0,1\n")
    for _ in range(2):
        trackio.import_csv(path, "p", "otter")
    assert [run.name for run in Home().project("p").runs()] == ["otter"]
    with pytest.raises(ImportFailed, match="no header"):
        trackio.import_csv(file(folder, "", "empty.csv"), "p")
