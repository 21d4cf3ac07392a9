"""What W&B's site and API export, as runs."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trackio.definitions import read as read_definitions
from trackio.importers.formats import Report, bring
from trackio.importers.wandb.exported import Options
from trackio.records import RunRecord
from trackio.store.home import Home
from trackio.store.project import ProjectStore

S = 10**9


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def file(tmp_path: Path, name: str, content: str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, ns=(5 * S, 5 * S))
    return path


def imported(home: Home, path: Path, options: Options | None = None) -> tuple[Report, ProjectStore]:
    report = bring("wandb", [path], project="p", home=home, options=options)
    return report, home.project("p")


def points(store: ProjectStore, run: RunRecord, metric: str) -> list[tuple[int, int, Any]]:
    return [(step, time_ns, value) for _, step, time_ns, value in store.values(run.id, metric)]


CSV = "_step,_timestamp,_runtime,loss,epoch\n0,1795243319.5,0.5,1.5,0\n10,1795243320.5,1.5,NaN,1\n20,1795243321,2,,2\n"
JSONL = (
    '{"_step":0,"_timestamp":1795243319.5,"loss":1.5,"epoch":0}\n'
    '{"_step":10,"_timestamp":1795243320.5,"loss":"NaN","epoch":1}\n'
    '{"_step":20,"_timestamp":1795243321,"epoch":2}\n'
)


@pytest.mark.parametrize(("name", "content"), [("h.csv", CSV), ("h.jsonl", JSONL), ("h.json", JSONL)])
def test_a_history_keeps_its_steps_and_times(tmp_path: Path, home: Home, name: str, content: str) -> None:
    _, store = imported(home, file(tmp_path, name, content))
    [run] = store.runs()
    assert (run.name, run.row_count, run.last_step) == ("h", 3, 20)
    assert repr(points(store, run, "loss")) == repr(
        [(0, 1795243319_500_000_000, 1.5), (10, 1795243320_500_000_000, math.nan)]
    )
    assert [value for *_, value in points(store, run, "epoch")] == [0, 1, 2]


def test_a_history_that_pandas_saved_as_parquet(tmp_path: Path, home: Home) -> None:
    frame = pd.DataFrame({"_step": [0, 1], "_timestamp": [1795243319.5, 1795243320.0], "loss": [0.1, None]})
    frame["when"] = pd.to_datetime(frame["_timestamp"], unit="s")
    frame.to_parquet(tmp_path / "history.parquet")
    _, store = imported(home, tmp_path / "history.parquet")
    [run] = store.runs()
    assert points(store, run, "loss") == [(0, 1795243319_500_000_000, 0.1)]
    assert run.name == tmp_path.name


def test_histories_of_many_runs_in_one_file_are_told_apart(tmp_path: Path, home: Home) -> None:
    _, store = imported(home, file(tmp_path, "h.csv", "run_id,_step,loss\na,0,1\nb,0,2\na,1,3\n"))
    assert [(run.name, [v for *_, v in points(store, run, "loss")]) for run in store.runs()] == [
        ("a", [1, 3]),
        ("b", [2]),
    ]


def test_the_files_beside_a_history_tell_config_summary_and_axes(tmp_path: Path, home: Home) -> None:
    folder = tmp_path / "run-20200101_000000-abcd1234"
    file(tmp_path, f"{folder.name}/wandb-history.jsonl", '{"_step":0,"_runtime":2,"loss":1.5,"epoch":1}\n')
    m = [{"1": "epoch", "6": [3]}, {"2": "val/*", "5": 1, "6": [1, 3], "7": [1]}, {"1": "hid", "6": [2, 3], "8": 2}]
    config = {"lr": {"value": 0.1, "desc": None}, "_wandb": {"value": {"m": m}}, "wandb_version": 1}
    file(tmp_path, f"{folder.name}/config.json", json.dumps(config))
    file(tmp_path, f"{folder.name}/wandb-summary.json", '{"loss": 1.5, "best": 0.5, "_runtime": 2}')
    file(tmp_path, f"{folder.name}/wandb-metadata.json", '{"startedAt": "2020-01-01T00:00:00.000000"}')
    _, store = imported(home, folder)
    [run] = store.runs()
    assert (run.id, run.config, run.created_ns) == ("abcd1234", {"lr": 0.1}, 1577836800 * S)
    assert store.own_summary(run.id) == {"best": 0.5}
    assert points(store, run, "loss") == [(0, 1577836802 * S, 1.5)]
    found = read_definitions(store.events(run.id, "define_metric"))
    assert [(one.name, one.step_metric, one.hidden, one.summary, one.goal) for one in found] == [
        ("epoch", None, False, (), None),
        ("val/*", "epoch", False, ("min",), None),
        ("hid", None, True, (), "maximize"),
    ]


def test_an_axis_can_be_named(tmp_path: Path, home: Home) -> None:
    _, store = imported(home, file(tmp_path, "h.csv", "epoch,loss\n0,1\n1,2\n"), Options(step_metric="epoch"))
    [run] = store.runs()
    found = read_definitions(store.events(run.id, "define_metric"))
    assert [(one.name, one.step_metric) for one in found] == [("epoch", None), ("*", "epoch")]
    assert [step for step, *_ in points(store, run, "loss")] == [0, 1]


def test_media_of_a_history_are_taken_from_beside_it_and_from_nowhere_else(tmp_path: Path, home: Home) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(b"png")
    cells = [{"_type": "image-file", "path": path, "width": 1} for path in ("media/a.png", "../a.png", "media/b.png")]
    rows = [{"_step": at, "img": cell, "loss": 1.0} for at, cell in enumerate(cells)]
    (tmp_path.parent / "a.png").write_bytes(b"secret")
    report, store = imported(home, file(tmp_path, "h.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    [run] = store.runs()
    [(_, _, value)] = points(store, run, "img")
    reference = json.loads(value)
    assert (reference["_type"], reference["width"]) == ("trackio.image", 1)
    assert store.blobs.read(reference["file"]) == b"png"
    assert len(points(store, run, "loss")) == 3
    assert list(report.notes) == ["img: its file ../a.png lies outside of the run", "img: its file is missing"]


CHART = (
    '"Step","otter - a - loss","otter - a - loss__MIN","otter - a - loss__MAX","heron - loss","heron - loss__MIN",'
    '"heron - loss__MAX"\n0,1.5,1.5,1.5,2,2,2\n10,0.5,0.25,0.75,,,\n'
)


def test_a_chart_is_a_run_for_each_line(tmp_path: Path, home: Home) -> None:
    _, store = imported(home, file(tmp_path, "c.csv", CHART))
    runs = {run.name: run for run in store.runs()}
    assert list(runs) == ["otter - a", "heron"]
    otter = runs["otter - a"]
    assert [(step, value) for step, _, value in points(store, otter, "loss")] == [(0, 1.5), (10, 0.5)]
    assert [(step, value) for step, _, value in points(store, otter, "loss__MIN")] == [(10, 0.25)]
    assert [metric.name for metric in store.metrics(runs["heron"].id)] == ["loss"]


def test_the_axis_of_a_chart_is_kept(tmp_path: Path, home: Home) -> None:
    text = '"epoch","Group: g - loss","Group: g - _step"\n0.5,1.5,3\n1.5,0.5,9\n'
    _, store = imported(home, file(tmp_path, "c.csv", text))
    [run] = store.runs()
    assert (run.name, run.group) == ("g", "g")
    assert [(step, value) for step, _, value in points(store, run, "epoch")] == [(3, 0.5), (9, 1.5)]
    [found] = read_definitions(store.events(run.id, "define_metric"))
    assert (found.name, found.step_metric) == ("loss", "epoch")


@pytest.mark.parametrize(
    ("axis", "x", "time_ns"),
    [
        ("Relative Time (Process)", "1.5", 6_500_000_000),
        ("Wall Time", "1795243319.5", 1795243319_500_000_000),
        ("_timestamp", "1795243319500", 1795243319_500_000_000),
    ],
)
def test_a_chart_over_time(tmp_path: Path, home: Home, axis: str, x: str, time_ns: int) -> None:
    _, store = imported(home, file(tmp_path, "c.csv", f'"{axis}","a - loss"\n{x},1\n'))
    assert points(store, store.runs()[0], "loss") == [(0, time_ns, 1)]


def test_a_table_of_runs_gives_config_and_summary(tmp_path: Path, home: Home) -> None:
    text = (
        '"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","optimizer","loss"\n'
        '"otter","finished","-","me","a, b","2025-11-21T03:19:00.000Z","60","","0.1","adam","0.5"\n'
        '"heron","crashed","hm","me","","2025-11-21T03:20:00.000Z","5","","0.2","sgd",""\n'
    )
    _, store = imported(home, file(tmp_path, "t.csv", text), Options(config=("lr",)))
    otter, heron = store.runs()
    assert (otter.config, dict(otter.summary)) == ({"lr": 0.1, "optimizer": "adam"}, {"loss": 0.5})
    assert (otter.tags, otter.notes, otter.seconds, otter.status) == (("a", "b"), None, 60.0, "finished")
    assert (heron.tags, heron.notes, heron.status, dict(heron.summary)) == ((), "hm", "crashed", {})


def test_the_table_that_the_documentation_makes_with_pandas(tmp_path: Path, home: Home) -> None:
    summary = {"loss": 0.5, "_step": 3, "img": {"_type": "image-file"}}
    frame = pd.DataFrame({"summary": [summary], "config": [{"lr": 0.1, "_wandb": {}}], "name": ["otter"]})
    frame.to_csv(tmp_path / "project.csv")
    _, store = imported(home, tmp_path / "project.csv")
    [run] = store.runs()
    assert (run.name, run.config, dict(run.summary)) == ("otter", {"lr": 0.1}, {"loss": 0.5})


@pytest.mark.parametrize("content", [CSV, CHART])
def test_the_same_file_twice_gives_one_copy(tmp_path: Path, home: Home, content: str) -> None:
    first, _ = imported(home, file(tmp_path, "a.csv", content))
    again, store = imported(home, file(tmp_path, "b.csv", content))
    assert {run.outcome for run in first.runs} == {"new"}
    assert {run.outcome for run in again.runs} == {"unchanged"}
    assert len(store.runs()) == len(first.runs)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "step,loss\n0,1\n", "no export of W&B's"),
        ("a.csv", "", "no header"),
        ("a.csv", "_step,a\n0,1,2\n", "line 2: 3 cells"),
        ("a.jsonl", '{"_step": 0}\nnonsense\n', "line 2: it is no JSON"),
        ("a.jsonl", "[1]\n", "no JSON object"),
        ("a.parquet", "nonsense", "no Parquet file"),
        ("a.txt", "x", "none of .csv"),
    ],
)
def test_a_broken_file_costs_itself_and_is_named(
    tmp_path: Path, home: Home, name: str, content: str, reason: str
) -> None:
    good = file(tmp_path, "good.csv", CSV)
    report = bring("wandb", [file(tmp_path, name, content), good], project="p", home=home)
    [failure] = report.failures
    assert reason in str(failure)
    assert name in str(failure)
    assert [run.name for run in report.runs] == ["good"]


def test_what_only_python_can_hold_stays_text(tmp_path: Path, home: Home) -> None:
    row = 'r,finished,2024-01-01T00:00:00Z,"{1, 2}","[b\'x\']","[(1,)]"'
    (tmp_path / "runs.csv").write_text(f"Name,State,Created,a,b,c\n{row}\n")
    [run] = bring("wandb", [tmp_path / "runs.csv"], home=home, options=Options(config=("a", "b", "c"))).runs
    assert home.project(run.project).run(run.id).config == {"a": "{1, 2}", "b": "[b'x']", "c": [[1]]}
