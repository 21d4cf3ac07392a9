"""Deleting versions and runs, and the files that go with them."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.artifacts.conftest import Made, tree
from trackio.errors import ArtifactNotLogged, UnknownArtifact, UsageError
from trackio.references import encode
from trackio.store import garbage
from trackio.store.project import ProjectStore
from trackio.tracking.run import Run


def test_a_deleted_version_takes_the_files_with_it_that_no_other_has(project: ProjectStore, made: Made) -> None:
    with trackio.init(project="p") as run:
        first, second = run.log_artifact(made(a="shared", b="own")), run.log_artifact(made(a="shared", c="kept"))
    first.delete()
    assert tree(second.download()) == {"a": "shared", "c": "kept"}
    assert len(list(project.blobs.names())) == 3
    assert first.state == "DELETED"
    with pytest.raises(ArtifactNotLogged):
        first.download()
    with pytest.raises(UnknownArtifact):
        trackio.Api().artifact("p/data:v0")


def test_numbers_are_not_given_again_and_latest_goes_back(run: Run, made: Made) -> None:
    run.log_artifact(made(a="1"))
    run.log_artifact(made(a="2")).wait().delete()
    assert run.use_artifact("data:latest").version == "v0"
    assert run.log_artifact(made(a="2")).version == "v2"


def test_a_version_with_aliases_is_deleted_only_with_them(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(a="1"), aliases=["best"]).wait()
    with pytest.raises(UsageError, match="best"):
        artifact.delete()
    artifact.delete(delete_aliases=True)
    assert trackio.Api().project("p").artifacts() == []


def test_artifacts_outlive_their_run_and_its_own_files_do_not(project: ProjectStore, made: Made) -> None:
    Path("log.txt").write_text("text")
    with trackio.init(project="p") as run:
        artifact = run.log_artifact(made(a="1"))
        run.save("log.txt")
    assert len(list(project.blobs.names())) == 3
    project.delete_run(run.id)
    found = trackio.Api().artifact("p/data")
    assert tree(found.download()) == {"a": "1"}
    assert found.logged_by() is None
    assert found.used_by() == []
    assert len(list(project.blobs.names())) == 2
    assert artifact.version == "v0"


def test_files_in_rows_tables_and_summaries_are_not_left_over(run: Run, project: ProjectStore) -> None:
    inner = project.blobs.put(b"inner", ".png").name
    cells = [[{"_type": "trackio.image", "file": inner}]]
    table = project.blobs.put(json.dumps({"columns": ["a"], "data": cells}).encode(), ".table.json").name
    summed = project.blobs.put(b"summed").name
    left = project.blobs.put(b"left").name
    run.log({"table": encode({"_type": "trackio.table", "file": table}), "text": "no reference"})
    run.summary["image"] = {"_type": "trackio.image", "file": summed}
    run.finish()
    garbage.collect(project)
    assert set(project.blobs.names()) == {inner, table, summed}
    assert left not in garbage.referenced(project)


def test_while_a_run_goes_on_only_what_is_old_is_removed(run: Run, project: ProjectStore) -> None:
    new, old = project.blobs.put(b"new").name, project.blobs.put(b"old").name
    os.utime(project.blobs.path(old), (1, 1))
    run.log({"loss": 1.0})
    garbage.collect(project)
    assert list(project.blobs.names()) == [new]
    os.utime(project.blobs.path(new), (1, 1))
    project.blobs.put(b"new")
    garbage.collect(project)
    assert list(project.blobs.names()) == [new]


class _Busy(ProjectStore):
    """A project to which another process logs while this one looks at it."""

    def query(self, *args: Any, **options: Any) -> Any:
        self.blobs.put(b"of a run that has just begun")
        return super().query(*args, **options)


def test_what_a_run_stores_while_files_are_removed_stays(project: ProjectStore) -> None:
    trackio.init(project="p").finish()
    left = project.blobs.put(b"left").name
    garbage.collect(_Busy("p", project.directory))
    assert list(project.blobs.names()) != []
    assert left not in set(project.blobs.names())


def test_many_may_remove_files_at_once(project: ProjectStore) -> None:
    trackio.init(project="p").finish()
    for number in range(100):
        project.blobs.put(str(number).encode())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: garbage.collect(ProjectStore("p", project.directory)), range(8)))
    assert list(project.blobs.names()) == []


def test_nothing_is_removed_while_a_manifest_cannot_be_read(project: ProjectStore, made: Made) -> None:
    with trackio.init(project="p") as run:
        artifact = run.log_artifact(made(a="1"))
    project.blobs.path(artifact.manifest_file).write_text("damaged")
    before = list(project.blobs.names())
    project.blobs.put(b"left")
    garbage.collect(project)
    assert set(before) < set(project.blobs.names())
