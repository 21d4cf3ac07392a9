"""Values that come after their row stand at its place, whenever they come and whoever folds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.journals import GONE, Written
from trackio import journal
from trackio.journal import TICKET
from trackio.store.project import ProjectStore


def test_a_late_value_stands_at_the_place_of_its_row(project: ProjectStore) -> None:
    written = Written(project).row(3, lr=0.1, **{TICKET: 1}).row(4, lr=0.2, loss=4.0)
    time_ns = project_values(project, "lr")[0][2]
    written.late(1, loss=3.0, note="x")
    assert project_values(project, "loss") == [(0, 3, time_ns, 3.0), (1, 4, time_ns + 2 * 10**9, 4.0)]
    assert project_values(project, "note") == [(0, 3, time_ns, "x")]


def test_a_late_row_is_no_row_of_the_run(project: ProjectStore) -> None:
    Written(project).row(3, **{TICKET: 1}).late(1, loss=3.0).row(4, loss=4.0)
    project.catch_up()
    (run,) = project.runs()
    assert (run.row_count, run.last_step) == (2, 4)
    assert [metric.name for metric in project.metrics("r")] == ["loss"]
    assert [row for row, *_ in project.values("r", "loss")] == [0, 1]


def test_the_first_and_last_value_are_by_row_and_not_by_arrival(project: ProjectStore) -> None:
    written = Written(project).row(0, **{TICKET: 1}).row(1, loss=1.0).row(2, **{TICKET: 2}).row(3, loss=3.0)
    for ticket, value in ((2, 2.0), (1, 0.0)):
        project.catch_up()
        written.late(ticket, loss=value)
    project.catch_up()
    (loss,) = project.metrics("r")
    assert (loss.count, loss.first_step, loss.last_step, loss.last) == (4, 0, 3, 3.0)
    assert (loss.minimum, loss.maximum) == (0.0, 3.0)


def test_one_row_may_wait_for_several_others(project: ProjectStore) -> None:
    shape = journal.Schema(0, [TICKET, "lr", TICKET], "qdq")
    written = Written(project).add(journal.frame(journal.SCHEMA, shape.payload()) * 2)
    written.add(journal.frame(journal.ROW, shape.pack(0, 5, 0, 1, 0.1, 2)))
    other = Written(project, "other")
    other.row(0, loss=1.0)
    written._shapes["taken",] = shape
    written.late(2, picture="p")
    project.catch_up()
    written.late(1, loss=3.0)
    assert project_values(project, "loss")[0][:2] == project_values(project, "picture")[0][:2] == (0, 5)


def test_metrics_of_the_machine_may_be_late_too(project: ProjectStore) -> None:
    Written(project).row(3, "system", power=1.0, **{TICKET: 1}).late(1, heat=2.0)
    project.catch_up()
    assert project.metrics("r") == []
    assert [value[:2] for value in project.values("r", "heat", "system")] == [(0, 3)]


STRAY: list[Any] = [
    pytest.param(lambda w: w.late(99, loss=9.0), id="a ticket that was never issued"),
    pytest.param(lambda w: w.late(1, loss=3.0), id="a late row twice"),
    pytest.param(lambda w: w.late(1, loss=8.0), id="another for the same ticket"),
    pytest.param(lambda w: w.late(2, lr=8.0), id="a value that the row has"),
    pytest.param(lambda w: w.late(-(1 << 63)), id="a late row without values"),
]


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("folds_between", [False, True])
def test_nothing_raises_and_nothing_doubles(stray: Any, folds_between: bool, project: ProjectStore) -> None:
    written = Written(project).row(3, lr=0.1, **{TICKET: 1}).row(4, lr=0.2, **{TICKET: 2})
    for write in (lambda w: w.late(1, loss=3.0), stray, lambda w: w.row(5, lr=0.3)):
        if folds_between:
            project.catch_up()
        write(written)
    written.finish()
    assert [value for *_, value in project_values(project, "loss")] == [3.0]
    assert [value for *_, value in project_values(project, "lr")] == [0.1, 0.2, 0.3]
    assert {metric.name: metric.count for metric in project.metrics("r")} == {"lr": 3, "loss": 1}
    assert project.damaged_bytes() == 0


def test_of_many_late_values_those_that_a_row_has_are_passed_over(project: ProjectStore) -> None:
    written = Written(project)
    for step in range(500):
        written.row(step, **{TICKET: step}, **({"loss": 0.5} if step == 250 else {}))
    for ticket in range(500):
        written.late(ticket, loss=float(ticket))
    found = project_values(project, "loss")
    assert [value for *_, value in found] == [0.5 if step == 250 else float(step) for step in range(500)]
    (loss,) = project.metrics("r")
    assert (loss.count, loss.last, loss.maximum) == (500, 499.0, 499.0)


def test_a_ticket_issued_twice_is_the_first_rows(project: ProjectStore) -> None:
    Written(project).row(3, **{TICKET: 1}).row(4, **{TICKET: 1}).late(1, loss=3.0).late(1, loss=4.0)
    assert [(row, value) for row, _, _, value in project_values(project, "loss")] == [(0, 3.0)]


def test_a_row_that_was_damaged_costs_its_late_values_and_no_more(project: ProjectStore) -> None:
    written = Written(project).row(3, lr=0.1, **{TICKET: 1})
    written.row(4, lr=0.2, **{TICKET: 2})
    data = bytearray(written.path.read_bytes())
    data[-1] ^= 0xFF
    written.path.write_bytes(data)
    written.late(2, loss=4.0).late(1, loss=3.0).finish()
    assert [value for *_, value in project_values(project, "loss")] == [3.0]


@pytest.mark.parametrize("end", ["killed", "finished"])
def test_values_that_never_come_leave_the_row_and_no_ticket(end: str, project: ProjectStore) -> None:
    written = Written(project, writer=GONE if end == "killed" else None)
    written.row(3, lr=0.1, **{TICKET: 1}).row(4, **{TICKET: 2})
    if end == "finished":
        project.catch_up()
        written.finish()
    assert [value for *_, value in project_values(project, "lr")] == [0.1]
    assert project.runs()[0].row_count == 2
    assert project.query("SELECT count(*) FROM tickets")[1] == [(0,)]
    # The row without any value, whose step nobody knows any more.
    assert [list(values) for values in _snapshot(project)] == [[0, 3, 0.1], [1, None, None]]


def test_a_journal_of_format_1_is_read_as_ever(project: ProjectStore) -> None:
    shape = journal.Schema(0, ["loss"], "d")
    header = {"format": 1, "run": "old", "project": "demo", "created_ns": 1, "writer": GONE}
    data = journal.frame(journal.HEADER, journal.encode(header)) * 2
    data += journal.frame(journal.SCHEMA, shape.payload()) + journal.frame(journal.ROW, shape.pack(0, 7, 1, 0.5))
    Written(project).path.with_name("old.w.journal").write_bytes(data)
    project.catch_up()
    assert project.values("old", "loss") == [(0, 7, 1, 0.5)]


def test_the_snapshot_holds_late_values_in_their_rows(project: ProjectStore) -> None:
    written = Written(project).row(3, lr=0.1, **{TICKET: 1}).row(4, lr=0.2)
    written.finish()
    _snapshot(project)
    more = Written(project, name="more").row(5, **{TICKET: 1})
    _snapshot(project)
    more.late(1, lr=0.3).finish()
    assert [list(values) for values in _snapshot(project)] == [[0, 3, 0.1], [1, 4, 0.2], [2, 5, 0.3]]
    assert project.series("r")["lr"].step.tolist() == [3, 4, 5]


def project_values(project: ProjectStore, metric: str) -> list[tuple[int, int, int, Any]]:
    project.catch_up()
    return project.values("r", metric)


def _snapshot(project: ProjectStore) -> Any:
    import pyarrow.parquet as pq

    project.catch_up()
    table = pq.read_table(project.seal("r"))
    return zip(*[table.column(name).to_pylist() for name in ("row", "step", "lr")], strict=True)
