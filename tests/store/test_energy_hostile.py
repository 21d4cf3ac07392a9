"""Energy events that are damaged, late, doubled or cut off cost themselves and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from tests.exporters.same import measured
from tests.store.journals import Written
from trackio import consumption, journal
from trackio.store import edits
from trackio.store.energy import TAKERS
from trackio.store.home import Home
from trackio.store.project import ProjectStore

BEGIN: Mapping[str, Any] = {"session": "s", "boot": "b", "clock_ns": 0, "devices": [dict(H200), dict(PACKAGE)]}


def sample(second: int, *, session: str = "s") -> dict[str, Any]:
    rows = [[0, second * 300_000, 300_000, 97.0], [1, second * 90_000, None, None]]
    return {"session": session, "clock_ns": second * 10**9, "rows": rows}


def sound() -> list[tuple[str, dict[str, Any]]]:
    noted = {"session": "s", "device": 0, "note": "shared"}
    samples = [("energy", sample(second)) for second in range(6)]
    return [
        ("energy_begin", dict(BEGIN)),
        *samples,
        ("energy_note", noted),
        ("energy_end", {"session": "s", "clock_ns": 5 * 10**9}),
    ]


def frames(events: list[tuple[str, dict[str, Any]]]) -> list[bytes]:
    return [
        journal.frame(journal.EVENT, journal.event(name, 10**18 + number, **fields))
        for number, (name, fields) in enumerate(events)
    ]


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_a_bit_that_flips_costs_at_most_one_record(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    project = Home(tmp_path_factory.mktemp("home")).create("demo")
    data = bytearray(b"".join(frames(sound())))
    data[place % len(data)] ^= 1 << bit
    Written(project, "r", writer={"edited": True}).add(bytes(data)).finish()
    project.fold()
    assert project.run("r").status == "finished"
    found = project.measurements("r")
    if found:
        assert len(found[0].readings[0].clock_ns) >= 5
    else:
        # What began the session is gone, and what it measured is kept for whoever can make sense of it.
        assert len(project.events("r", "energy")) == 6


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_event_stops_the_fold_or_its_readers(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    project = Home(tmp_path_factory.mktemp("home")).create("demo")
    events = sound()
    for _, fields in events:
        for field in data.draw(st.lists(st.sampled_from(sorted(fields)), max_size=1)):
            fields[field] = data.draw(JSON)
    edits.edit(project, "r", [*events, ("summary", {"values": {"after": 1}})])
    assert project.own_summary("r") == {"after": 1}
    found = measured(project, "r")
    consumption.run_energy(project, "r")
    kept = project.query("SELECT count(*) FROM events")[1][0][0]
    assert kept <= len(events)
    other = Home(tmp_path_factory.mktemp("other")).create("demo")
    told = list(project.energy_events("r"))
    edits.edit(other, "r", [])
    path = Written(other, "r", writer={"edited": True}, name="copy")
    for event in told:
        path.add(journal.frame(journal.EVENT, journal.encode(event)))
    other.fold()
    assert measured(other, "r") == found


def test_a_sample_of_a_session_that_is_unknown_is_kept_among_the_events(project: ProjectStore) -> None:
    edits.edit(project, "r", [("energy", sample(1, session="lost")), ("energy_begin", BEGIN), ("energy", sample(2))])
    (kept,) = project.events("r", "energy")
    assert kept["session"] == "lost"
    assert project.query("SELECT count(*) FROM energy_samples")[1] == [(2,)]


def test_a_session_of_another_run_is_not_added_to(project: ProjectStore) -> None:
    edits.edit(project, "a", [("energy_begin", BEGIN), ("energy", sample(1))])
    edits.edit(project, "b", [("energy", sample(2)), ("energy_end", {"session": "s", "clock_ns": 9})])
    assert project.measurements("b") == []
    assert project.query("SELECT clock_ns FROM energy_samples")[1] == [(10**9,)] * 2
    assert not project.measurements("a")[0].is_ended


def test_two_writers_with_one_session_make_one_with_every_reading_once(project: ProjectStore) -> None:
    events = sound()
    for name, own in (("one", events[:5]), ("two", events[:1] + events[3:])):
        Written(project, "r", writer={"edited": True}, name=name).add(b"".join(frames(own))).event("close")
    project.fold()
    (found,) = project.measurements("r")
    assert found.readings[0].clock_ns.tolist() == [second * 10**9 for second in range(6)]


@pytest.mark.parametrize("other", [{"boot": "another"}, {"devices": [dict(H200)]}], ids=str)
def test_what_begins_a_session_elsewhere_again_is_kept_among_the_events(
    project: ProjectStore, other: dict[str, Any]
) -> None:
    edits.edit(project, "r", [("energy_begin", BEGIN), ("energy_begin", BEGIN), ("energy_begin", {**BEGIN, **other})])
    (found,) = project.measurements("r")
    assert (found.boot, len(found.devices)) == ("b", 2)
    (kept,) = project.events("r", "energy_begin")
    assert {name: kept[name] for name in other} == other


def test_a_journal_that_is_folded_piece_by_piece_gives_every_reading_once(project: ProjectStore) -> None:
    data = b"".join(frames(sound()))
    path = Written(project, "r", writer={"edited": True})
    for at in range(0, len(data), 97):
        path.add(data[at : at + 97])
        project.fold()
    path.finish()
    project.fold()
    whole = Home(project.directory.parents[1] / "other").create("demo")
    Written(whole, "r", writer={"edited": True}).add(data).finish()
    whole.fold()
    assert measured(project, "r") == measured(whole, "r")


KILLED = """
import signal, sys
from tests.energy.recorded import H200
from trackio import journal
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.liveness import identity

