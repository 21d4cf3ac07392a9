"""Homes of the original trackio, as its releases left them, and homes of this one."""

from __future__ import annotations

import io
import json
import math
import sqlite3
import wave
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trackio
from trackio.errors import UsageError
from trackio.importers.formats import Report, bring
from trackio.importers.imported import Attachment, ImportedRun
from trackio.importers.recording import record
from trackio.store import versions
from trackio.store.home import Home
from trackio.store.project import ProjectStore

S = 10**9
T0 = 1_763_695_140 * S
TIMES = [f"2025-11-21T03:19:0{at}+00:00" for at in range(6)]
ROWS: list[dict[str, Any]] = [
    {"loss": 1.0, "n": 1, "flag": True, "note": "x", "nested": {"a": 0.5}},
    {"loss": "NaN", "up": "Infinity", "down": "-Infinity"},
]
CONFIG = {"lr": 0.1, "n": {"a": [1, 2]}, "_Username": "me", "_Created": TIMES[0], "_Group": "g"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def database(path: Path, *statements: str, rows: Iterable[tuple[str, tuple[Any, ...]]] = ()) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.executescript(statement)
        for table, row in rows:
            db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def release_0_0_5(folder: Path) -> None:
    database(
        folder / "trackio.db",
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, "
        "project_name TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL)",
        "CREATE TABLE configs (project_name TEXT NOT NULL, run_name TEXT NOT NULL, config TEXT NOT NULL, "
        "created_at DATETIME DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (project_name, run_name))",
        rows=[
            *(
                ("metrics", (at, f"2025-11-21 03:19:0{at}", "p", "otter", json.dumps(row)))
                for at, row in enumerate(ROWS)
            ),
            ("metrics", (9, "2025-11-21 03:19:05", "q", "otter", '{"loss": 5.0}')),
            ("configs", ("p", "otter", json.dumps(CONFIG), TIMES[0])),
        ],
    )


def release_0_9(folder: Path) -> None:
    database(
        folder / "p.db",
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL, "
        "step INTEGER NOT NULL, metrics TEXT NOT NULL)",
        "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, config TEXT NOT NULL, "
        "created_at TEXT NOT NULL, UNIQUE(run_name))",
        rows=[
            *(("metrics", (at + 1, TIMES[at], "otter", at, json.dumps(row))) for at, row in enumerate(ROWS)),
            ("configs", (1, "otter", json.dumps(CONFIG), TIMES[0])),
        ],
    )


SCHEMA_0_43 = """
    CREATE TABLE metrics (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL,
        run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL, log_id TEXT, space_id
        TEXT
    );
    CREATE TABLE configs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, run_name TEXT NOT NULL, config
        TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id)
    );
    CREATE TABLE system_metrics (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL,
        run_name TEXT NOT NULL, metrics TEXT NOT NULL, log_id TEXT, space_id TEXT
    );
    CREATE TABLE traces (
        id TEXT PRIMARY KEY, run_id TEXT NOT NULL, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,
        step INTEGER NOT NULL, key TEXT NOT NULL, trace_index INTEGER, messages TEXT NOT NULL,
        metadata TEXT NOT NULL, search_text TEXT NOT NULL, log_id TEXT, space_id TEXT, spans TEXT
        NOT NULL DEFAULT '[]'
    );
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL,
        run_name TEXT NOT NULL, title TEXT NOT NULL, text TEXT, level TEXT NOT NULL DEFAULT 'warn',
        step INTEGER, alert_id TEXT
    );
    CREATE TABLE artifacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
        description TEXT, created_at TEXT NOT NULL
    );
    CREATE TABLE artifact_versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, artifact_id INTEGER NOT NULL, version INTEGER NOT
        NULL, manifest_digest TEXT NOT NULL, manifest TEXT NOT NULL, metadata TEXT, size_bytes
        INTEGER NOT NULL, producer_run_id TEXT, producer_run_name TEXT, created_at TEXT NOT NULL
    );
    CREATE TABLE artifact_aliases (
        artifact_id INTEGER NOT NULL, alias TEXT NOT NULL, artifact_version_id INTEGER NOT NULL,
        PRIMARY KEY (artifact_id, alias)
    );
"""


def release_0_43(folder: Path, extra: Iterable[tuple[str, tuple[Any, ...]]] = ()) -> None:
    database(
        folder / "p.db",
        SCHEMA_0_43,
        rows=[
            *(
                ("metrics", (at + 1, "id1", TIMES[at], "otter", at, json.dumps(row).encode(), f"log{at}", None))
                for at, row in enumerate(ROWS)
            ),
            ("configs", (1, "id1", "otter", json.dumps(CONFIG), TIMES[0])),
            ("system_metrics", (1, "id1", TIMES[1], "otter", '{"gpu": {"0": 5.5}}', "s1", None)),
            ("alerts", (1, "id1", TIMES[2], "otter", "Title", "text", "error", 7, "a1")),
            *extra,
        ],
    )


def as_parquet(folder: Path) -> None:
    """What the original leaves beside its database, and keeps on the Hub: the JSON as columns."""
    release_0_43(folder)
    with closing(sqlite3.connect(folder / "p.db")) as db:
        db.row_factory = sqlite3.Row
        for table, packed, ending in (
            ("metrics", "metrics", ""),
            ("system_metrics", "metrics", "_system"),
            ("configs", "config", "_configs"),
        ):
            rows = []
            for found in db.execute(f"SELECT * FROM {table}"):
                row = dict(found)
                body = json.loads(row.pop(packed))
                rows.append(row | {key: _number(value) for key, value in body.items()})
            names = list(dict.fromkeys(name for row in rows for name in row))
            pq.write_table(
                pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]),
                folder / f"p{ending}.parquet",
            )
    (folder / "p.db").unlink()


