"""However rows, late values and folds interleave, the same points come out."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackio import journal
from trackio.journal import TICKET
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.liveness import identity
from trackio.store.project import ProjectStore

NAMES = ("a", "b", "c")
CODES = {float: "d", int: "q", bool: "?", str: "s"}

values = st.one_of(
    st.floats(-10, 10),
    st.just(math.nan),
    st.integers(-5, 5),
    st.booleans(),
    st.sampled_from(["", "text", '{"_type":"trackio.image"}']),
)
cells = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)

actions = st.one_of(
    # Values at once, and two loads of values that come later.
    st.tuples(st.just("row"), st.integers(0, 2), cells, cells, cells),
    # One of those that are on their way arrives.
    st.tuples(st.just("arrive"), st.integers(0, 2), st.integers(0, 5)),
    # What is written reaches the disk up to some byte, and somebody folds.
    st.tuples(st.just("fold"), st.integers(0, 2), st.integers(0, 400)),
)


@dataclass
class Writer:
    """A process that logs into the run, and what it has logged by step; steps are its own."""

    path: Path
    number: int
    data: bytes = b""
    on_disk: int = 0
    shapes: dict[Any, journal.Schema] = field(default_factory=dict)
    tickets: int = 0
    waiting: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    logged: dict[int, dict[str, Any]] = field(default_factory=dict)

    def row(self, kind: journal.RowKind, step: int, pairs: list[tuple[str, Any]]) -> None:
        names, codes = tuple(name for name, _ in pairs), "".join(CODES[type(value)] for _, value in pairs)
        shape = self.shapes.get((kind, names, codes))
        if shape is None:
            shape = self.shapes[kind, names, codes] = journal.Schema(len(self.shapes), names, codes, kind)
            self.data += journal.frame(journal.SCHEMA, shape.payload()) * 2
        packed = shape.pack(shape.id, step, len(self.data), *[value for _, value in pairs])
        self.data += journal.frame(journal.ROW, packed)

    def log(self, now: dict[str, Any], *later: dict[str, Any]) -> None:
        step = self.number * 1000 + len(self.logged)
        taken = set(now)
        pairs: list[tuple[str, Any]] = []
        loads = []
        for load in later:
            own = {name: value for name, value in load.items() if name not in taken}
            taken.update(own)
            if own:
                self.tickets += 1
                pairs.append((TICKET, self.tickets))
                loads.append((self.tickets, step, own))
        pairs += now.items()
        if pairs:
            self.row("metric", step, pairs)
            self.waiting += loads
            self.logged[step] = dict(now)

    def arrive(self, place: int) -> None:
        if self.waiting:
            ticket, step, load = self.waiting.pop(place % len(self.waiting))
            self.row("late", 0, [(TICKET, ticket), *load.items()])
            self.logged[step].update(load)

    def flush(self, most: int) -> None:
        with self.path.open("ab") as file:
            file.write(self.data[self.on_disk : self.on_disk + most])
        self.on_disk = min(len(self.data), self.on_disk + most)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(actions, max_size=40), st.booleans())
def test_the_points_do_not_depend_on_when_values_come_and_who_folds(
    script: list[Any], everything_arrives: bool
) -> None:
    with tempfile.TemporaryDirectory() as home:
        project = Home(Path(home)).create("demo")
        writers = [_writer(project, number) for number in range(3)]
        for action, number, *details in script:
            writer = writers[number]
            if action == "row":
                writer.log(*details)
            elif action == "arrive":
                writer.arrive(*details)
            else:
                writer.flush(*details)
                project.fold(most_bytes=200)
        for writer in writers:
            while everything_arrives and writer.waiting:
                writer.arrive(0)
            writer.data += journal.frame(journal.EVENT, journal.event("finish", 1))
            writer.flush(len(writer.data))
        project.fold()
        _check(project, writers)


def _check(project: ProjectStore, writers: list[Writer]) -> None:
    expected = {step: row for writer in writers for step, row in writer.logged.items()}
    assert project.runs()[0].row_count == len(expected)
    rows: dict[int, int] = {}
    for name in NAMES:
        found = project.values("r", name)
        assert [row for row, *_ in found] == sorted({row for row, *_ in found})
        kept = {step: value for _, step, _, value in found}
        logged = {step: row[name] for step, row in expected.items() if name in row}
        assert kept.keys() == logged.keys()
        for row, step, _, _ in found:
            assert rows.setdefault(step, row) == row
            assert _same(kept[step], logged[step])
        _check_metric(project, name, found)
    for writer in writers:
        own = [rows[step] for step in writer.logged if step in rows]
        assert own == sorted(own)
    assert project.query("SELECT (SELECT count(*) FROM tickets) + (SELECT count(*) FROM journal_schemas)")[1] == [(0,)]
    assert project.damaged_bytes() == 0


def _check_metric(project: ProjectStore, name: str, found: list[tuple[int, int, int, Any]]) -> None:
    metric = next((metric for metric in project.metrics("r") if metric.name == name), None)
    if metric is None:
        assert not found
        return
    finite = [float(value) for *_, value in found if not isinstance(value, str) and math.isfinite(value)]
    assert metric.count == len(found)
    assert (metric.first_step, metric.last_step) == (found[0][1], found[-1][1])
    assert _same(metric.last, found[-1][3])
    assert (metric.minimum, metric.maximum) == ((min(finite), max(finite)) if finite else (None, None))


def _same(one: Any, other: Any) -> bool:
    # The type of a whole metric tells a bool from a number, so among numbers True is 1.
    return one == other or str(one) == str(other) == "nan"


def _writer(project: ProjectStore, number: int) -> Writer:
    header = {
        "format": journal.FORMAT,
        "run": "r",
        "project": "demo",
        "created_ns": number + 1,
        "writer": {**identity(), "thread": number},
    }
    path = layout.journal(project.directory, "r", f"w{number}")
    return Writer(path, number, journal.frame(journal.HEADER, journal.encode(header)) * 2)
