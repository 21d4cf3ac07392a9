"""Events about artifacts become versions exactly once, whatever the journal holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.store.journals import Written
from trackio.errors import UnknownArtifact
from trackio.store import versions
from trackio.store.project import ProjectStore

ONE, TWO = "1" * 64, "2" * 64


def event(**changes: Any) -> dict[str, Any]:
    fields = {"name": "data", "type": "dataset", "digest": ONE, "manifest": ONE, "size": 1, "file_count": 1}
    return {**fields, "metadata": {}, "aliases": [], "tags": [], **changes}


def found(project: ProjectStore) -> list[tuple[str, int, str, tuple[str, ...]]]:
    project.catch_up()
    return [
        (one.name, record.version, record.digest, record.aliases)
        for one in versions.collections(project)
        for record in versions.versions(project, one.name)
    ]


def test_versions_are_numbered_in_the_order_of_the_fold(project: ProjectStore) -> None:
    Written(project, "a", created_ns=1, name="w1").event("artifact", **event(aliases=["best"]))
    Written(project, "b", created_ns=2, name="w2").event("artifact", **event(digest=TWO))
    assert found(project) == [("data", 0, ONE, ("best",)), ("data", 1, TWO, ("latest",))]


def test_a_journal_that_is_folded_twice_gives_one_version(project: ProjectStore) -> None:
    written = Written(project).event("artifact", **event()).finish()
    kept = written.path.read_bytes()
    project.catch_up()
    written.path.write_bytes(kept)
    assert found(project) == [("data", 0, ONE, ("latest",))]


HOSTILE = [
    {"name": "../data"},
    {"name": ".."},
    {"name": ""},
    {"name": None},
    {"name": "x" * 129},
    {"type": None},
    {"type": ""},
    {"digest": "short"},
    {"digest": None},
    {"manifest": "../../etc/passwd"},
    {"size": -1},
    {"size": 1 << 70},
    {"size": True},
    {"file_count": "1"},
    {"metadata": []},
    {"aliases": "best"},
    {"aliases": [1]},
    {"tags": [None]},
    {"parts": [{}]},
]


@pytest.mark.parametrize("changes", HOSTILE)
def test_an_event_of_another_form_is_kept_whole_among_the_events(
    changes: dict[str, Any], project: ProjectStore
) -> None:
    Written(project).event("artifact", **event(**changes))
    assert found(project) == []
    (kept,) = project.events("r", "artifact")
    assert {name: kept[name] for name in changes} == changes


def test_another_type_than_the_collection_has_is_kept_aside(project: ProjectStore) -> None:
    Written(project).event("artifact", **event()).event("artifact", **event(type="model", digest=TWO))
    assert found(project) == [("data", 0, ONE, ("latest",))]
    assert [kept["type"] for kept in project.events("r", "artifact")] == ["model"]


def test_aliases_that_can_be_none_are_left_out(project: ProjectStore) -> None:
    Written(project).event("artifact", **event(aliases=["a/b", "v7", "", "good", "x" * 200]))
    assert found(project) == [("data", 0, ONE, ("good", "latest"))]


def test_what_a_run_used_is_noted_and_what_is_unknown_is_kept(project: ProjectStore) -> None:
    written = Written(project).event("artifact", **event())
    for fields in ({"name": "data", "version": 0}, {"name": "data", "version": 9}, {"name": "data", "version": "0"}):
        written.event("artifact_used", **fields)
    written.event("artifact_used", name="data", version=0, project="other")
    project.catch_up()
    assert [one.version for one in versions.used(project, "r")] == [0]
    assert len(project.events("r", "artifact_used")) == 3


def test_links_have_numbers_of_their_own(project: ProjectStore) -> None:
    written = Written(project).event("artifact", **event()).event("artifact", **event(digest=TWO))
    for digest in (TWO, ONE, TWO):
        written.event("artifact_linked", name="data", digest=digest, target="registry/best", aliases=[digest[:1] + "x"])
    written.event("artifact_linked", name="data", digest="3" * 64, target="registry/best", aliases=[])
    written.event("artifact_linked", name="data", digest=ONE, target="../../best", aliases=[])
    assert found(project)[2:] == [("registry/best", 0, TWO, ("2x", "latest")), ("registry/best", 1, ONE, ("1x",))]
    assert len(project.events("r", "artifact_linked")) == 2
    assert versions.find(project, "registry/best", "2x").source_version == 1


def test_a_version_is_found_by_number_alias_and_digest(project: ProjectStore) -> None:
    Written(project).event("artifact", **event(aliases=["best"])).event("artifact", **event(digest=TWO))
    project.catch_up()
    assert [versions.find(project, "data", key).version for key in ("v0", "best", ONE, "latest", TWO)] == [
        0,
        0,
        0,
        1,
        1,
    ]
    with pytest.raises(UnknownArtifact):
        versions.find(project, "data", "v2")
    with pytest.raises(UnknownArtifact, match="Nearest: data"):
        versions.find(project, "dataa")


def test_the_tables_can_be_asked_in_sql(project: ProjectStore) -> None:
    Written(project).event("artifact", **event(metadata={"accuracy": float("nan")}, step=7))
    project.catch_up()
    _, rows = project.query("SELECT name, version, type, step, json_extract(metadata, '$.accuracy') FROM artifacts")
    assert rows == [("data", 0, "dataset", 7, "NaN")]
    assert json.loads(project.query("SELECT json_group_array(alias) FROM artifact_aliases")[1][0][0]) == ["latest"]


def test_the_artifacts_of_a_deleted_run_stay(project: ProjectStore) -> None:
    Written(project).event("artifact", **event()).finish()
    project.catch_up()
    project.delete_run("r")
    assert found(project) == [("data", 0, ONE, ("latest",))]
    assert versions.find(project, "data").run_id is None


@pytest.mark.parametrize("name", ["artifact_used", "artifact_linked"])
@pytest.mark.parametrize("told", [{"digest": {}}, {"digest": 1 << 70}, {"name": "\ud800"}, {"target": "\ud800/x"}])
def test_uses_and_links_of_another_form_are_no_obstacle(project: ProjectStore, name: str, told: dict[str, Any]) -> None:
    fields = {"name": "data", "version": 0, "digest": ONE, "target": "registry/x", **told}
    Written(project).event("artifact", **event()).event(name, **fields).finish()
    assert found(project)[-1] == ("data", 0, ONE, ("latest",))
