"""A home is backed up, and is the same when it is brought back to an empty disk."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from fastapi.testclient import TestClient

import trackio
from tests.backup.conftest import Archives
from tests.backup.recorded import QUIET, assert_same, record, tables
from tests.hub.emulator import Hub
from tests.hub.repos import Branch
from tests.remote.serving import wait_for
from trackio.backup import dataset
from trackio.backup import keeper as keeper_module
from trackio.backup.dataset import Dataset
from trackio.backup.folder import Folder
from trackio.backup.keeper import Keeper
from trackio.backup.restoring import restore
from trackio.errors import PublishError, StoreError
from trackio.server.app import create_app
from trackio.server.options import ServerOptions
from trackio.store.home import Home

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library


def backed_up(home: Path, archives: Archives) -> Keeper:
    keeper = Keeper(home, archives())
    keeper.prepare()
    assert keeper.back_up()
    return keeper


def test_all_that_was_recorded_is_brought_back_as_it_was(home: Path, tmp_path: Path, archives: Archives) -> None:
    record("p", "first")
    record("p", "second/with a slash")
    record("another project: ä", "third")
    backed_up(home, archives)
    Keeper(tmp_path / "new", archives()).prepare()
    assert_same(home, tmp_path / "new")


def test_a_run_that_goes_on_is_kept_as_far_as_it_is(home: Path, tmp_path: Path, archives: Archives) -> None:
    with trackio.init(project="p", name="going", **QUIET) as run:
        run.log({"loss": 1.0})
        run.flush()
        keeper = backed_up(home, archives)
        (journal,) = (path.name for path in (home / "projects" / "p" / "journals").iterdir())
        size = (home / "projects" / "p" / "journals" / journal).stat().st_size
        assert keeper.durable("p", journal) == size
        Keeper(tmp_path / "new", archives()).prepare()
        store = Home(tmp_path / "new").project("p")
        # Its writer lives: it is not taken for crashed.
        store.fold()
        assert store.run("going").status == "running"
        assert tables(tmp_path / "new", "p")["points"] == tables(home, "p")["points"]


def test_what_has_not_changed_is_not_sent_again(home: Path, hub: Hub, archives: Archives) -> None:
    record("p", "first", steps=2000)
    keeper = backed_up(home, archives)
    record("p", "second")
    before = hub.received
    asked = len(hub.requests)
    assert keeper.back_up()
    assert hub.received - before < 80_000
    assert not any("resolve" in one for one in hub.requests[asked:] if "trackio-backup" not in one)
    asked = len(hub.requests)
    assert keeper.back_up()
    assert hub.requests[asked:] == []


def test_a_server_that_starts_again_on_its_own_disk_goes_on(home: Path, hub: Hub, archives: Archives) -> None:
    record("p", "first")
    backed_up(home, archives)
    record("p", "second")
    again = backed_up(home, archives)
    assert {run.name for run in Home(home).project("p").runs()} == {"first", "second"}
    assert not (home / "projects.before").exists()
    assert not again.is_overtaken


def test_what_was_deleted_is_not_brought_back(home: Path, tmp_path: Path, archives: Archives) -> None:
    gone = record("p", "first")
    record("p", "second")
    record("q", "third")
    keeper = backed_up(home, archives)
    Home(home).project("p").delete_run(gone)
    Home(home).project("q").delete()
    assert keeper.back_up()
    Keeper(tmp_path / "new", archives()).prepare()
    assert_same(home, tmp_path / "new")
    assert (tmp_path / "new" / "projects" / "p" / "deleted").is_dir()


def test_of_two_servers_the_first_to_write_is_the_one_that_counts(
    home: Path, tmp_path: Path, archives: Archives, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("p", "first")
    old = backed_up(home, archives)
    new = Keeper(tmp_path / "new", archives())
    new.prepare()
    record("p", "second")
    # The old one ends while the new one has begun.
    assert old.back_up()
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "new"))
    record("p", "elsewhere")
    assert not new.back_up()
    assert new.is_overtaken
    Keeper(tmp_path / "new", archives()).prepare()
    assert_same(home, tmp_path / "new")


def test_a_backup_that_is_cut_short_leaves_the_one_before(
    home: Path, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client asks a Hub that is gone again and again, with waits that are nothing to the test.
    clock = SimpleNamespace(**{**vars(time), "sleep": lambda _seconds: None})
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)
    record("p", "first")
    keeper = backed_up(home, lambda: Dataset("ada/runs"))
    record("p", "second")
    before = tmp_path / "before"
    Keeper(before, Dataset("ada/runs")).prepare()
    at, is_done = 0, False
    while not is_done:
        at += 1
        # Whoever is cut off has written nothing, or all of it and never hears so.
        hub.cut(at, is_after=bool(at % 2))
        is_done = keeper.back_up()
        hub.mend()
        new = tmp_path / f"new{at}"
        Keeper(new, Dataset("ada/runs")).prepare()
        assert_same(home if len(Home(new).project("p").runs()) == 2 else before, new)
    assert at > 5


def test_the_history_is_cut_now_and_then(home: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SQUASHED_COMMITS", 2)
    record("p", "first")
    keeper = backed_up(home, lambda: Dataset("ada/runs"))
    for name in ("a", "b", "c"):
        record("p", name)
        assert keeper.back_up()
    assert hub.repos["datasets", "ada/runs"].cuts == 1
    assert not keeper.is_overtaken


def test_what_people_add_to_the_dataset_stays(home: Path, hub: Hub) -> None:
    record("p", "first")
    keeper = backed_up(home, lambda: Dataset("ada/runs"))
    repo = hub.repos["datasets", "ada/runs"]
    repo.commit("mine", {"README.md": b"my own words", "notes.txt": b"mine"})
    record("p", "second")
    assert keeper.back_up()
    assert repo.files["README.md"] == b"my own words"
    assert repo.files["notes.txt"] == b"mine"
    assert repo.private


def test_the_dataset_is_read_as_one_table(home: Path, tmp_path: Path, hub: Hub) -> None:
    record("p", "first")
    record("q", "second")
    backed_up(home, lambda: Dataset("ada/runs"))
    repo = hub.repos["datasets", "ada/runs"]
    assert b'config_name: logs\n  data_files: "projects/*/logs/*.parquet"' in repo.files["README.md"]
    for path, content in repo.files.items():
        (tmp_path / "read" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "read" / path).write_bytes(content)
    logs = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "read").glob("projects/*/logs/*.parquet")))
    losses = logs[(logs.metric == "loss") & (logs.project == "p")]
    assert losses.value.tolist() == [1 / (step + 1) for step in range(5)]
    assert str(losses.timestamp.dtype) == "datetime64[ns, UTC]"


def test_without_the_right_to_read_nothing_counts_as_safe(
    home: Path, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    record("p", "first")
    backed_up(home, lambda: Dataset("ada/runs"))
    asked = Keeper(home, Dataset("ada/runs", "hf_wrong"))
    asked.prepare()
    assert not asked.back_up()
    assert asked.durable("p", "any.journal") == 0
    assert "hf_wrong" not in caplog.text


def test_a_list_that_the_hub_does_not_tell_of_is_found(
    home: Path, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("p", "first")
    backed_up(home, lambda: Dataset("ada/runs"))
    # Of a repository of very many files it tells some.
    monkeypatch.setattr(Branch, "sibling", lambda _branch, _path: {"rfilename": "README.md"})
    Keeper(tmp_path / "new", Dataset("ada/runs")).prepare()
    assert_same(home, tmp_path / "new")


def test_what_cannot_be_read_is_neither_restored_nor_written_over(
    home: Path, tmp_path: Path, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    record("p", "first")
    backed_up(home, lambda: Dataset("ada/runs"))
    repo = hub.repos["datasets", "ada/runs"]
    (parquet,) = (path for path in repo.files if "/logs/" in path and "-metric-" in path)
    for path, content in (
        ("trackio-backup.json", b"{}"),
        ("trackio-backup.json", repo.files["trackio-backup.json"][:-9]),
        ("trackio-backup.json", repo.files["trackio-backup.json"].replace(b'"schema":', b'"schema":"x","s":')),
        (parquet, repo.files[parquet][:-9]),
    ):
        good = dict(repo.files)
        repo.commit("damaged", {path: content})
        damaged, caplog_before = dict(repo.files), len(caplog.records)
        keeper = Keeper(tmp_path / "new", Dataset("ada/runs"))
        waiting = threading.Thread(target=keeper.prepare)
        waiting.start()
        wait_for(lambda before=caplog_before: len(caplog.records) > before)
        # Nothing is answered, and told to end it writes nothing.
        keeper.stop()
        waiting.join(30)
        assert not Home(tmp_path / "new").projects()
        assert repo.files == damaged
        repo.commit("mended", good)
    Keeper(tmp_path / "new", Dataset("ada/runs")).prepare()
    assert_same(home, tmp_path / "new")


def test_a_hub_that_cannot_be_reached_does_not_pass_for_one_without_a_backup(
    home: Path, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(**{**vars(time), "sleep": lambda _seconds: None})
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)
    record("p", "first")
    backed_up(home, lambda: Dataset("ada/runs"))
    for at in (1, 2):
        hub.cut(at)
        with pytest.raises(PublishError):
            Dataset("ada/runs").read()
        hub.mend()


@pytest.mark.parametrize("is_made", [True, False])
def test_a_home_that_was_emptied_is_not_backed_up_but_brought_back(
    is_made: bool, home: Path, tmp_path: Path, archives: Archives
) -> None:
    record("p", "first")
    keeper = backed_up(home, archives)
    (tmp_path / "before").mkdir()
    (home / "projects").rename(tmp_path / "before" / "projects")
    if is_made:
        (home / "projects").mkdir()
    assert not keeper.back_up()
    backed_up(home, archives)
    assert_same(tmp_path / "before", home)


def test_a_bucket_that_is_not_mounted_counts_as_none(home: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not mounted"):
        Folder(tmp_path / "bucket").read()
    assert not (tmp_path / "bucket").exists()


def test_what_people_change_is_backed_up_soon(
    home: Path, tmp_path: Path, archives: Archives, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("p", "first")
    monkeypatch.setattr(keeper_module, "HURRIED_SECONDS", 0.05)
    keeper = Keeper(home, archives(), 3600.0)
    keeper.prepare()
    keeper.start(lambda: None)
    app = create_app(ServerOptions(home, "T", hosts=("*",), requests_per_second=0.0))
    app.state.changed = keeper.hurry
    try:
        wait_for(lambda: archives().read() is not None)
        (run,) = Home(home).project("p").runs()
        with TestClient(app, headers={"X-Trackio-Token": "T"}) as client:
            assert client.patch(f"/api/runs/{run.id}?project=p", json={"notes": "mine"}).status_code == 200

        def notes() -> str | None:
            Keeper(tmp_path / "new", archives()).prepare()
            return Home(tmp_path / "new").project("p").run(run.id).notes

        wait_for(lambda: notes() == "mine")
    finally:
        keeper.stop()


def test_a_restoring_that_is_cut_short_goes_on_with_what_it_has(home: Path, tmp_path: Path, hub: Hub) -> None:
    for name in ("first", "second", "third"):
        record("p", name)
    backed_up(home, lambda: Dataset("ada/runs"))
    manifest = Dataset("ada/runs").read()
    assert manifest is not None
    archive = Dataset("ada/runs")
    archive.read()
    (tmp_path / "new").mkdir()
    begun = len(hub.requests)
    hub.failing[r"/runs/0\."] = 404
    with pytest.raises(PublishError):
        restore(tmp_path / "new", archive, manifest)
    hub.mend()
    # It has begun before it is asked of all.
    first = {
        one for one in hub.requests[begun:] if one.startswith("GET") and "/resolve/" in one and "/runs/0." not in one
    }
    assert first
    assert not (tmp_path / "new" / "projects").exists()
    again = len(hub.requests)
    restore(tmp_path / "new", archive, manifest)
    assert_same(home, tmp_path / "new")
    assert not first & set(hub.requests[again:])