def _number(value: Any) -> Any:
    return float(value.lower().replace("infinity", "inf")) if value in ("NaN", "Infinity", "-Infinity") else value


def imported(source: Path, home: Home) -> tuple[Report, ProjectStore]:
    report = bring("trackio", [source], home=home)
    assert report.failures == []
    return report, home.project(report.projects[0])


def points(store: ProjectStore, run: str, metric: str) -> list[tuple[int, int, Any]]:
    return [(step, time_ns, value) for _, step, time_ns, value in store.values(run, metric)]


@pytest.mark.parametrize("made", [release_0_0_5, release_0_9, release_0_43, as_parquet])
def test_every_release_left_a_home_that_can_be_read(made: Any, source: Path, home: Home) -> None:
    made(source)
    report, store = imported(source, home)
    run = store.runs()[0]
    assert (store.name, run.name, run.group, run.status, run.created_ns) == ("p", "otter", "g", "finished", T0)
    assert run.config == {"lr": 0.1, "n": {"a": [1, 2]}}
    assert repr(points(store, run.id, "loss")) == repr([(0, T0, 1.0), (1, T0 + S, math.nan)])
    values = {name: points(store, run.id, name)[0][2] for name in ("n", "flag", "note", "nested/a", "up", "down")}
    assert repr(values) == repr({"n": 1, "flag": True, "note": "x", "nested/a": 0.5, "up": math.inf, "down": -math.inf})
    again, store = imported(source, home)
    assert {one.outcome for one in again.runs} == {"unchanged"}
    assert len(store.runs()) == 1
    assert report.notes == {}


def test_the_first_releases_kept_all_projects_in_one_file(source: Path, home: Home) -> None:
    release_0_0_5(source)
    report, _ = imported(source, home)
    assert [(run.project, run.name) for run in report.runs] == [("p", "otter"), ("q", "otter")]
    assert [value for *_, value in points(home.project("q"), report.runs[1].id, "loss")] == [5.0]


def test_ids_system_metrics_and_alerts_come_along(source: Path, home: Home) -> None:
    release_0_43(source)
    _, store = imported(source, home)
    assert store.run("id1").id == "id1"
    assert [(value, time_ns) for _, _, time_ns, value in store.values("id1", "gpu/0", "system")] == [(5.5, T0 + S)]
    [alert] = store.alerts()
    assert (alert.level, alert.title, alert.text, alert.step, alert.time_ns) == (
        "error",
        "Title",
        "text",
        7,
        T0 + 2 * S,
    )


