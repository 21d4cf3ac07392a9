"""``/api/projects``: a whole project goes, and what was on its way to it does not bring it back."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.server.made import Made
from tests.server.running import Client
from trackio.store.home import Home


def send(client: Client, made: Made, *, is_ended: bool = True) -> int:
    data = made.beginning() + made.rows(0, 3) + (made.end() if is_ended else b"")
    assert client.post(made, 0, data).status == 200
    return len(data)


def path(project: str) -> str:
    return f"/api/projects/{quote(project, safe='')}"


@pytest.mark.parametrize("project", ["p", "a/b", "../x", "run 1?#%", "ü\n🙂"])
def test_a_project_of_any_name_is_deleted(client: Client, home: Path, project: str) -> None:
    send(client, Made(project))
    send(client, Made("other"))
    answer = client.ask("DELETE", path(project))
    assert (answer.status, answer.json()) == (200, {"deleted": project, "runs": 1})
    assert Home(home).projects() == ["other"]
    again = client.ask("DELETE", path(project))
    assert (again.status, "other" in again.json()["error"]) == (404, True)


def test_only_who_may_change_deletes(client: Client, home: Path) -> None:
    send(client, Made())
    assert client.without_token().ask("DELETE", path("p")).status == 401
    assert Home(home).projects() == ["p"]


def test_a_run_in_progress_goes_by_force_alone_and_does_not_come_back(client: Client, home: Path) -> None:
    made = Made()
    size = send(client, made, is_ended=False)
    refused = client.ask("DELETE", path("p"))
    assert (refused.status, "still running" in refused.json()["error"]) == (409, True)
    assert client.ask("DELETE", path("p"), force=1).status == 200
    # Its writer knows nothing of that: it goes on, is sent back to the start, and hears why.
    assert client.post(made, size, made.row(3)).status in (409, 410)
    assert client.post(made, 0, made.beginning()).status == 410
    assert Home(home).projects() == []


def test_a_run_begun_later_is_welcome_and_alone(client: Client, home: Path) -> None:
    send(client, Made(run="old"))
    client.ask("DELETE", path("p"))
    send(client, Made(run="old", writer="later"))
    store = Home(home).project("p")
    store.catch_up()
    assert [run.row_count for run in store.runs()] == [3]
