"""What may be changed of runs: names and the like, where they are, and that they are there at all."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import trackio
from tests.server.made import Made
from tests.server.running import Client
from trackio.server.moving import known, move
from trackio.store import deleted, layout
from trackio.store.home import Home
from trackio.store.project import ProjectStore

IDS = ["r", "a/b", "a/b/resume", "../x", "run 1?#%", "ü\n🙂", "." * 3]


def send(client: Client, run: str = "r", *, is_ended: bool = True, project: str = "p") -> Made:
    made = Made(run=run, project=project)
    data = made.beginning() + made.event("config", values={"lr": 0.1}) + made.rows(0, 3)
    answer = client.post(made, 0, data + (made.end() if is_ended else b""))
    assert answer.status == 200, answer.body
    return made


@pytest.mark.parametrize("run", IDS)
def test_a_run_of_any_id_can_be_changed_and_deleted(client: Client, store: ProjectStore, run: str) -> None:
    send(client, run)
    path = f"/api/runs/{quote(run, safe='')}"
    changes = {"name": "Otter 🦦", "tags": ["a", "b"], "notes": "# Hello", "group": "g"}
    answer = client.ask("PATCH", path, changes, project="p")
    assert (answer.status, answer.json()) == (200, {"id": run, **changes})
    found = store.run(run)
    assert (found.name, found.tags, found.notes, found.group) == ("Otter 🦦", ("a", "b"), "# Hello", "g")
    assert client.ask("GET", f"{path}/resume", project="p").json()["name"] == "Otter 🦦"
    assert client.ask("DELETE", path, project="p").json() == {"deleted": run}
    assert store.runs() == []


def test_what_is_left_out_stays(client: Client, store: ProjectStore) -> None:
    send(client)
    client.ask("PATCH", "/api/runs/r", {"notes": "n", "group": "g", "tags": ["a"]}, project="p")
    client.ask("PATCH", "/api/runs/r", {"group": None}, project="p")
    client.ask("PATCH", "/api/runs/r", {}, project="p")
    found = store.run("r")
    assert (found.notes, found.group, found.tags) == ("n", None, ("a",))


BAD_CHANGES: list[Any] = [
    {"name": None},
    {"name": ""},
    {"name": "  "},
    {"name": 3},
    {"name": "x" * 1001},
    {"tags": None},
    {"tags": "a"},
    {"tags": [1]},
    {"status": "finished"},
    {"id": "q"},
    [],
    "x",
]


@pytest.mark.parametrize("changes", BAD_CHANGES)
def test_a_change_that_cannot_be_is_refused(client: Client, store: ProjectStore, changes: Any) -> None:
    send(client)
    before = (store.catch_up(), store.run("r"))[1]
    answer = client.ask("PATCH", "/api/runs/r", changes, project="p", headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert answer.json()["error"]
    assert store.run("r") == before


def test_a_run_in_progress_can_be_renamed(client: Client, store: ProjectStore) -> None:
    made = send(client, is_ended=False)
    client.ask("PATCH", "/api/runs/r", {"name": "new"}, project="p")
    client.post(made, client.size(made), made.rows(3, 5))
    store.catch_up()
    assert (store.run("r").name, store.run("r").row_count, store.run("r").status) == ("new", 5, "running")


def test_what_does_not_exist_suggests_the_nearest(client: Client, home: Path) -> None:
    send(client, "otter")
    run = client.ask("PATCH", "/api/runs/oter", {}, project="p")
    assert (run.status, "otter" in run.json()["error"]) == (404, True)
    project = client.ask("DELETE", "/api/runs/otter", project="P")
    assert (project.status, "Nearest: p" in project.json()["error"]) == (404, True)
    assert str(home) not in project.json()["error"]


def test_a_name_is_no_id(client: Client) -> None:
    send(client)
    client.ask("PATCH", "/api/runs/r", {"name": "otter"}, project="p")
    answer = client.ask("DELETE", "/api/runs/otter", project="p")
    assert (answer.status, "Nearest" in answer.json()["error"] or "There are: r" in answer.json()["error"]) == (
        404,
        True,
    )


def test_a_run_in_progress_is_deleted_by_force_alone(client: Client, store: ProjectStore) -> None:
    made = send(client, is_ended=False)
    refused = client.ask("DELETE", "/api/runs/r", project="p")
    assert (refused.status, "still running" in refused.json()["error"]) == (409, True)
    assert client.ask("DELETE", "/api/runs/r", project="p", force=1).status == 200
    assert store.runs() == []
    assert client.post(made, 0, made.beginning()).status == 410


def test_a_run_that_goes_on_elsewhere_learns_what_it_starts_from(client: Client) -> None:
    made = Made()
    data = made.beginning() + made.event("run", name="otter", group="g", tags=["t"])
    data += made.event("config", values={"lr": 0.1}) + made.event("summary", values={"best": 1})
    data += made.row(0) + made.row(41, float("nan")) + made.end()
    client.post(made, 0, data)
    assert client.ask("GET", "/api/runs/r/resume", project="p").json() == {
        "exists": True,
        "id": "r",
        "name": "otter",
        "group": "g",
        "tags": ["t"],
        "notes": None,
        "job_type": None,
        "config": {"lr": 0.1},
        "row_count": 2,
        "next_step": 42,
        "summary": {"best": 1},
        "last_values": {"loss": "NaN"},
    }
    assert client.ask("GET", "/api/runs/q/resume", project="p").json() == {"exists": False}
    assert client.ask("GET", "/api/runs/r/resume", project="q").json() == {"exists": False}


def recorded(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run with everything, as a script on the server's machine records it; its id."""
    monkeypatch.setenv("TRACKIO_DIR", str(home))
    with trackio.init(project="p", config={"lr": 0.1}, name="otter", auto_log_cpu=False) as run:
        run.log({"loss": 1.0, "page": trackio.Html("<b>x</b>")})
        run.log({"loss": float("inf")})
        run.log_system({"load": 0.5})
        run.alert("careful", "because", level="WARN")
        artifact = trackio.Artifact("model", "model")
        with artifact.new_file("weights.txt") as file:
            file.write("1 2 3")
        run.log_artifact(artifact)
        run.summary["best"] = 1.0
    return str(run.id)