def test_a_run_that_went_on_is_replaced(source: Path, home: Home) -> None:
    release_0_43(source)
    imported(source, home)
    with closing(sqlite3.connect(source / "p.db")) as db, db:
        db.execute(
            "INSERT INTO metrics VALUES (9, 'id1', ?, 'otter', 5, '{\"loss\": 0.25}', 'log9', NULL)", (TIMES[5],)
        )
    report, store = imported(source, home)
    assert [run.outcome for run in report.runs] == ["replaced"]
    assert points(store, "id1", "loss")[-1] == (5, T0 + 5 * S, 0.25)


def test_media_tables_and_traces_come_along(source: Path, home: Home) -> None:
    folder = source / "media" / "p" / "otter" / "0"
    folder.mkdir(parents=True)
    png = _png()
    (folder / "a.png").write_bytes(png)
    (folder / "a.wav").write_bytes(_wav())
    (source / "media" / "p" / "files").mkdir()
    (source / "media" / "p" / "files" / "notes.txt").write_text("saved")
    image = {"_type": "trackio.image", "file_path": "p/otter/0/a.png", "caption": "c"}
    row = {
        "img": image,
        "imgs": [image, image],
        "aud": {"_type": "trackio.audio", "file_path": "p/otter/0/a.wav", "caption": None},
        "tab": {"_type": "trackio.table", "_value": [{"a": 1, "i": image}, {"a": 2, "i": None}]},
        "hist": {"_type": "trackio.histogram", "bins": [0, 1, 2], "values": [3, 4]},
        "md": {"_type": "trackio.markdown", "_value": "# hi"},
        "gone": {"_type": "trackio.image", "file_path": "p/otter/0/b.png", "caption": None},
        "out": {"_type": "trackio.image", "file_path": "../../secret", "caption": None},
        "odd": {"_type": "trackio.new", "x": 1},
        "loss": 0.5,
    }
    messages = json.dumps([{"role": "user", "content": [image]}])
    release_0_43(
        source,
        [
            ("metrics", (7, "id1", TIMES[3], "otter", 3, json.dumps(row), "log7", None)),
            ("traces", ("t1", "id1", TIMES[3], "otter", 3, "tr", None, messages, '{"s": 1}', "", "log7", None, "[]")),
            ("traces", ("t2", "id1", TIMES[4], "otter", 4, "late", 0, "[]", "{}", "", "log8", None, '[{"id": 1}]')),
            ("traces", ("t3", "id1", TIMES[4], "otter", 4, "late", 1, "[]", "{}", "", "log8", None, "[]")),
        ],
    )
    report, store = imported(source, home)
    found = {name: json.loads(points(store, "id1", name)[0][2]) for name in ("img", "imgs", "aud", "tab", "hist", "md")}
    assert (found["img"]["_type"], found["img"]["caption"], found["img"]["width"]) == ("trackio.image", "c", 2)
    assert store.blobs.read(found["img"]["file"]) == png
    assert [one["file"] for one in found["imgs"]["items"]] == [found["img"]["file"]] * 2
    assert (found["aud"]["seconds"], found["aud"]["format"]) == (0.1, "wav")
    cells = json.loads(store.blobs.read(found["tab"]["file"]))
    assert (cells["columns"], cells["data"][0][1]["file"], cells["data"][1]) == (
        ["a", "i"],
        found["img"]["file"],
        [2, None],
    )
    assert found["hist"] == {"_type": "trackio.histogram", "bins": [0, 1, 2], "values": [3, 4]}
    assert found["md"] == {"_type": "trackio.markdown", "_value": "# hi"}
    [(step, _, trace)] = points(store, "id1", "tr")
    body = json.loads(store.blobs.read(json.loads(trace)["file"]))
    assert (step, body["metadata"], body["messages"][0]["content"][0]["file"]) == (3, {"s": 1}, found["img"]["file"])
    [(step, _, late)] = points(store, "id1", "late")
    assert (step, [one["_type"] for one in json.loads(late)["items"]]) == (4, ["trackio.trace"] * 2)
    assert sorted(report.notes) == [
        "gone: its file is missing",
        "odd: the type 'trackio.new' has no like here",
        "out: its file ../../secret lies outside of the run",
    ]
    assert points(store, "id1", "loss")[-1][2] == 0.5
    [saved] = store.events("id1", "file")
    assert (saved["name"], store.blobs.read(saved["file"])) == ("notes.txt", b"saved")


