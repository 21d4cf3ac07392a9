"""Journals with a mark: folded as any other, and kept until the mark goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.journals import GONE, Written
from trackio.store import outbox
from trackio.store.project import ProjectStore


def marked(project: ProjectStore, journal: Path, run: str = "r", url: str = "http://127.0.0.1:1") -> outbox.Mark:
    mark = outbox.Mark(outbox.place(project.directory, journal.name), url, project.name, run)
    mark.write()
    return mark


def test_a_mark_says_what_was_said() -> None:
    mark = outbox.Mark(Path("/h/p/outbox/r.w.journal.json"), "u", "p", "r", "a/b")
    assert mark.journal == Path("/h/p/journals/r.w.journal")
    assert mark.directory == Path("/h/p")


def test_marks_are_found_oldest_first_and_bad_ones_left_out(project: ProjectStore) -> None:
    assert outbox.marks(project.directory) == []
    written = [marked(project, Path(f"{name}.w.journal"), name) for name in ("b", "a")]
    for text in ("", "[]", "null", '{"url": 1, "project": "p", "run": "r"}', '{"url": "u"}'):
        outbox.place(project.directory, f"bad{len(text)}.journal").write_text(text)
    assert {mark.run: mark for mark in outbox.marks(project.directory)} == {mark.run: mark for mark in written}
    assert len(outbox.names(project.directory)) == 7


@pytest.mark.parametrize("end", ["closed", "gone"])
def test_a_journal_with_a_mark_is_folded_and_stays_until_the_mark_goes(project: ProjectStore, end: str) -> None:
    written = Written(project, writer=GONE if end == "gone" else None).rows(range(3))
    mark = marked(project, written.path)
    if end == "closed":
        written.finish()
    before = written.path.read_bytes()
    project.fold()
    assert len(project.values("r", "loss")) == 3
    assert written.path.read_bytes() == before
    mark.remove()
    project.fold()
    assert not written.path.exists()
    assert len(project.values("r", "loss")) == 3


def test_a_kept_journal_is_no_work_for_readers(project: ProjectStore) -> None:
    written = Written(project).rows(range(3)).finish()
    marked(project, written.path)
    project.fold()
    project.path.chmod(0o444)
    revision = project.revision()
    # A fold that has something to do opens the database to write.
    changed_ns = project.path.stat().st_mtime_ns
    project.fold()
    assert (project.revision(), project.path.stat().st_mtime_ns) == (revision, changed_ns)


def test_a_journal_beside_a_kept_one_is_folded(project: ProjectStore) -> None:
    marked(project, Written(project, "kept").rows([0]).finish().path)
    project.fold()
    Written(project, "next").rows([0, 1]).finish()
    project.fold()
    assert len(project.values("next", "loss")) == 2
    assert len(project.values("kept", "loss")) == 1


def test_a_run_that_is_deleted_is_sent_no_more(project: ProjectStore) -> None:
    written = Written(project).rows([0]).finish()
    marked(project, written.path)
    project.fold()
    project.delete_run("r")
    assert outbox.marks(project.directory) == []
    assert not written.path.exists()
    assert project.runs() == []