def told(store: ProjectStore, run: str) -> dict[str, Any]:
    store.catch_up()
    record = store.run(run)
    return {
        "name": record.name,
        "config": record.config,
        "summary": record.summary,
        "status": record.status,
        "created_ns": record.created_ns,
        "rows": list(store.rows(run)),
        "system": list(store.rows(run, "system")),
        "alerts": [(alert.title, alert.text, alert.time_ns) for alert in store.alerts(run)],
        "energy": len(list(store.energy_events(run))),
    }


def test_a_run_moves_with_all_that_it_has(client: Client, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = recorded(home, monkeypatch)
    source = Home(home).project("p")
    before = told(source, run)
    answer = client.ask("POST", f"/api/runs/{run}/move", {"project": "q / new"}, project="p")
    assert (answer.status, answer.json()) == (200, {"project": "q / new", "id": run})
    target = Home(home).project("q / new")
    after = told(target, run)
    assert after == before
    page = next(values["page"] for _, _, values in target.rows(run) if "page" in values)
    assert target.blobs.read(trackio.references.decode(page)["file"])  # type: ignore[index]
    names = [name for (name,) in target.query("SELECT name FROM artifacts")[1]]
    assert names == ["model"]
    assert source.runs() == []
    # And back.
    assert client.ask("POST", f"/api/runs/{run}/move", {"project": "p"}, project="q / new").status == 200
    assert told(source, run) == before
    assert target.runs() == []


def test_a_move_that_was_killed_in_the_middle_is_ended_by_the_next(
    client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(home, monkeypatch)
    source, target = Home(home).project("p"), Home(home).create("q")

    class Killed(BaseException):
        pass

    def killed(_store: ProjectStore, _run: str) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(ProjectStore, "delete_run", killed)
        with pytest.raises(Killed):
            move(source, run, target)
    # It is in both, and nothing is lost.
    assert told(source, run) == told(target, run)
    assert client.ask("POST", f"/api/runs/{run}/move", {"project": "q"}, project="p").status == 200
    assert source.runs() == []
    assert [one.id for one in target.runs()] == [run]


def test_a_run_does_not_move_onto_another(client: Client, store: ProjectStore, home: Path) -> None:
    send(client)
    send(client, project="q")
    answer = client.ask("POST", "/api/runs/r/move", {"project": "q"}, project="p")
    assert (answer.status, "another run" in answer.json()["error"]) == (409, True)
    assert [run.id for run in store.runs()] == ["r"]
    assert deleted.when(store.directory, "r") is None
    assert Home(home).project("q").run("r").row_count == 3


def test_a_run_does_not_move_while_it_runs_nor_to_where_it_is(client: Client, home: Path) -> None:
    send(client, is_ended=False)
    running = client.ask("POST", "/api/runs/r/move", {"project": "q"}, project="p")
    assert (running.status, "still running" in running.json()["error"]) == (409, True)
    assert Home(home).projects() == ["p"]
    send(client, "ended")
    assert client.ask("POST", "/api/runs/ended/move", {"project": "p"}, project="p").status == 400
    assert client.ask("POST", "/api/runs/ended/move", {"project": ""}, project="p").status == 400
    assert client.ask("POST", "/api/runs/ended/move", {}, project="p").status == 400


def test_a_run_stays_where_not_all_of_it_can_be_copied(
    client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(home, monkeypatch)
    source = Home(home).project("p")
    for name in list(source.blobs.names()):
        if name.endswith(".html"):
            source.blobs.remove(name)
    answer = client.ask("POST", f"/api/runs/{run}/move", {"project": "q"}, project="p")
    assert (answer.status, "missing" in answer.json()["error"]) == (409, True)
    assert known(source, run).row_count == 2
    assert Home(home).project("q").runs() == []
    assert deleted.when(source.directory, run) is None


def test_a_run_whose_writer_comes_back_after_its_move_is_told_so(client: Client, store: ProjectStore) -> None:
    made = send(client, is_ended=False)
    path = layout.journals(store.directory) / made.name
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    assert client.ask("POST", "/api/runs/r/move", {"project": "q"}, project="p").status == 200
    answer = client.post(made, 10, made.row(3))
    assert (answer.status, "moved" in answer.json()["error"]) == (410, True)