def test_artifacts_of_the_original_come_along(source: Path, home: Home) -> None:
    digest = "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
    blob = source / "artifacts" / "p" / "blobs" / "sha256" / "55" / digest
    blob.parent.mkdir(parents=True)
    blob.write_text("A")
    manifest = [
        {"path": "a.txt", "digest": digest, "size": 1},
        {"path": "b", "ref": "https://example.org/b", "digest": "etag", "size": None},
    ]
    release_0_43(
        source,
        [
            ("artifacts", (1, "ds", "dataset", "about", TIMES[0])),
            ("artifact_versions", (1, 1, 0, "x", json.dumps(manifest), '{"rows": 3}', 1, "id1", "otter", TIMES[1])),
            ("artifact_aliases", (1, "latest", 1)),
            ("artifact_aliases", (1, "best", 1)),
        ],
    )
    _, store = imported(source, home)
    [found] = versions.logged(store, "id1")
    assert (found.source, found.type, found.description, found.metadata) == ("ds", "dataset", "about", {"rows": 3})
    assert (found.aliases, found.file_count, found.created_ns) == (("best", "latest"), 2, T0 + S)
    entries = json.loads(store.blobs.read(found.manifest))["entries"]
    assert store.blobs.read(entries["a.txt"]["file"]) == b"A"
    assert entries["b"]["ref"] == "https://example.org/b"


def test_damage_among_the_names_of_tables_costs_the_file(source: Path, home: Home) -> None:
    release_0_43(source)
    (source / "p.db").write_bytes((source / "p.db").read_bytes().replace(b"AUTOINCREMENT", b"AUTOI\xe4CREMENT"))
    report = bring("trackio", [source], home=home)
    assert ["p.db" in str(failure) for failure in report.failures] == [True]


@pytest.mark.parametrize("name", ["p.db", "p.parquet"])
def test_a_broken_file_costs_itself_and_is_named(name: str, source: Path, home: Home) -> None:
    (source / name).write_bytes(b"nonsense" * 100)
    release_0_9(source / "..")
    (source / ".." / "p.db").rename(source / "q.db")
    report = bring("trackio", [source], home=home)
    [failure] = report.failures
    assert name in str(failure)
    assert [run.project for run in report.runs] == ["q"]


