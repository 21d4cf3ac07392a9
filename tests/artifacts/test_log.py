"""Logging: versions by content, aliases, types; using and linking."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

import trackio
from tests.artifacts.conftest import Made, tree
from trackio import Artifact
from trackio.errors import InvalidArtifact, RunFinished, StoreError, UnknownArtifact, UnknownProject, UsageError
from trackio.store import versions
from trackio.store.project import ProjectStore
from trackio.tracking.deposits import Deposit, Deposits
from trackio.tracking.faults import Faults
from trackio.tracking.run import Run


def test_each_new_content_is_a_version_and_latest_is_the_newest(run: Run, made: Made) -> None:
    names = [run.log_artifact(made(a=text)).wait().name for text in ("1", "2", "3")]
    assert names == ["data:v0", "data:v1", "data:v2"]
    assert run.use_artifact("data").version == "v2"
    assert run.use_artifact("data:v1").version == "v1"


def test_content_that_is_there_gives_its_version_again_and_moves_the_aliases(run: Run, made: Made) -> None:
    first = run.log_artifact(made(a="1"), aliases=["best"])
    run.log_artifact(made(a="2"))
    again = run.log_artifact(made(a="1"), aliases=["again"], tags=["seen"]).wait()
    assert (first.version, again.version) == ("v0", "v0")
    assert again.aliases == ["again", "best", "latest"]
    assert again.tags == ["seen"]
    assert run.use_artifact("data:v1").aliases == []


def test_a_version_that_is_logged_again_is_the_latest_with_its_new_aliases(run: Run, made: Made) -> None:
    first = run.log_artifact(made(a="1")).wait()
    run.log_artifact(made(a="2")).wait()
    assert run.log_artifact(first, aliases=["best"]) is first
    assert (first.version, first.aliases) == ("v0", ["best", "latest"])


def test_an_alias_moves_to_the_version_that_is_given_it_last(run: Run, made: Made) -> None:
    run.log_artifact(made(a="1"), aliases="best")
    run.log_artifact(made(a="2"), aliases=["best"])
    assert run.use_artifact("data:best").version == "v1"
    assert run.use_artifact("data:v0").aliases == []


def test_equal_files_are_kept_once(run: Run, made: Made, project: ProjectStore) -> None:
    run.log_artifact(made("one", a="same", b="same")).wait()
    run.log_artifact(made("two", c="same")).wait()
    files = [name for name in project.blobs.names() if not name.endswith(".manifest.json")]
    assert len(files) == 1


def test_everything_that_was_said_of_an_artifact_is_kept(run: Run, made: Made, project: ProjectStore) -> None:
    artifact = made(a="1", b="22")
    artifact.description, artifact.metadata["accuracy"] = "what it is", 0.5
    run.log({"loss": 1.0})
    run.log_artifact(artifact, aliases=["best"], tags=["good one"]).wait()
    found = trackio.Api().artifact("p/data:best")
    assert found.description == "what it is"
    assert found.metadata == {"accuracy": 0.5}
    assert (found.tags, found.type, found.state) == (["good one"], "dataset", "COMMITTED")
    assert (found.size, found.file_count, found.history_step) == (3, 2, 1)
    assert found.digest == artifact.digest == found.commit_hash
    assert found.qualified_name == "local/p/data:v0" == found.source_qualified_name
    assert found.created_at == found.updated_at
    assert found.logged_by().id == run.id


def test_changes_to_a_version_are_kept_by_save(run: Run, made: Made) -> None:
    artifact = run.log_artifact(made(a="1"), aliases=["old", "other"]).wait()
    artifact.aliases.remove("old")
    artifact.aliases.append("new")
    artifact.tags = ["tag"]
    artifact.description, artifact.metadata["a"] = "text", 1
    artifact.save()
    found = run.use_artifact("data:new")
    assert (found.aliases, found.tags, found.description, found.metadata) == (
        ["latest", "new", "other"],
        ["tag"],
        "text",
        {"a": 1},
    )
    with pytest.raises(UnknownArtifact, match="data:old"):
        run.use_artifact("data:old")
    with pytest.raises(InvalidArtifact):
        found.aliases = ["v3"]


def test_aliases_that_others_gave_meanwhile_stay(run: Run, made: Made) -> None:
    one = run.log_artifact(made(a="1")).wait()
    two = run.use_artifact("data")
    one.aliases.append("one")
    one.save()
    two.aliases.append("two")
    two.save()
    assert run.use_artifact("data").aliases == ["latest", "one", "two"]


def test_another_type_than_the_earlier_versions_is_refused_at_the_call(run: Run, made: Made) -> None:
    run.log_artifact(made(a="1"))
    with pytest.raises(ValueError, match="'data' has the type 'dataset'"):
        run.log_artifact(made("data", "model", a="2"))
    run.flush()
    with pytest.raises(InvalidArtifact):
        run.log_artifact(made("data", "model", a="2"))


def test_paths_and_addresses_are_logged_too(run: Run, folder: Path) -> None:
    Path("d").mkdir()
    Path("d/a").write_text("1")
    file, whole = run.log_artifact("d/a").wait(), run.log_artifact("d/", name="whole", type="dataset").wait()
    address = run.log_artifact(Path("d/a").absolute().as_uri(), name="address").wait()
    assert (file.name, file.type) == (f"run-{run.id}-a:v0", "unspecified")
    assert list(whole.entries) == list(file.entries) == ["a"]
    assert address.get_entry("a").ref_target().startswith("file://")
    with pytest.raises(ValueError, match="nothing-here"):
        run.log_artifact("nothing-here")
    with pytest.raises(InvalidArtifact):
        run.log_artifact(3)  # type: ignore[arg-type]


def test_log_artifact_does_not_wait_for_the_files(run: Run, made: Made) -> None:
    gate = threading.Event()
    run._deposits.put(Deposit("a slow one", lambda: gate.wait() and None, lambda _error: None))
    artifact = run.log_artifact(made(a="1"))
    run.log({"loss": 1.0})
    with pytest.raises(TimeoutError):
        artifact.wait(timeout=0)
    assert artifact.is_draft()
    gate.set()
    assert artifact.wait().version == "v0"


def test_finish_waits_for_what_was_logged(made: Made) -> None:
    with trackio.init(project="p") as run:
        for number in range(20):
            run.log_artifact(made(a=str(number)))
    assert len(trackio.Api().artifacts("dataset", "p/data")) == 20


def test_a_draft_goes_on_from_a_version(run: Run, made: Made) -> None:
    first = run.log_artifact(made(a="1", b="2")).wait()
    draft = first.new_draft()
    draft.remove("a")
    with draft.new_file("c") as file:
        file.write("3")
    assert run.log_artifact(draft).wait().version == "v1"
    assert tree(draft.download()) == {"b": "2", "c": "3"}
    with trackio.init(project="other", reinit="create_new") as other, pytest.raises(InvalidArtifact, match="project"):
        other.log_artifact(first.new_draft())


def test_an_incremental_artifact_adds_to_the_latest_version(run: Run) -> None:
    for name, text in (("a", "1"), ("b", "2"), ("a", "3")):
        artifact = Artifact("data", "dataset", incremental=True)
        with artifact.new_file(name) as file:
            file.write(text)
        run.log_artifact(artifact)
    assert artifact.version == "v2"
    assert tree(artifact.download()) == {"a": "3", "b": "2"}


def test_an_empty_artifact_is_one_too(run: Run) -> None:
    artifact = run.log_artifact(Artifact("empty", "dataset")).wait()
    assert (artifact.version, artifact.size, artifact.file_count, artifact.files()) == ("v0", 0, 0, [])
    assert list(Path(artifact.download()).iterdir()) == []
    artifact.verify()


def test_what_a_run_used_and_logged_is_known(run: Run, made: Made) -> None:
    data = run.log_artifact(made(a="1")).wait()
    with trackio.init(project="p", name="user", reinit="create_new") as user:
        assert user.use_artifact("data:latest", type="dataset").name == "data:v0"
        user.use_artifact(data)
        user.use_artifact(made("fresh", a="2"))
    found = trackio.Api().run("p/user")
    assert [one.name for one in found.used_artifacts()] == ["data:v0", "fresh:v0"]
    assert [one.name for one in found.logged_artifacts()] == ["fresh:v0"]
    assert [one.name for one in data.used_by()] == ["user"]
    assert data.logged_by().name == run.name


def test_an_artifact_of_another_project_is_used_by_its_path(run: Run, made: Made) -> None:
    run.log_artifact(made(a="1"), aliases=["best"]).wait()
    with trackio.init(project="other", reinit="create_new") as other:
        assert other.use_artifact("p/data:best").qualified_name == "local/p/data:v0"
        assert tree(other.use_artifact("team/p/data").download()) == {"a": "1"}
        with pytest.raises(UnknownArtifact, match="data"):
            other.use_artifact("data")
        with pytest.raises(UnknownProject):
            other.use_artifact("nowhere/data")
    (reader,) = trackio.Api().project("other").runs()
    assert [one.path for one in trackio.Api().artifact("p/data").used_by()] == [["other", reader.id]]
    assert {one.qualified_name for one in reader.used_artifacts()} == {"local/p/data:v0"}


def test_a_wrong_type_and_an_unknown_name_are_told(run: Run, made: Made) -> None:
    run.log_artifact(made(a="1"))
    with pytest.raises(ValueError, match="'dataset', not 'model'"):
        run.use_artifact("data:latest", type="model")
    with pytest.raises(UnknownArtifact, match="Nearest: data"):
        run.use_artifact("dat")
    with pytest.raises(UnknownArtifact, match="data:v0"):
        run.use_artifact("data:v7")


def test_models_are_logged_and_come_back_as_a_path(run: Run, folder: Path) -> None:
    Path("model.pt").write_text("weights")
    run.log_model("model.pt", name="net", aliases=["best"])
    path = run.use_model("net:best")
    assert Path(path).read_text() == "weights"
    Path("d").mkdir()
    Path("d/a").write_text("1")
    Path("d/b").write_text("2")
    run.log_model("d", name="net")
    assert tree(run.use_model("net")) == {"a": "1", "b": "2"}
    run.log_artifact("model.pt", name="data", type="dataset")
    with pytest.raises(InvalidArtifact, match="no model"):
        run.use_model("data")


def test_a_link_puts_a_version_into_another_collection(run: Run, made: Made) -> None:
    run.log_artifact(made(a="0"))
    artifact = made(a="1")
    linked = run.link_artifact(artifact, "wandb-registry-models/best", aliases=["production"])
    assert (linked.name, linked.source_name, linked.is_link) == ("wandb-registry-models/best:v0", "data:v1", True)
    assert linked.aliases == ["latest", "production"]
    assert run.use_artifact("wandb-registry-models/best:production").source_name == "data:v1"
    assert linked.source_artifact.name == "data:v1"
    assert [one.name for one in artifact.linked_artifacts] == ["wandb-registry-models/best:v0"]
    assert tree(linked.download("out")) == {"a": "1"}
    linked.unlink()
    with pytest.raises(UnknownArtifact):
        run.use_artifact("wandb-registry-models/best:v0")
    assert run.use_artifact("data:v1").version == "v1"


def test_a_model_is_linked_to_the_registry(run: Run) -> None:
    Path("model.pt").write_text("weights")
    assert run.link_model("model.pt", "net", name="model", aliases=["prod"]).source_name == "model:v0"
    Path("model.pt").write_text("better")
    assert run.link_model("model.pt", "net", name="model").name == "model-registry/net:v1"
    assert run.use_artifact("model-registry/net:prod").source_name == "model:v0"
    assert trackio.Api().artifact("model-registry/net:latest").source_name == "model:v1"
    with pytest.raises(InvalidArtifact, match="no path"):
        run.link_model("model.pt", "a/net")


def test_a_collection_takes_links_of_its_own_type_alone(run: Run, made: Made) -> None:
    run.link_artifact(made(a="1"), "registry/a")
    with pytest.raises(InvalidArtifact, match="type"):
        run.link_artifact(made("other", "model", a="1"), "registry/a")


def test_shares_of_many_become_one_version(run: Run, made: Made) -> None:
    with trackio.init(project="p", reinit="create_new") as second:
        run.upsert_artifact(made("all", a="1"), distributed_id="together")
        second.upsert_artifact(made("all", b="2"), distributed_id="together")
        second.upsert_artifact(made("all", x="9"), distributed_id="others")
    artifact = run.finish_artifact(made("all", c="3"), distributed_id="together", aliases=["done"]).wait()
    assert tree(artifact.download()) == {"a": "1", "b": "2", "c": "3"}
    assert artifact.aliases == ["done", "latest"]
    assert sorted(run.finish_artifact(made("all", d="4"), distributed_id="together").wait().entries) == ["d"]
    with pytest.raises(UsageError, match="distributed_id"):
        run.upsert_artifact(made("all", a="1"))


def test_code_is_logged_without_secrets_and_other_peoples_packages(run: Run, folder: Path) -> None:
    for path in (
        "train.py",
        "pkg/model.py",
        "requirements.txt",
        "notes.md",
        ".env",
        ".env.local",
        "key.pem",
        "secrets.py",
        "venv/pyvenv.cfg",
        "venv/lib/a.py",
        "node_modules/b.py",
        ".git/hooks/c.py",
        "wandb/d.py",
    ):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    artifact = run.log_code()
    assert artifact is not None
    assert sorted(artifact.entries) == ["pkg/model.py", "requirements.txt", "train.py"]
    assert (artifact.type, artifact.wait().base_name.startswith("source-p-")) == ("code", True)
    everything = run.log_code(".", "all", include_fn=lambda path: not path.endswith(".md2"), exclude_fn=_is_in_pkg)
    assert everything is not None
    assert {".env", ".env.local", "key.pem", "secrets.py", ".git/hooks/c.py"}.isdisjoint(everything.entries)
    assert "notes.md" in everything
    assert "pkg/model.py" not in everything


def _is_in_pkg(path: str, root: str) -> bool:
    return path.startswith(f"{root}/pkg")


def test_a_folder_without_code_logs_none(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    assert run.log_code() is None
    assert "no source files" in caplog.text


def test_a_disabled_run_takes_everything_and_keeps_nothing(made: Made, tmp_path: Path) -> None:
    with trackio.init(project="p", mode="disabled") as run:
        artifact = run.log_artifact(made(a="1"), aliases=["best"]).wait()
        assert run.use_artifact(artifact) is artifact
        assert run.link_artifact(artifact, "registry/a") is artifact
        run.upsert_artifact(made(b="1"), distributed_id="x")
        assert (artifact.state, artifact.is_draft()) == ("PENDING", True)
    assert not (tmp_path / "home" / "projects").exists()


@pytest.mark.parametrize("call", ["log_artifact", "use_artifact", "log_model", "use_model", "save", "log_code"])
def test_a_run_that_has_ended_takes_no_more(call: str, made: Made) -> None:
    run = trackio.init(project="p")
    run.finish()
    with pytest.raises(RunFinished, match=call.replace("model", "artifact")):
        getattr(run, call)(*([] if call == "log_code" else ["a"]))


def test_a_draft_saves_itself_in_the_current_run_or_one_of_its_own(made: Made) -> None:
    alone = made("alone", a="1")
    alone.save(project="p")
    assert alone.version == "v0"
    with trackio.init(project="p") as run:
        artifact = made("with", a="1")
        artifact.save()
        assert artifact.logged_by().id == run.id
    assert [one.job_type for one in trackio.Api().runs("p")] == ["auto", None]


def test_files_that_are_gone_when_their_turn_comes_cost_that_artifact_alone(
    run: Run, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    run._deposits.put(Deposit("a slow one", lambda: gate.wait() and None, lambda _error: None))
    Path("a").write_text("1")
    artifact = Artifact("data", "dataset")
    artifact.add_file("a", policy="immutable")
    run.log_artifact(artifact)
    Path("a").unlink()
    gate.set()
    with pytest.raises(StoreError, match="is gone"):
        artifact.wait()
    assert "artifact 'data' could not be stored" in caplog.text
    assert run.log_artifact(made("other", a="1")).wait().version == "v0"
    run.log({"loss": 1.0})


def test_what_a_full_disk_refused_is_tried_again_when_the_run_ends(caplog: pytest.LogCaptureFixture) -> None:
    deposits, tries, ended = Deposits(threading.RLock(), Faults()), [0], []

    def store() -> None:
        tries[0] += 1
        if tries[0] == 1:
            raise OSError(28, "No space left on device")

    with caplog.at_level(logging.WARNING, logger="trackio"):
        deposits.put(Deposit("artifact 'a'", store, ended.append))
        deposits.wait()
        assert "No space left on device" in caplog.text
        deposits.finish()
    assert tries == [2]
    assert isinstance(ended[0], OSError)
    assert ended[1] is None
    assert "not part of the run" not in caplog.text


def test_a_version_logged_by_an_older_database_is_none(project: ProjectStore) -> None:
    assert versions.collections(project) == []
    assert versions.type_of(project, "data") is None
