"""What list, get, query and status print: the shapes that programs rely on, and tables for people."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.api import made
from tests.cli.conftest import Cli
from trackio.records import Scalar
from trackio.store.home import Home

BIG = 2**63 - 1
ROWS: list[dict[str, Scalar]] = [
    {"loss": 1.0, "n": 1},
    {"loss": math.nan, "n": 2},
    {"loss": math.inf, "note": "fine"},
    {"loss": -math.inf, "big": BIG},
    {"loss": 0.5, "ok": True},
]


def stamp(second: int) -> str:
    return f"2025-11-21T03:19:{second:02}.000000+00:00"


@pytest.fixture(autouse=True)
def recorded(home: Path) -> None:
    made.project(
        home,
        "mnist",
        made.run("a1", name="otter", group="adam", config={"lr": 0.1, "huge": 10**30, "bad": math.nan}),
        made.run("b2", ROWS, name="heron", start_ns=made.START_NS, steps=[0, 10, 20, 30, 40]),
    )


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("list projects", {"projects": ["mnist"]}),
        (
            "list metrics --run otter",
            {
                "project": "mnist",
                "run": "otter",
                "metrics": ["loss", "acc"],
                "details": [
                    {"name": "loss", "points": 10, "last_step": 9, "last": 0.1, "min": 0.1, "max": 1.0},
                    {"name": "acc", "points": 10, "last_step": 9, "last": 0.9, "min": 0.0, "max": 0.9},
                ],
            },
        ),
        ("list metrics", {"project": "mnist", "run": None, "metrics": ["loss", "acc", "n", "note", "big", "ok"]}),
        ("list system-metrics --run otter", {"project": "mnist", "run": "otter", "metrics": []}),
        ("list alerts", {"project": "mnist", "alerts": []}),
        ("get alerts --run otter --level WARN --since 2025-01-01 --limit 5", {"project": "mnist", "alerts": []}),
        ("list reports", {"project": "mnist", "run": None, "reports": []}),
        (
            "get project",
            {
                "project": "mnist",
                "num_runs": 2,
                "runs": ["otter", "heron"],
                "metrics": ["loss", "acc", "n", "note", "big", "ok"],
                "last_activity": stamp(9),
                "running": [],
                "groups": ["adam"],
            },
        ),
        (
            "get run --run b2",
            {
                "project": "mnist",
                "run": "heron",
                "id": "b2",
                "num_logs": 5,
                "last_step": 40,
                "metrics": ["loss", "n", "note", "big", "ok"],
                "config": {},
                "summary": {"loss": 0.5, "n": 2, "note": "fine", "big": BIG, "ok": True},
                "status": "finished",
                "group": None,
                "job_type": None,
                "tags": [],
                "notes": None,
                "exit_code": 0,
                "created_at": stamp(0),
                "updated_at": stamp(4),
                "finished_at": stamp(4),
                "duration_seconds": 4.0,
            },
        ),
        (
            "get metric --run heron --metric loss",
            {
                "project": "mnist",
                "run": "heron",
                "metric": "loss",
                "values": [
                    {"step": 0, "timestamp": stamp(0), "value": 1.0},
                    {"step": 10, "timestamp": stamp(1), "value": "NaN"},
                    {"step": 20, "timestamp": stamp(2), "value": "Infinity"},
                    {"step": 30, "timestamp": stamp(3), "value": "-Infinity"},
                    {"step": 40, "timestamp": stamp(4), "value": 0.5},
                ],
            },
        ),
        (
            "get snapshot --run heron --step 30",
            {
                "project": "mnist",
                "run": "heron",
                "metrics": {
                    "loss": [{"step": 30, "timestamp": stamp(3), "value": "-Infinity"}],
                    "big": [{"step": 30, "timestamp": stamp(3), "value": BIG}],
                },
            },
        ),
        ("get system-metric --run heron", {"project": "mnist", "run": "heron", "metrics": {}}),
    ],
)
def test_json_has_the_promised_shape(cli: Cli, argv: str, expected: dict[str, Any]) -> None:
    done = cli(*argv.split(), "--json")
    assert (done.code, done.err) == (0, "")
    # What was added since stands behind what was promised first.
    assert list(done.json)[: len(expected)] == list(expected)
    assert {name: done.json[name] for name in expected} == expected


def test_integers_stay_integers_and_floats_floats(cli: Cli) -> None:
    def values(metric: str) -> list[Any]:
        return [point["value"] for point in cli("get", "metric", "--metric", metric, "--json").json["values"]]

    assert [repr(values(metric)) for metric in ("n", "big", "ok", "note")] == [
        "[1, 2]",
        f"[{BIG}]",
        "[True]",
        "['fine']",
    ]
    assert repr(values("loss")[0]) == "1.0"


def test_runs_have_what_tells_them_apart(cli: Cli) -> None:
    first, second = cli("list", "runs", "--json").json["runs"]
    assert {**second, **first} == {
        "id": "a1",
        "name": "otter",
        "group": "adam",
        "status": "finished",
        "last_step": 9,
        "num_logs": 10,
        "job_type": None,
        "tags": [],
        "notes": None,
        "exit_code": 0,
        "created_at": stamp(0),
        "updated_at": stamp(9),
        "finished_at": stamp(9),
        "duration_seconds": 9.0,
    }


@pytest.mark.parametrize(
    ("options", "names"),
    [("--group adam", ["otter"]), ("--status finished", ["otter", "heron"]), ("--status running", [])],
)
def test_runs_can_be_chosen(cli: Cli, options: str, names: list[str]) -> None:
    assert [run["name"] for run in cli("list", "runs", *options.split(), "--json").json["runs"]] == names


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ("--step 20", [20]),
        ("--step 21", []),
        ("--around 20", [10, 20, 30]),
        ("--around 20 --window 9", [20]),
        ("--around 20 --window 0", [20]),
        ("--at-time 2025-11-21T03:19:01Z --window 1", [0, 10, 20]),
        ("--at-time 1763695141 --window 0.5", [10]),
        ("--at-time 2025-11-21T03:19:30Z", []),
        ("", [0, 10, 20, 30, 40]),
    ],
)
def test_points_can_be_chosen_by_step_and_time(cli: Cli, options: str, steps: list[int]) -> None:
    done = cli("get", "metric", "--metric", "loss", *options.split(), "--json")
    assert [point["step"] for point in done.json["values"]] == steps


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--window 5", "--window needs --around N or --at-time T"),
        ("--around 5 --window=-1", "from 0 on"),
        ("--around 5 --window nan", "from 0 on"),
        ("--around 5 --window inf", "from 0 on"),
        ("--at-time soon", "'soon' is no time"),
    ],
)
def test_a_place_that_is_none_is_wrong_usage(cli: Cli, options: str, message: str) -> None:
    done = cli("get", "metric", "--metric", "loss", *options.split())
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_snapshot_without_a_place_is_of_the_end(cli: Cli) -> None:
    metrics = cli("get", "snapshot", "--run", "heron", "--json").json["metrics"]
    assert {name: [point["step"] for point in points] for name, points in metrics.items()} == {
        "loss": [40],
        "n": [10],
        "note": [20],
        "big": [30],
        "ok": [40],
    }


def test_json_keeps_what_numbers_cannot_say(cli: Cli) -> None:
    config = cli("get", "run", "--run", "otter", "--json").out
    assert json.loads(config)["config"] == {"lr": 0.1, "huge": 10**30, "bad": "NaN"}


def test_the_newest_run_is_meant_when_none_is_named(cli: Cli, home: Path) -> None:
    made.project(home, "mnist", made.run("c3", name="new", start_ns=made.START_NS + 10**12))
    assert cli("get", "run", "--json").json["run"] == "new"


def test_a_query_gives_columns_and_rows(cli: Cli) -> None:
    sql = "SELECT metric, count(*) AS n FROM logs WHERE run = 'otter' GROUP BY metric ORDER BY metric"
    assert cli("query", "project", "--project", "mnist", "--sql", sql, "--json").json == {
        "project": "mnist",
        "query": sql,
        "columns": ["metric", "n"],
        "rows": [{"metric": "acc", "n": 10}, {"metric": "loss", "n": 10}],
        "row_count": 2,
    }


def test_columns_of_one_name_hide_nothing(cli: Cli) -> None:
    found = cli("query", "project", "--sql", "SELECT 1 AS a, 2 AS a, x'ff00' AS b", "--json").json
    assert (found["columns"], found["rows"]) == (["a", "a_2", "b"], [{"a": 1, "a_2": 2, "b": "\\xff\x00"}])


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM points",
        "UPDATE runs SET name = 'x'",
        "DROP TABLE runs",
        "INSERT INTO meta VALUES ('x', 1)",
        "CREATE TABLE t (a)",
        "WITH t AS (SELECT 1) DELETE FROM runs",
        "PRAGMA user_version = 5",
        "PRAGMA query_only = OFF",
        "ATTACH DATABASE '/tmp/x.db' AS x",
        "VACUUM INTO '/tmp/x.db'",
        "SELECT load_extension('x')",
        "SELECT 1; DELETE FROM runs",
        "BEGIN",
        "SELEC 1",
        "SELECT * FROM nothing",
        "",
    ],
)
def test_a_query_can_only_read(cli: Cli, sql: str) -> None:
    before = cli("list", "runs", "--json").out
    done = cli("query", "project", "--sql", sql)
    assert (done.out, done.code) == ("", 2)
    assert cli("list", "runs", "--json").out == before


def test_status_says_where_and_how_much(cli: Cli, home: Path) -> None:
    found = cli("status", "--json").json
    assert (found["home"], found["is_writable"]) == (str(home), True)
    assert found["disk_bytes"] > 10_000
    assert found["projects"] == [{"project": "mnist", "runs": 2, "running": [], "last_activity": stamp(9)}]
    assert "projects  1\n" in cli("status").out


def test_reports_are_listed_and_printed(cli: Cli, home: Path) -> None:
    text = json.dumps({"_type": "trackio.markdown", "_value": "# Hi\n\x1b[31mthere"})
    made.project(home, "notes", made.run("r", [{"summary": text}]))
    assert cli("list", "reports", "--project", "notes", "--json").json["reports"] == [
        {"run": "r", "run_id": "r", "report": "summary", "step": 0, "timestamp": stamp(0)}
    ]
    argv = ("get", "report", "--project", "notes", "--report")
    assert cli(*argv, "summary", "--json").json["values"] == [
        {"step": 0, "timestamp": stamp(0), "content": "# Hi\n\x1b[31mthere"}
    ]
    assert cli(*argv, "summary").out.splitlines()[1:] == ["# Hi", r"\x1b[31mthere"]
    done = cli(*argv, "sumary")
    assert (done.code, "Nearest: summary." in done.err) == (1, True)


def test_alerts_are_chosen_by_run_level_time_and_number(cli: Cli, home: Path) -> None:
    made.alerts(Home(home).project("mnist"), "a1", ("info", "hm"), ("error", "NaN"), ("warn", "slow\x1b[31m"))
    made.alerts(Home(home).project("mnist"), "b2", ("warn", "hot"))

    def titles(*argv: str) -> list[str]:
        return [alert["title"] for alert in cli("list", "alerts", *argv, "--json").json["alerts"]]

    assert titles("--run", "otter", "--limit", "2") == ["NaN", "slow\x1b[31m"]
    assert titles("--level", "warn") == ["hot", "slow\x1b[31m"]
    assert titles("--since", stamp(1)) == ["slow\x1b[31m"]
    assert titles("--limit", "0") == []
    assert cli("get", "alerts", "--level", "error", "--json").json["alerts"] == [
        {
            "id": 2,
            "timestamp": stamp(1),
            "run": "otter",
            "run_id": "a1",
            "level": "error",
            "title": "NaN",
            "text": "text of NaN",
            "step": 1,
            "data": {"value": "NaN"},
        }
    ]
    assert r"slow\x1b[31m" in cli("list", "alerts").out
    assert cli("list", "alerts", "--limit=-1").code == 2


@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        ("list projects", ["project  runs  running  last record", "mnist       2        0  2025-11-21"]),
        ("list metrics --run otter", ["metric  points  last step  last  min  max"]),
        (
            "get metric --run heron --metric loss --step 40",
            ["step  timestamp                         loss", f"  40  {stamp(4)}   0.5"],
        ),
        ("get metric --run heron --metric loss --step 41", ["No values there."]),
        ("list alerts", ["No alerts."]),
    ],
)
def test_people_get_tables_that_read_well_in_a_pipe(cli: Cli, argv: str, lines: list[str]) -> None:
    done = cli(*argv.split())
    assert done.out.splitlines()[: len(lines)] == lines
    assert all(line == line.rstrip() for line in done.out.splitlines())


def test_a_long_table_shows_its_ends_and_says_so(cli: Cli, home: Path) -> None:
    made.project(home, "long", made.run("r", [{"x": float(i)} for i in range(1000)]))
    done = cli("get", "metric", "--project", "long", "--metric", "x")
    assert [line.split()[0] for line in done.out.splitlines()][1:] == [
        *map(str, range(25)),
        *map(str, range(975, 1000)),
    ]
    assert done.err == "The first and last 25 of 1,000 values; --json prints all.\n"


@pytest.mark.parametrize(
    "name", ["\x1b[31mred\x1b[0m", "two\nlines", "\u202eevil", "nul\x00", "[red]markup[/red]", "tab\tbed", "a\u2028b"]
)
def test_a_hostile_name_never_reaches_the_terminal_raw(cli: Cli, home: Path, name: str) -> None:
    made.project(home, name, made.run(name, [{name: 1.0, "t": name}], name=name, group=name, config={name: name}))
    shown = name.encode("unicode_escape").decode() if not name.startswith("[") else name
    for argv in (
        ["list", "projects"],
        ["list", "runs", "--project", name],
        ["list", "metrics", "--project", name, "--run", name],
        ["get", "project", "--project", name],
        ["get", "run", "--project", name],
        ["get", "metric", "--project", name, "--metric", name],
        ["get", "metric", "--project", name, "--metric", "t"],
        ["get", "snapshot", "--project", name],
        ["query", "project", "--project", name, "--sql", "SELECT name FROM runs"],
        ["delete", "--project", name],
    ):
        done = cli(*argv)
        said = done.out + done.err
        assert shown in said, argv
        assert all(char == "\n" or char.isprintable() for char in said), argv
    assert cli("list", "runs", "--project", name, "--json").json["runs"][0]["name"] == name


def test_a_project_that_cannot_be_read_hides_no_other(cli: Cli, home: Path, tmp_path: Path) -> None:
    table = tmp_path / "curves.csv"
    for name in ("broken", "whole"):
        table.write_text(f"step,loss_{name}\n0,1.5\n")
        assert cli("import", "csv", str(table), "--project", name).code == 0
    for path in (home / "projects" / "broken").glob("trackio.db*"):
        path.unlink()
    (home / "projects" / "broken" / "trackio.db").write_text("garbage " * 100)
    for command in (["list", "projects"], ["status"]):
        done = cli(*command)
        assert done.code == 0
        assert "is damaged" in done.err
    assert "whole" in cli("list", "projects").out
    runs = {entry["project"]: entry["runs"] for entry in cli("status", "--json").json["projects"]}
    assert runs["broken"] is None
    assert runs["whole"] == 1