def test_damage_in_the_middle_costs_that_run(source: Path, home: Home) -> None:
    body = json.dumps({"note": "x" * 2000})
    release_0_43(
        source, [("metrics", (at, "id2", TIMES[5], "heron", at, body, f"x{at}", None)) for at in range(10, 200)]
    )
    data = bytearray((source / "p.db").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xff" * 4096
    (source / "p.db").write_bytes(data)
    report = bring("trackio", [source], home=home)
    assert "p.db" in str(report.failures[0])
    assert "heron" not in [run.name for run in report.runs]


def test_a_folder_without_projects_is_wrong_usage(source: Path, home: Home) -> None:
    with pytest.raises(UsageError, match="holds no project"):
        bring("trackio", [source], home=home)


class TestAHomeOfThisTrackio:
    def made(self, monkeypatch: pytest.MonkeyPatch, source: Path) -> str:
        monkeypatch.setenv("TRACKIO_DIR", str(source))
        with trackio.init(project="a/b", name="otter", group="g", tags=["t"], notes="n", config={"lr": 0.1}) as run:
            run.log({"loss": 1.5, "n": 2**60, "flag": True, "note": "x"})
            run.log({"loss": math.nan}, step=7)
            run.log_system({"gpu": 5.5})
            run.record("odd", anything=[1])
            run.record("alert", title="Title", text="text", level="warn", step=7)
            run.summary["best"] = 3
        return str(run.id)

    def test_everything_comes_along(self, source: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        run_id = self.made(monkeypatch, source)
        before, (_, after) = Home(source).project("a/b"), imported(source, home)
        one, other = before.run(run_id), after.run(run_id)
        for name in ("name", "group", "job_type", "tags", "notes", "config", "status", "exit_code", "created_ns",
                     "finished_ns", "row_count", "last_step"):  # fmt: skip
            assert getattr(one, name) == getattr(other, name), name
        assert repr(list(before.rows(run_id))) == repr(list(after.rows(run_id)))
        assert list(before.rows(run_id, "system")) == list(after.rows(run_id, "system"))
        assert before.alerts() == after.alerts()
        assert before.events(run_id, "odd") == after.events(run_id, "odd")
        assert before.own_summary(run_id) == after.own_summary(run_id)
        report, _ = imported(source, home)
        assert [run.outcome for run in report.runs] == ["unchanged"]

    def test_runs_of_one_id_in_two_projects_do_not_take_each_others_place(
        self, source: Path, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRACKIO_DIR", str(source))
        for project in ("p", "q"):
            with trackio.init(project=project, id="baseline") as run:
                run.log({project: 1})
        report = bring("trackio", [source], project="both", home=home)
        assert [one.outcome for one in report.runs] == ["new"]
        assert "another run with the id baseline" in str(report.failures[0])
        assert [metric.name for metric in home.project("both").metrics("baseline")] == ["p"]

    def test_a_run_that_comes_by_two_ways_is_one(
        self, source: Path, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_id = self.made(monkeypatch, source)
        between = Home(tmp_path / "between")
        bring("trackio", [source], home=between)
        assert [one.outcome for one in bring("trackio", [between.path], home=home).runs] == ["new"]
        report = bring("trackio", [source], home=home)
        assert (report.failures, len(home.project("a/b").runs())) == ([], 1)
        assert len(list(home.project("a/b").rows(run_id))) == 2

    def test_the_files_of_media_come_along_those_in_tables_too(
        self, source: Path, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = Home(source).create("p")
        image = store.blobs.put(b"png", ".png")
        cell = {"_type": "trackio.image", "file": image.name, "size": 3}
        table = store.blobs.put(json.dumps({"columns": ["i"], "data": [[cell]]}).encode(), ".table.json")
        gone = "0" * 64 + ".png"
        monkeypatch.setenv("TRACKIO_DIR", str(source))
        with trackio.init(project="p") as run:
            run.log({"tab": json.dumps({"_type": "trackio.table", "file": table.name}, separators=(",", ":"))})
            run.log({"img": json.dumps({"_type": "trackio.image", "file": gone}, separators=(",", ":")), "loss": 1})
            run.record("file", name="a.png", file=image.name, size=3)
        report, after = imported(source, home)
        assert after.blobs.read(table.name) == store.blobs.read(table.name)
        assert after.blobs.read(image.name) == b"png"
        assert report.notes == {"img: its file is missing": 1}
        assert after.events(run.id, "file")[0]["file"] == image.name


def _png() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (2, 3)).save(out, "png")
    return out.getvalue()


def _wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 800)
    return out.getvalue()


def test_links_in_a_home_of_the_original_bring_nothing_in(source: Path, home: Home, tmp_path: Path) -> None:
    release_0_43(source)
    (tmp_path / "secret").write_text("secret")
    files = source / "media" / "p" / "files"
    files.mkdir(parents=True)
    (files / "link").symlink_to(tmp_path / "secret")
    (files / "plain.txt").write_text("plain")
    _, store = imported(source, home)
    assert [store.blobs.read(name) for name in store.blobs.names()] == [b"plain"]


@pytest.mark.parametrize("is_link", [True, False])
def test_what_is_not_what_its_name_says_stays_in_another_home(is_link: bool, home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    other = Home(tmp_path / "other").create("p")
    image = Attachment("image", b"png", ".png")
    record(other, [ImportedRun("r1", "otter", rows=[(0, 1, {"img": image, "loss": 0.5})])])
    path = next(other.blobs.path(name) for name in other.blobs.names())
    path.unlink()
    if is_link:
        path.symlink_to(secret)
    else:
        path.write_text("secret")
    report = bring("trackio", [tmp_path / "other"], home=home)
    [note] = report.notes
    assert note.startswith("img: its file")
    store = home.project("p")
    assert [row[2] for row in store.rows("r1")] == [{"loss": 0.5}]
    assert list(store.blobs.names()) == []
