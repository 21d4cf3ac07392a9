"""Whether two projects hold the same."""

from __future__ import annotations

import json
from dataclasses import astuple, replace
from typing import Any

from trackio import references
from trackio.importers.kept import files
from trackio.store import versions
from trackio.store.project import ProjectStore

IDENTITY = ("id", "name", "group", "job_type", "tags", "notes", "config", "status", "exit_code", "created_ns",
            "finished_ns", "row_count", "last_step")  # fmt: skip


def assert_same(one: ProjectStore, other: ProjectStore) -> None:
    """Everything that was recorded is the same, to the last bit and file."""
    assert [run.id for run in one.runs()] == [run.id for run in other.runs()]
    for run in one.runs():
        found = other.run(run.id)
        for name in IDENTITY:
            assert getattr(run, name) == getattr(found, name), name
        assert repr(list(one.rows(run.id))) == repr(list(other.rows(run.id)))
        assert repr(list(one.rows(run.id, "system"))) == repr(list(other.rows(run.id, "system")))
        assert one.own_summary(run.id) == other.own_summary(run.id)
        assert one.definitions(run.id) == other.definitions(run.id)
        assert one.events(run.id, "odd") == other.events(run.id, "odd")
        assert measured(one, run.id) == measured(other, run.id)
        assert _artifacts(one, run.id) == _artifacts(other, run.id)
        assert [version.digest for version in versions.used(one, run.id)] == [
            version.digest for version in versions.used(other, run.id)
        ]
        for _, _, values in one.rows(run.id):
            for value in values.values():
                for name in files(references.decode(value), one.blobs):
                    assert other.blobs.read(name) == one.blobs.read(name)
    assert one.alerts() == other.alerts()


def measured(store: ProjectStore, run: str) -> list[Any]:
    """What was measured for a run, with its arrays as text."""
    return [
        replace(one, readings=tuple(str([column.tolist() for column in astuple(part)]) for part in one.readings))  # type: ignore[misc]
        for one in store.measurements(run)
    ]


def _artifacts(store: ProjectStore, run: str) -> list[Any]:
    return [
        (
            version.source,
            version.type,
            version.digest,
            version.aliases,
            version.metadata,
            version.created_ns,
            json.loads(store.blobs.read(version.manifest)),
            [
                store.blobs.read(entry["file"])
                for entry in json.loads(store.blobs.read(version.manifest))["entries"].values()
            ],
        )
        for version in versions.logged(store, run)
    ]