project = Home(sys.argv[1]).create("demo")
path = layout.journal(project.directory, "r", "w")
path.parent.mkdir(parents=True, exist_ok=True)
with path.open("ab", buffering=0) as file:
    file.write(journal.header("r", "demo", 10**18, identity()))
    begin = {"session": "s", "boot": "b", "clock_ns": 0, "devices": [dict(H200)]}
    file.write(journal.frame(journal.EVENT, journal.event("energy_begin", 10**18, **begin)))
    for second in range(101):
        rows = [[0, second * 300_000, 300_000, None]]
        event = journal.event("energy", 10**18 + second, session="s", clock_ns=second * 10**9, rows=rows)
        frame = journal.frame(journal.EVENT, event)
        file.write(frame if second < 100 else frame[:40])
    print("in the middle of a record", flush=True)
    signal.pause()
"""


def test_a_process_that_is_killed_keeps_every_reading_it_wrote(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle of a record\n"
        project = Home(tmp_path).project("demo")
        project.fold()
        process.send_signal(signal.SIGKILL)
        process.wait()
    project.fold()
    (found,) = project.measurements("r")
    assert project.run("r").status == "crashed"
    assert found.readings[0].clock_ns.tolist() == [second * 10**9 for second in range(100)]
    assert (found.is_ended, found.session.end_ns) == (False, 99 * 10**9)


def test_readers_in_the_middle_of_a_fold_see_whole_samples(project: ProjectStore) -> None:
    path = Written(project, "r", writer={"edited": True}).add(frames(sound())[0])
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for one in project.measurements("r"):
                lengths = {len(part.clock_ns) for part in one.readings}
                torn.extend(lengths if len(lengths) > 1 else ())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for start in range(0, 400, 20):
            path.add(b"".join(frames([("energy", sample(second)) for second in range(start, start + 20)])))
            project.fold()
    finally:
        done.set()
        reader.join()
    assert torn == []


def test_energy_is_no_event_among_others(project: ProjectStore) -> None:
    Recorded(project, "r").session([(H200, steady(3, 300))], marks=[(1, "m")]).write()
    assert [event for name in TAKERS for event in project.events("r", name)] == []
    assert project.query("SELECT count(*) FROM events")[1] == [(0,)]


def test_measurements_are_read_in_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    project = Home(tmp_path / "home").create("demo")
    Recorded(project, "r").session([(H200, steady(3, 300))]).write()
    expected = measured(project, "r")
    folder = project.directory
    # Root may write anyway: SQLite then opens as ever, which is the same to the reader.
    folder.chmod(0o555)
    try:
        assert measured(project, "r") == expected
        assert len(list(project.energy_events("r"))) == 6
    finally:
        folder.chmod(0o755)
