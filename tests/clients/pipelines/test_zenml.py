"""Pipelines of ZenML, with the flavor that it ships and with ours."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from zenml import pipeline, step

import trackio
from trackio.integrations.zenml import FLAVOR, TrackioFlavor, get_trackio_run, without_secrets

SECRET = "hf_thisIsNotToBeSeenAnywhere123456"


@pytest.fixture(scope="module", autouse=True)
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A fresh ZenML with both flavors in stacks of their own."""
    folder = tmp_path_factory.mktemp("zenml")
    os.environ.update(
        ZENML_CONFIG_PATH=str(folder / "config"),
        ZENML_LOCAL_STORES_PATH=str(folder / "stores"),
        ZENML_ANALYTICS_OPT_IN="false",
        ZENML_ENABLE_RICH_TRACEBACK="false",
        ZENML_LOGGING_VERBOSITY="ERROR",
        AUTO_OPEN_DASHBOARD="false",
    )
    from zenml.client import Client
    from zenml.enums import StackComponentType

    found = Client()
    found.create_flavor("trackio.integrations.zenml.TrackioFlavor", StackComponentType.EXPERIMENT_TRACKER)
    for name, flavor, options in (
        ("released", "trackio", {"project_name": "shipped", "hf_token": SECRET}),
        (
            "ours",
            FLAVOR,
            {
                "project": "ours",
                "workspace": "team",
                "base_url": f"http://127.0.0.1:1/?write_token={SECRET}",
                "api_key": SECRET,
                "tags": ["always"],
                "metadata": {"owner": "me"},
            },
        ),
    ):
        found.create_stack_component(name, flavor, StackComponentType.EXPERIMENT_TRACKER, options)
        found.create_stack(
            name,
            {
                StackComponentType.ORCHESTRATOR: "default",
                StackComponentType.ARTIFACT_STORE: "default",
                StackComponentType.EXPERIMENT_TRACKER: name,
            },
        )
    return found


def train() -> int:
    assert trackio.run is not None
    for k in range(3):
        trackio.log({"loss": 1.0 / (1 + k)})
    return 1


# ZenML loads steps again by their names in this module.
@step(experiment_tracker="released", enable_cache=False)
def released() -> int:
    return train()


@step(experiment_tracker="released", enable_cache=False)
def released_failing() -> int:
    raise ValueError("diverged", train())


@step(experiment_tracker="ours", enable_cache=False)
def ours() -> int:
    return train()


@step(experiment_tracker="ours", enable_cache=False)
def ours_failing() -> int:
    raise ValueError("diverged", train())


def run_pipeline(client: Any, what: Any, settings: dict[str, Any] | None = None) -> Any:
    """Run a pipeline of one step; the step as ZenML recorded it."""

    @pipeline(enable_cache=False)
    def training() -> None:
        what.with_options(settings={"experiment_tracker": settings or {}})()

    client.activate_stack(what.name.partition("_")[0])
    if what.name.endswith("failing"):
        with pytest.raises(RuntimeError, match="failed"):
            training()
    else:
        training()
    [newest] = client.list_pipeline_runs(sort_by="desc:created", size=1, hydrate=True).items
    [found] = newest.steps.values()
    return found


def test_the_flavor_that_zenml_ships_records_a_step(client: Any) -> None:
    step = run_pipeline(client, released, {"tags": ["a", "b"], "run_name": "first"})
    [run] = trackio.Api().project("shipped").runs()
    assert (run.name, run.status) == ("first", "finished")
    assert run.metric("loss").value.tolist() == [1.0, 0.5, 1 / 3]
    assert run.config["zenml"]["step_name"] == "released"
    assert "zenml_tags" in run.metrics()
    assert step.run_metadata["trackio_run_name"] == "first"


def test_a_step_that_fails_is_a_failed_run_with_the_shipped_flavor(client: Any) -> None:
    run_pipeline(client, released_failing)
    [run] = trackio.Api().project("shipped").runs()
    assert (run.status, run.num_logs) == ("failed", 3)


def test_the_shipped_flavor_syncs_before_the_end(client: Any) -> None:
    run_pipeline(client, released, {"auto_sync": True})
    [run] = trackio.Api().project("shipped").runs()
    assert run.status == "finished"


def test_our_flavor_records_a_step_and_links_its_page(client: Any) -> None:
    step = run_pipeline(client, ours, {"tags": ["more"], "metadata": {"ticket": 7}})
    [run] = trackio.Api().project("ours").runs()
    assert (run.status, run.job_type, set(run.tags)) == ("finished", "ours", {"always", "more"})
    assert run.config["metadata"] == {"owner": "me", "ticket": 7}
    assert run.group == run.config["zenml"]["run_name"]
    assert step.run_metadata["trackio_run_id"] == run.id
    url = str(step.run_metadata["experiment_tracker_url"])
    assert run.id in url
    assert url.startswith("http://127.0.0.1")


def test_a_step_that_fails_is_a_failed_run_with_ours(client: Any) -> None:
    run_pipeline(client, ours_failing)
    [run] = trackio.Api().project("ours").runs()
    assert (run.status, run.num_logs) == ("failed", 3)


def test_no_secret_lands_in_metadata_or_on_disk(client: Any, home: Path) -> None:
    step = run_pipeline(client, ours)
    assert SECRET not in json.dumps({name: str(value) for name, value in step.run_metadata.items()})
    for path in home.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
    with sqlite3.connect(next(home.rglob("trackio.db"))) as db:
        assert not [row for row in db.iterdump() if SECRET in row]


def test_the_probes_of_the_newer_flavor_find_what_they_ask_for() -> None:
    assert get_trackio_run() is None
    with trackio.init(project="p", workspace="w", api_key=SECRET, base_url="http://127.0.0.1:1") as run:
        found = get_trackio_run()
        assert found is run
        assert run.url
        assert run.id
        assert run.name
        run.set_tags(["a"])
        run.add_tags(["b"])
        run["metric"] = 1.5
        run.log_metrics({"loss": 0.5})
        run.log_params({"lr": 0.1})
    [read] = trackio.Api().project("p").runs()
    assert (set(read.tags), read.config["lr"]) == ({"a", "b"}, 0.1)
    assert {"metric", "loss"} <= set(read.metrics())
    for end in ({"exit_code": 1}, {"status": "failed"}):
        trackio.init(project="ends").finish(**end)
    assert {run.status for run in trackio.Api().project("ends").runs()} == {"failed"}


def test_addresses_lose_their_secrets_alone() -> None:
    assert without_secrets("https://me:pw@host/x?project=p&write_token=t&apiKey=k#f") == "https://host/x?project=p#f"
    assert TrackioFlavor().name == FLAVOR
