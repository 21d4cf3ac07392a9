"""A run that moves takes the artifacts along that it logged, and goes on to refer to those that it used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import trackio
from trackio.server.moving import NotMoved, move
from trackio.store import versions
from trackio.store.home import Home

QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}


@pytest.fixture
def here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("TRACKIO_DIR", str(home))
    monkeypatch.setenv("TRACKIO_ARTIFACT_DIR", str(tmp_path / "got"))
    yield Home(home)
    trackio.finish()


def logged(project: str, run: str, text: str, name: str = "model", kind: str = "model", **more: Any) -> None:
    with trackio.init(project=project, id=run, name=run, **QUIET) as begun:
        begun.log({"loss": 1.0})
        artifact = trackio.Artifact(name, kind, description=text)
        with artifact.new_file("a.txt") as file:
            file.write(text)
        begun.log_artifact(artifact, **more)


def moved(home: Home, run: str, source: str = "p", target: str = "q") -> None:
    move(home.project(source), run, home.create(target))


def names(project: str) -> list[str]:
    return sorted(one.name for one in trackio.Api().project(project).artifacts())


def test_what_it_logged_goes_along(here: Home) -> None:
    logged("p", "a", "one", tags=["checked"])
    moved(here, "a")
    assert (names("p"), names("q")) == ([], ["model:v0"])
    artifact = trackio.Api().artifact("q/model")
    assert (artifact.logged_by().id, artifact.description, artifact.tags) == ("a", "one", ["checked"])
    assert Path(artifact.download(), "a.txt").read_text() == "one"
    # Its files, too, are there alone.
    assert not [path for path in here.project("p").directory.glob("files/*/*") if path.is_file()]


def _use(name: str = "p/model:v0") -> None:
    with trackio.init(project="p", id="b", **QUIET) as run:
        run.use_artifact(name)


def _use_elsewhere() -> None:
    with trackio.init(project="elsewhere", id="b", **QUIET) as run:
        run.use_artifact("p/model:v0")


def _log_again() -> None:
    logged("p", "b", "one")


def _name() -> None:
    artifact = trackio.Api().artifact("p/model")
    artifact.aliases.append("best")
    artifact.save()


def _link() -> None:
    trackio.Api().artifact("p/model").link("registry/models/net")


def _refer() -> None:
    entry = trackio.Api().artifact("p/model").get_entry("a.txt")
    with trackio.init(project="elsewhere", id="b", **QUIET) as run:
        artifact = trackio.Artifact("other", "data")
        artifact.add_reference(entry, name="b.txt")
        run.log_artifact(artifact)


@pytest.mark.parametrize("ask", [_use, _use_elsewhere, _log_again, _name, _link, _refer])
def test_what_somebody_asks_for_where_it_was_stays_there_too(
    here: Home, tmp_path: Path, ask: Callable[[], None]
) -> None:
    logged("p", "a", "one")
    ask()
    moved(here, "a")
    assert "model:v0" in names("p")
    assert names("q") == ["model:v0"]
    for project in "pq":
        folder = tmp_path / project
        assert Path(trackio.Api().artifact(f"{project}/model:v0").download(folder), "a.txt").read_text() == "one"
    if ask is _refer:
        assert Path(trackio.Api().artifact("elsewhere/other").download(), "b.txt").read_text() == "one"


def test_what_it_used_stays_and_is_found_from_there(here: Home) -> None:
    logged("p", "a", "one", "digits", "dataset")
    with trackio.init(project="p", id="b", **QUIET) as run:
        run.use_artifact("digits:latest")
    for source, target in ("pq", "qr", "rp"):
        moved(here, "b", source, target)
        (used,) = trackio.Api().run(f"{target}/b").used_artifacts()
        assert (used.project, used.name) == ("p", "digits:v0")
        assert [run.id for run in used.used_by()] == ["b"]
    assert versions.used(here.project("p"), "b")
    assert names("q") == names("r") == []


def test_what_it_used_of_its_own_goes_along(here: Home) -> None:
    logged("p", "a", "one")
    with trackio.init(project="p", id="a", resume="must", **QUIET) as run:
        run.use_artifact("model:latest")
    moved(here, "a")
    assert (names("p"), names("q")) == ([], ["model:v0"])
    assert [one.project for one in trackio.Api().run("q/a").used_artifacts()] == ["q"]


def test_names_in_the_other_project_stay_with_what_has_them(here: Home) -> None:
    logged("p", "old", "old", aliases=["best", "first"])
    logged("q", "new", "new", aliases=["best"])
    moved(here, "old")
    found = {alias: trackio.Api().artifact(f"q/model:{alias}").description for alias in ("best", "latest", "first")}
    assert found == {"best": "new", "latest": "new", "first": "old"}
    # What is newer is the latest, as it would be had it been logged there.
    logged("p", "newest", "newest")
    moved(here, "newest")
    assert trackio.Api().artifact("q/model").description == "newest"


def test_a_name_that_has_another_type_there_keeps_the_run_where_it_is(here: Home) -> None:
    logged("p", "a", "one")
    logged("q", "b", "two", kind="dataset")
    with pytest.raises(NotMoved, match="'dataset', and not as a 'model'"):
        moved(here, "a")
    assert (names("p"), names("q")) == (["model:v0"], ["model:v0"])
    assert [run.id for run in here.project("p").runs()] == ["a"]
