"""JSON of another origin than an export breaks nothing, whatever it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trackio.importers.formats import bring
from trackio.store.home import Home

RUN: dict[str, Any] = {"id": "r1", "name": "otter", "created_ns": 1, "rows": [], "system_rows": []}
VERSION = {"name": "ds", "type": "t", "created_ns": 1, "entries": {"a": {"digest": "x", "ref": "https://x.org"}}}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": {"a": 1}},
        {"notes": ["x"]},
        {"group": 3},
        {"tags": "ab"},
        {"config": [["a", 1]]},
        {"exit_code": "1"},
        {"finished_ns": 1 << 70},
        {"alerts": [{"time_ns": 1, "level": "warn", "title": 5}]},
        {"events": [3]},
        {"events": {"a": 1}},
        {"used_artifacts": [{"time_ns": 1.5}]},
        {"energy": 7},
        {"energy": [7]},
        {"energy": [{"time_ns": 1}]},
        {"energy": [{"event": "finish", "time_ns": 1}]},
        {"energy": [{"event": "energy", "time_ns": "soon"}]},
        {"rows": 7},
        {"rows": [7]},
        {"rows": [{"step": 1, "time_ns": 1, "values": {"x": [1]}}]},
    ],
    ids=str,
)
def test_a_description_that_is_none_costs_its_file(changes: dict[str, Any], tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (tmp_path / "x.json").write_text(
        json.dumps({"trackio": "0.50.0", "format": 1, "runs": [{**RUN, **changes}]}, separators=(",", ":"))
    )
    report = bring("json", [tmp_path / "x.json"], project="p", home=home)
    assert ([str(one.path) for one in report.failures], report.runs) == ([str(tmp_path / "x.json")], [])
    assert home.projects() == []


@pytest.mark.parametrize(
    "changes", [{"metadata": [1]}, {"entries": {"a": {"digest": "x", "ref": "y", "size": [1]}}}, {"tags": [1]}], ids=str
)
def test_an_artifact_that_is_none_costs_itself(changes: dict[str, Any], tmp_path: Path) -> None:
    body = {"trackio": "0.50.0", "format": 1, "runs": [{**RUN, "artifacts": [{**VERSION, **changes}]}]}
    (tmp_path / "x.json").write_text(json.dumps(body, separators=(",", ":")))
    report = bring("json", [tmp_path / "x.json"], project="p", home=Home(tmp_path / "home"))
    assert [run.name for run in report.runs] == ["otter"]
    assert list(report.notes) == [note for note in report.notes if note.startswith("the artifact ds")] != []


@pytest.mark.parametrize("depth", [300, 100_000])
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "rows.jsonl"])
def test_what_is_nested_without_end_costs_its_file(name: str, depth: int, tmp_path: Path) -> None:
    deep = "[" * depth + "]" * depth
    head = '{"trackio":"0.50.0","format":1'
    (tmp_path / name).write_text(
        {
            "x.json": f'{head},"runs":[{{"id":"a","name":"b","created_ns":1,"config":{{"a":{deep}}}}}]}}',
            "x.jsonl": f'{{"type":"project",{head[1:]}}}\n{{"type":"run","id":"a","name":"b","config":{deep}}}\n',
            "rows.jsonl": f'{{"step":0,"loss":{deep}}}\n',
        }[name]
    )
    report = bring("json", [tmp_path / name], home=Home(tmp_path / "home"))
    assert ([str(one.path) for one in report.failures], report.runs) == ([str(tmp_path / name)], [])
