"""Every object of ``--json`` has a schema, which real output of real data keeps to and ``docs/cli.md`` leads to."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

import trackio
from tests.cli.conftest import Cli
from tests.cli.test_main import PARSERS
from tests.documents.full import READING, argv
from trackio.cli.main import main
from trackio.documents import READS
from trackio.documents.schemas import folder, schema

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "cli.md").read_text("utf-8")
NAMES = sorted(path.stem for path in folder().iterdir())
ON_THE_HUB = {"sync", "freeze"}
"""What these print, tests/publish holds to the schemas."""


def schema_of(prog: str) -> str:
    """The schema of a command; all formats of ``import`` and ``export`` share one."""
    words = prog.split()[1:]
    return words[0] if words[0] in ("import", "export") else "-".join(words)


WITH_JSON = sorted(
    {
        schema_of(prog)
        for prog, parser in PARSERS.items()
        if any("--json" in action.option_strings for action in parser._actions)
    }
)


FORMATS = jsonschema.FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def is_time_in_utc(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).utcoffset() == timedelta(0)


def check(found: object, name: str) -> None:
    """Hold an object to a schema, times included."""
    jsonschema.Draft202012Validator(schema(name), format_checker=FORMATS).validate(found)


def test_every_command_with_json_has_a_schema() -> None:
    assert WITH_JSON == NAMES


def test_every_schema_is_linked_from_the_docs() -> None:
    assert sorted(set(re.findall(r"\(schemas/([a-z-]+)\.json\)", DOCS))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_explains_itself(name: str) -> None:
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["title"].startswith("trackio ")
    assert found["description"].endswith(".")
    assert "$ref" not in json.dumps(found)
    pending = [found]
    while pending:
        one = pending.pop()
        pending += one.get("oneOf", ())
        if "properties" in one:
            # A field that nobody told of is a mistake of ours.
            assert one["additionalProperties"] is False
        for inner in one.get("properties", {}).values():
            assert "description" in inner
            pending.append(inner)
        pending += [one[key] for key in ("items", "additionalProperties") if isinstance(one.get(key), dict)]


def test_every_read_has_a_schema_and_a_command() -> None:
    assert [read.name for read in READS.values() if f"trackio {read.command}" not in PARSERS] == []
    assert {read.schema for read in READS.values()} | {"get-alerts"} <= set(NAMES)


def test_the_docs_name_every_read() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    part = text.split("## Over HTTP")[1].split("##")[0]
    assert [name for name in READS if f"`{name}`" not in part] == []


def test_what_reading_prints_keeps_to_the_schemas(cli: Cli, full: Path) -> None:
    tried = set()
    for command in (*READING, "status"):
        words = argv(command)
        name = words[0] if words[0] in ("status", "energy") else "-".join(words[:2])
        tried.add(name)
        done = cli(*words, "--json")
        assert done.code == 0, (command, done.err)
        check(json.loads(done.out), name)
    # What is put into a folder is tried with other commands that write.
    assert {read.schema for read in READS.values()} | {"get-alerts"} == tried | {"get-file"}


def test_documents_keep_to_the_schemas_with_what_only_people_are_told(full: Path) -> None:
    from trackio.documents.encoding import jsonable
    from trackio.store.home import Home

    check(jsonable(READS["projects"](Home(full), details=True)), "list-projects")
    broken = full / "projects" / "mnist" / "trackio.db"
    for path in broken.parent.glob("trackio.db*"):
        path.unlink()
    broken.write_text("garbage " * 100)
    for name, read in (("list-projects", READS["projects"]), ("status", READS["status"])):
        found = jsonable(read(Home(full), **({"details": True} if read.name == "projects" else {})))
        check(found, name)
        assert [one["project"] for one in found["errors"]] == ["mnist"]


def test_a_run_in_progress_keeps_to_the_schemas(cli: Cli, home: Path) -> None:
    run = trackio.init(project="p", name="going", auto_log_cpu=True, auto_log_gpu=False)
    try:
        run.log({"loss": 1.0})
        run.alert("hot", "very", level="WARN", data={"t": 1})
        # Another process would see the same: what was logged is in the journal.
        thread = threading.Thread(target=run.flush)
        thread.start()
        thread.join()
        for command in ("status", "list runs", "get run", "get project", "list alerts", "get snapshot", "energy"):
            check(cli(*command.split(), "--json").json, command.replace(" ", "-"))
        assert [one["run"] for one in cli("status", "--json").json["running"]] == ["going"]
    finally:
        run.finish()


def test_what_other_commands_print_keeps_to_the_schemas(
    cli: Cli, full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A job that is about no pull request.
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    monkeypatch.delenv("GITHUB_REF", raising=False)
    table = tmp_path / "curves.csv"
    table.write_text("run,step,loss\nx,0,1.5\nx,1,nan\n")
    broken = tmp_path / "broken.csv"
    broken.write_text("step,loss\n0,1.5\none,2\n")
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text("method: random\nparameters:\n  lr: {min: 0.1, max: 0.2}\n")
    readme = str(tmp_path / "README.md")
    saved = str(tmp_path / "saved")
    tried = set(ON_THE_HUB)
    for code, command in (
        (0, ("get", "file", "log.txt", "--project", "media", "--output", saved)),
        (0, ("get", "artifact", "data", "--project", "media", "--output", saved)),
        (0, ("import", "csv", str(table), "--project", "new")),
        (0, ("import", "csv", str(table), "--project", "new")),
        (1, ("import", "csv", str(broken), "--project", "new")),
        (0, ("export", "csv", "--project", "mnist", "--output", str(tmp_path / "out.csv"))),
        (0, ("export", "json", "--project", "media", "--output", str(tmp_path / "out.json"))),
        (0, ("report", "--project", "mnist", "--output", str(tmp_path / "site"), "--quiet", "--workers", "1")),
        (0, ("report", "--project", "mnist", "--single-file", "--output", str(tmp_path / "one.html"), "--quiet")),
        (0, ("table", "--project", "mnist", "--columns", "loss,duration", "--groupby", "group")),
        (0, ("embed", "--project", "mnist", "--base-url", "https://example.org", "--metrics", "loss", "--xmin", "odd")),
        (0, ("card", "--project", "mnist", "--run", "otter")),
        (0, ("card", "--project", "mnist", "--run", "otter", "--readme", readme, "--dry-run")),
        (0, ("card", "--project", "mnist", "--run", "otter", "--readme", readme)),
        (0, ("card", "--readme", readme, "--remove")),
        (1, ("check", "--project", "mnist", "--run", "otter", "--baseline", "otter", "--rule", "loss <= baseline / 2")),
        (0, ("comment", str(sweep))),
        (0, ("sweep", str(sweep), "--project", "mnist")),
        (0, ("scan",)),
        (0, ("scan", str(tmp_path / "site"))),
        (0, ("skills",)),
        (0, ("skills", "--install", "--path", saved)),
        (0, ("version",)),
    ):
        done = cli(*command, "--json")
        assert done.code == code, (command, done.err)
        name = schema_of(f"trackio {' '.join(command[: 2 if command[0] == 'get' else 1])}")
        tried.add(name)
        check(done.json, name)
    assert {
        name for name in WITH_JSON if name.split("-")[0] not in ("list", "get", "query", "status", "energy")
    } <= tried


def test_a_gate_and_a_target_keep_to_the_schemas(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["energy", "--project", "speed", "--max-kwh", "0.001", "--target", "loss=2", "--json"]) == 1
    check(json.loads(capsys.readouterr().out), "energy")
