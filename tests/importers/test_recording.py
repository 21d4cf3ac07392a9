"""Imported runs in the store: equal to what was imported, whole or not at all, and once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackio import references
from trackio.importers.formats import bring
from trackio.importers.imported import Alert, Attachment, Event, ImportedRun, ImportFailed, Inline, Row, Watch
from trackio.importers.recording import record
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.project import ProjectStore

S = 10**9

WORDS = st.text(min_size=1, max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NUMBERS = st.floats() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.text(max_size=8)
STEPS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.integers(0, 2**62)
ROWS = st.lists(st.tuples(STEPS, TIMES, st.dictionaries(st.sampled_from("abcd"), NUMBERS, min_size=1)), max_size=12)
RUNS = st.builds(
    ImportedRun,
    id=st.just("r1"),
    name=WORDS,
    group=st.none() | WORDS,
    config=st.dictionaries(WORDS, JSON, max_size=3),
    rows=ROWS,
    job_type=st.none() | WORDS,
    tags=st.lists(WORDS, max_size=3),
    notes=st.none() | st.text(max_size=9),
    summary=st.dictionaries(WORDS, JSON, max_size=3),
    status=st.sampled_from(["finished", "failed", "crashed"]),
    exit_code=st.none() | st.integers(-9, 9),
    created_ns=st.none() | TIMES,
    finished_ns=st.none() | TIMES,
    system_rows=ROWS,
    alerts=st.lists(st.builds(Alert, TIMES, WORDS, WORDS, st.none() | WORDS, st.none() | STEPS, JSON), max_size=2),
    events=st.lists(st.builds(Event, st.just("custom"), TIMES, st.dictionaries(WORDS, JSON, max_size=2)), max_size=2),
)


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    return Home(tmp_path).create("p")


def mixed(rows: list[Row]) -> list[tuple[int, int, str]]:
    """Rows to compare: truth values among numbers of one metric are kept as numbers."""
    kinds: dict[str, set[type]] = {}
    for _, _, values in rows:
        for name, value in values.items():
            kinds.setdefault(name, set()).add(type(value))

    def shown(name: str, value: Any) -> Any:
        return int(value) if type(value) is bool and kinds[name] != {bool} else value

    return [(step, ns, repr({name: shown(name, values[name]) for name in sorted(values)})) for step, ns, values in rows]


def clean(text: str | None) -> str | None:
    return None if text is None else layout.clean(text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run=RUNS)
def test_any_run_comes_back_equal(run: ImportedRun, tmp_path: Path) -> None:
    store = Home(tmp_path / os.urandom(8).hex()).create("p")
    assert record(store, [run]) == [run]
    found = store.run("r1")
    assert (found.name, found.group, found.job_type) == tuple(map(clean, (run.name, run.group, run.job_type)))
    assert (found.tags, found.notes) == (tuple(map(clean, run.tags)), clean(run.notes))
    assert (found.config, store.own_summary("r1")) == (run.config, run.summary)
    assert (found.status, found.row_count) == (run.status, len(list(run.rows)))
    for rows, kind in ((run.rows, "metric"), (run.system_rows, "system")):
        assert mixed(list(store.rows("r1", kind))) == mixed(list(rows))  # type: ignore[arg-type]
    if run.created_ns is not None:
        assert found.created_ns == run.created_ns
    if run.status != "crashed":
        assert found.exit_code == run.exit_code
        assert run.finished_ns in (None, found.finished_ns)
    alerts = sorted(run.alerts, key=lambda alert: alert.time_ns)
    assert [(a.time_ns, a.title, a.text, a.step, a.data) for a in store.alerts("r1")] == [
        (a.time_ns, clean(a.title), clean(a.text), a.step, a.data) for a in alerts
    ]
    told = [{"event": "custom", "time_ns": event.time_ns, **event.fields} for event in run.events]
    assert store.events("r1", "custom") == told


def test_rows_may_stream_and_tell_of_the_run_as_they_come(store: ProjectStore) -> None:
    run = ImportedRun("r", "early")

    def rows() -> Iterator[Row]:
        yield 0, 5 * S, {"x": 1.0}
        run.config["late"] = 1
        run.name, run.status, run.tags = "late", "failed", ["t"]
        yield 1, 3 * S, {"x": 2.0}

    run.rows = rows
    record(store, [run])
    found = store.run("r")
    assert (found.name, found.status, found.tags, found.config) == ("late", "failed", ("t",), {"late": 1})
    assert (found.created_ns, found.finished_ns) == (5 * S, 5 * S)


def test_media_become_references_and_files(store: ProjectStore, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    rows: list[Row] = [
        (0, S, {"x": 1.0, "i": Attachment("image", path, ".png", {"format": "png"})}),
        (1, S, {"m": Inline("markdown", {"_value": "hi"}), "j": Attachment("image", b"other", ".png")}),
    ]
    record(store, [ImportedRun("r", "r", rows=rows, files=[("w/a.bin", b"saved"), ("b", path)])])
    values = {name: references.decode(value) for _, _, row in store.rows("r") for name, value in row.items()}
    assert values["m"] == {"_type": "trackio.markdown", "_value": "hi"}
    assert [store.blobs.read(values[name]["file"]) for name in "ij"] == [b"picture", b"other"]  # type: ignore[index]
    saved = {event["name"]: store.blobs.read(event["file"]) for event in store.events("r", "file")}
    assert saved == {"w/a.bin": b"saved", "b": b"picture"}


def test_integers_beyond_64_bits_become_floats(store: ProjectStore) -> None:
    record(store, [ImportedRun("r", "r", rows=[(0, S, {"x": 10**30, "ok": 1})])])
    assert [row[2] for row in store.rows("r")] == [{"x": 1e30, "ok": 1}]


def test_a_source_that_has_changed_replaces_its_run(store: ProjectStore) -> None:
    for fingerprint, values, expected in (("1", [1.0], 1), ("1", [9.0], 0), ("2", [1.0, 2.0], 1)):
        rows: list[Row] = [(i, S, {"x": value}) for i, value in enumerate(values)]
        assert len(record(store, [ImportedRun("r", "r", rows=rows, fingerprint=fingerprint)])) == expected
    assert [row[2]["x"] for row in store.rows("r")] == [1.0, 2.0]
    assert len(store.runs()) == 1


def test_a_run_that_was_recorded_otherwise_is_never_replaced(store: ProjectStore) -> None:
    record(store, [ImportedRun("r", "mine", rows=[(0, S, {"x": 1.0})])])
    assert record(store, [ImportedRun("r", "theirs", fingerprint="1")]) == []
    assert store.run("r").name == "mine"


def test_the_name_of_another_run_is_no_id(store: ProjectStore) -> None:
    record(store, [ImportedRun("a", "b")])
    assert len(record(store, [ImportedRun("b", "c")])) == 1


@pytest.mark.parametrize("fault", [ImportFailed("f", "broken"), KeyboardInterrupt(), OSError("gone")])
def test_an_import_that_fails_on_the_way_leaves_nothing(store: ProjectStore, fault: BaseException) -> None:
    def rows() -> Iterator[Row]:
        yield 0, S, {"x": Attachment("image", b"x", ".png")}
        raise fault

    before = sorted(store.directory.rglob("*"))
    with pytest.raises(type(fault)):
        record(store, [ImportedRun("r", "r", rows=rows)])
    left = [path for path in sorted(store.directory.rglob("*")) if path not in before]
    assert [path.name for path in left if "trackio.db" not in path.name] == []
    assert store.runs() == []


KILLED = """
import os, signal, sys
from pathlib import Path
from trackio.importers.imported import Attachment, ImportedRun
from trackio.importers.recording import record
from trackio.store.home import Home

