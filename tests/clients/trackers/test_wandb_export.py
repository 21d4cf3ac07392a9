"""Runs written as W&B's offline runs by its own library, and read back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wandb

import trackio
from trackio.errors import UsageError
from trackio.exporters.formats import send
from trackio.exporters.wandb.writing import Options
from trackio.importers.formats import bring
from trackio.store import versions
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("CACHE", "CONFIG", "DATA", "ARTIFACT"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    yield
    wandb.teardown()


def back(tmp_path: Path) -> ProjectStore:
    wandb.teardown()
    other = Home(tmp_path / "other")
    report = bring("wandb", [tmp_path / "out"], home=other)
    assert report.failures == []
    return other.project(report.projects[0])


def rows(store: ProjectStore, run: str) -> list[tuple[int, int, list[tuple[str, Any]]]]:
    # W&B's times are float64 seconds, and its values are in no order.
    return [(step, round(time_ns / 1e6), sorted(values.items())) for step, time_ns, values in store.rows(run)]


def test_a_run_goes_there_and_back(tmp_path: Path, home: Path) -> None:
    with trackio.init(
        project="a/b",
        name="otter",
        group="g",
        job_type="train",
        tags=["t", "u"],
        notes="n",
        config={"lr": 0.1, "n": {"a": [1, None]}},
    ) as run:
        run.define_metric("epoch")
        run.define_metric("val/*", step_metric="epoch", summary="min")
        for at in range(5):
            run.log({"loss": 1 / (3 + at), "epoch": at, "val/acc": at / 8 + 0.1})
        run.log({"bad": math.nan, "up": math.inf, "flag": True, "word": "x", "big": 2**60}, step=17)
        run.alert("Title", "text", level="WARN")
        run.summary["best"] = 3
        run.log_system({"gpu": 5.5})
        (tmp_path / "a.txt").write_text("A")
        trackio.save(str(tmp_path / "a.txt"), base_path=str(tmp_path))
        artifact = trackio.Artifact("ds", type="dataset")
        artifact.add_file(str(tmp_path / "a.txt"))
        run.log_artifact(artifact).wait()
        run.record("energy_begin", session="s", boot="b", clock_ns=0, devices=[{"id": "a", "kind": "gpu", "name": "b"}])
        run.record("energy", session="s", clock_ns=1, rows=[[0, 5, None, None]])
    carried = send("wandb", "a/b", tmp_path / "out", home=Home(home))
    assert set(carried.lost) == {
        "the name 'a/b' of the project, which became 'a-b'",
        "a value of a system metric: W&B takes none but from its own sampler",
        "when a run began and ended and raised alerts, but for the times of its rows",
        "the part of a time below a microsecond",
        "otter: the energy that was measured",
    }
    [path] = carried.written
    assert list(Path(path).glob("*.wandb"))
    before, after = Home(home).project("a/b"), back(tmp_path)
    one, other = before.run(run.id), after.run(run.id)
    for name in ("name", "group", "job_type", "tags", "notes", "config", "status", "exit_code", "last_step"):
        assert getattr(one, name) == getattr(other, name), name
    assert repr(rows(before, run.id)) == repr(rows(after, run.id))
    assert after.own_summary(run.id)["best"] == 3
    assert set(before.definitions(run.id)) == set(after.definitions(run.id))
    [alert] = after.alerts()
    assert (alert.level, alert.title, alert.text) == ("warn", "Title", "text")
    files = {event["name"]: event["file"] for event in after.events(run.id, "file")}
    assert after.blobs.read(files["a.txt"]) == b"A"


def test_media_go_there_and_back(tmp_path: Path, home: Path) -> None:
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    with trackio.init(project="p", name="otter") as run:
        run.log({"img": trackio.Image(pixels, caption="c"), "hist": trackio.Histogram(np.arange(100.0))})
        run.log(
            {"imgs": [trackio.Image(pixels, caption=f"c{at}") for at in range(2)], "html": trackio.Html("<b>x</b>")}
        )
        run.log({"tab": trackio.Table(columns=["a", "i"], data=[[1, trackio.Image(pixels)]])})
        run.log({"md": trackio.Markdown("# hi"), "loss": 0.5})
    carried = send("wandb", "p", tmp_path / "out", home=Home(home))
    assert "md: that it is Markdown; it became text" in carried.lost
    before, after = Home(home).project("p"), back(tmp_path)

    def reference(store: ProjectStore, name: str) -> Any:
        [(*_, value)] = store.values(run.id, name)
        return json.loads(value)

    for name in ("img", "hist"):
        assert reference(before, name) == reference(after, name)
    assert [one["caption"] for one in reference(after, "imgs")["items"]] == ["c0", "c1"]
    assert b"<b>x</b>" in after.blobs.read(reference(after, "html")["file"])
    cells = json.loads(after.blobs.read(reference(after, "tab")["file"]))
    assert (cells["columns"], cells["data"][0][0], cells["data"][0][1]["_type"]) == (["a", "i"], 1, "trackio.image")
    assert after.values(run.id, "md")[0][3] == "# hi"


def test_steps_that_come_twice_or_go_back_are_kept(tmp_path: Path, home: Path) -> None:
    with trackio.init(project="p", name="otter") as run:
        for step in (5, 5, 3, -1):
            run.log({"loss": step + 0.5}, step=step)
    send("wandb", "p", tmp_path / "out", home=Home(home))
    after = back(tmp_path)
    assert [(step, values) for step, _, values in after.rows(run.id)] == [
        (5, {"loss": 5.5}),
        (5, {"loss": 5.5}),
        (3, {"loss": 3.5}),
        (-1, {"loss": -0.5}),
    ]
    assert after.definitions(run.id) == ()


def test_zeros_keep_their_sign_and_what_definitions_make_is_no_summary(tmp_path: Path, home: Path) -> None:
    with trackio.init(project="p", name="otter") as run:
        run.define_metric("loss", summary="min")
        run.log({"loss": 2.5, "zero": -0.0, "whole": 3.0})
        run.log({"loss": math.nan, "zero": 1.5})
    carried = send("wandb", "p", tmp_path / "out", home=Home(home))
    assert carried.lost["that the numbers of a metric, all of them whole, are floats"] == 1
    after = back(tmp_path)
    assert [repr(value) for _, _, _, value in after.values(run.id, "zero")] == ["-0.0", "1.5"]
    assert after.own_summary(run.id) == {}
    assert after.run(run.id).summary["loss"] == Home(home).project("p").run(run.id).summary["loss"]


def test_a_second_export_to_the_same_folder_is_refused(tmp_path: Path, home: Path) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.5})
    send("wandb", "p", tmp_path / "out", home=Home(home), options=Options(entity="me", project="q"))
    with pytest.raises(UsageError, match="there already"):
        send("wandb", "p", tmp_path / "out", home=Home(home))
    assert back(tmp_path).name == "q"


def test_a_run_that_failed_and_one_without_rows(tmp_path: Path, home: Path) -> None:
    with trackio.init(project="p", name="failed") as run:
        run.log({"loss": 1})
        run.finish(exit_code=3)
    with trackio.init(project="p", name="empty"):
        pass
    send("wandb", "p", tmp_path / "out", home=Home(home))
    found = {run.name: run for run in back(tmp_path).runs()}
    assert (found["failed"].status, found["failed"].exit_code) == ("failed", 3)
    assert found["empty"].row_count == 0


def test_artifacts_are_held_ready_for_the_upload(tmp_path: Path, home: Path) -> None:
    (tmp_path / "a.txt").write_text("A")
    with trackio.init(project="p") as run:
        artifact = trackio.Artifact("ds", type="dataset", metadata={"rows": 3})
        artifact.add_file(str(tmp_path / "a.txt"))
        run.log_artifact(artifact, aliases=["best"]).wait()
    carried = send("wandb", "p", tmp_path / "out", home=Home(home))
    assert [what for what in carried.lost if "artifact" in what] == []
    [found] = versions.logged(back(tmp_path), run.id)
    assert (found.source, found.type, found.metadata, found.aliases) == (
        "ds",
        "dataset",
        {"rows": 3},
        ("best", "latest"),
    )
