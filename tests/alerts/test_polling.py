"""``list alerts`` asked again and again: each alert comes once, whoever raised it and whenever it comes in."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

import trackio
from tests.alerts.conftest import raised
from trackio import journal
from trackio.cli.main import main
from trackio.store import layout
from trackio.store.home import Home


@pytest.fixture
def listed(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    """``listed("--since", T)``: the alerts that the command prints."""

    def call(*argv: str) -> list[dict[str, Any]]:
        capsysbinary.readouterr()
        assert main(["list", "alerts", "--project", "p", *argv, "--json"]) == 0
        found: list[dict[str, Any]] = json.loads(capsysbinary.readouterr().out)["alerts"]
        return found

    return call


def test_the_last_time_printed_gives_those_after_it(listed: Any) -> None:
    run = trackio.init(project="p")
    seen: list[str] = []
    since = "0"
    for number in range(30):
        run.alert(f"{number}")
        if number % 3 == 0:
            found = listed("--since", since)
            seen += [one["title"] for one in found]
            since = found[-1]["timestamp"]
            assert listed("--since", since) == []
    run.finish()
    seen += [one["title"] for one in listed("--since", since)]
    assert seen == [f"{number}" for number in range(30)]


def test_alerts_of_a_run_have_times_of_their_own(home: Home) -> None:
    with trackio.init(project="p") as run:
        threads = [threading.Thread(target=lambda: [run.alert("a") for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = [one.time_ns for one in raised(home)]
    assert len(set(times)) == 200
    # As they are printed.
    assert all(time_ns % 1000 == 0 for time_ns in times)


def test_the_last_id_gives_those_that_came_in_after_it_also_late_ones(listed: Any, home: Home) -> None:
    with trackio.init(project="p", id="a1") as run:
        run.alert("first")
    (first,) = listed()
    late = layout.journal(home.project("p").directory, "a1", "0b")
    late.write_bytes(
        journal.header("a1", "p", 1, {"n": 1})
        + journal.frame(journal.EVENT, journal.event("alert", 1_000, title="late", level="info"))
    )
    assert listed("--since", first["timestamp"]) == []
    (found,) = listed("--after", str(first["id"]))
    assert (found["title"], found["timestamp"]) == ("late", "1970-01-01T00:00:00.000001+00:00")
    assert listed("--after", str(found["id"])) == []
    assert [one["title"] for one in listed("--after", "0")] == ["late", "first"]


def test_both_read_commands_take_the_same(listed: Any, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with trackio.init(project="p", name="n") as run:
        run.alert("a", level="info")
        run.alert("b", data={"x": 1})
    options = ["--level", "warn", "--run", "n", "--after", "1", "--since", "2020-01-01", "--limit", "5"]
    (found,) = listed(*options)
    assert (found["title"], found["data"]) == ("b", {"x": 1})
    assert main(["get", "alerts", "--project", "p", *options, "--json"]) == 0
    assert json.loads(capsysbinary.readouterr().out)["alerts"] == [found]