def rows():
    for step in range(100_000):
        yield step, 10**9, {"x": 1.0, "i": Attachment("image", b"a", ".png")} if step < 3 else {"x": 1.0}
    os.kill(os.getpid(), signal.SIGKILL)

record(Home(Path(sys.argv[1])).create("p"), [ImportedRun("r", "r", rows=rows)])
"""


def test_what_a_killed_import_leaves_is_cleared_by_the_next(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    store = Home(tmp_path).project("p")
    store.catch_up()
    assert (store.runs(), list(store.blobs.names())) == ([], [])
    (left,) = store.directory.glob("importing-*")
    os.utime(left, (1, 1))
    record(store, [ImportedRun("r", "r", rows=[(0, S, {"x": 1.0})])])
    assert list(store.directory.glob("importing-*")) == []
    assert store.run("r").row_count == 1


TWICE = """
import sys
from trackio.importers.formats import bring
sys.stdin.read()
print([run.outcome for run in bring("csv", [sys.argv[1]], project="p").runs])
"""


def test_two_imports_of_one_file_at_once_give_one_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("run,x\n" + "".join(f"{step % 7},{step}\n" for step in range(3000)))
    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path / "home")}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TWICE, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=Path(__file__).parents[2],
            text=True,
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdin is not None
        one.stdin.close()
    outcomes = [one.stdout.read() for one in both if one.stdout is not None]
    assert [one.wait() for one in both] == [0, 0]
    for one in both:
        assert one.stdout is not None
        one.stdout.close()
    assert sum(text.count("new") for text in outcomes) == 7
    runs = Home(tmp_path / "home").project("p").runs()
    assert sorted(run.row_count for run in runs) == [428, 428, 428, 429, 429, 429, 429]


def test_each_broken_file_costs_itself_and_projects_are_made_for_runs_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("x\n1,2\n")
    watch = Watch()
    report = bring("csv", [bad, tmp_path / "none.csv"], home=home, watch=watch)
    assert ([error.path for error in report.failures], home.projects()) == ([bad, tmp_path / "none.csv"], [])
    assert watch.failures is report.failures
    good.write_text("x\n1\n")
    report = bring("csv", [bad, good], home=home)
    assert [(run.project, run.name, run.row_count, run.outcome) for run in report.runs] == [("bad", "good", 1, "new")]
    assert list(home.path.glob("importing-*")) == []
