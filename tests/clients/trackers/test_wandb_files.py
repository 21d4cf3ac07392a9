"""W&B's own offline runs, as the released package writes them, brought in."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as plotly
import pytest
import wandb

from trackio.definitions import read as read_definitions
from trackio.importers.formats import Report, bring
from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """W&B writes into the folder of the test and asks for no network."""
    for name in ("CACHE", "CONFIG", "DATA", "ARTIFACT"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    yield
    wandb.teardown()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "wandb"


def imported(source: Path, home: Path) -> tuple[Report, ProjectStore]:
    # finish() comes back before W&B's own process has written its last record.
    wandb.teardown()
    report = bring("wandb", [source], home=Home(home))
    return report, Home(home).project(report.projects[0])


def values(store: ProjectStore, run: str, metric: str) -> list[tuple[int, Any]]:
    return [(step, value) for _, step, _, value in store.values(run, metric)]


def reference(store: ProjectStore, run: str, metric: str) -> Any:
    [(_, value)] = values(store, run, metric)
    return json.loads(value)


def test_a_run_comes_with_everything_it_is(source: Path, home: Path) -> None:
    with wandb.init(
        project="mnist",
        id="abcd1234",
        name="otter",
        group="g",
        tags=["a", "b"],
        notes="some notes",
        job_type="train",
        config={"lr": 0.1, "nested": {"a": [1, None]}, "gone": 1},
    ) as run:
        run.define_metric("epoch")
        run.define_metric("val/*", step_metric="epoch", summary="min,max")
        run.define_metric("hidden", hidden=True)
        for at in range(3):
            run.log({"loss": 1 / (1 + at), "epoch": at, "val/acc": at / 2, "nest": {"x": {"y": at}}, "big": 2**60 + at})
        run.log({"bad": math.nan, "up": math.inf, "down": -math.inf, "flag": True, "word": "x"}, step=17)
        run.alert("Title", "text", level="WARN")
        run.summary["best"] = 3
        run.config.update({"late": 5, "lr": 0.2}, allow_val_change=True)
        Path("saved.txt").write_text("saved")
        run.save("saved.txt")
    report, store = imported(source, home)
    [told] = report.runs
    found = store.run(told.id)
    assert (told.project, told.id, told.outcome) == ("mnist", "abcd1234", "new")
    assert (found.name, found.group, found.tags, found.notes, found.job_type) == (
        "otter",
        "g",
        ("a", "b"),
        "some notes",
        "train",
    )
    assert found.config == {"lr": 0.2, "nested": {"a": [1, None]}, "gone": 1, "late": 5}
    assert (found.status, found.exit_code, found.row_count, found.last_step) == ("finished", 0, 4, 17)
    # W&B writes 1.0 as 1.
    assert repr(values(store, found.id, "loss")) == repr([(0, 1.0), (1, 0.5), (2, 1 / 3)])
    assert repr(values(store, found.id, "nest/x/y")) == repr([(0, 0), (1, 1), (2, 2)])
    assert values(store, found.id, "big") == [(at, 2**60 + at) for at in range(3)]
    assert math.isnan(values(store, found.id, "bad")[0][1])
    assert [values(store, found.id, name) for name in ("up", "down", "flag", "word")] == [
        [(17, math.inf)],
        [(17, -math.inf)],
        [(17, True)],
        [(17, "x")],
    ]
    assert store.own_summary(found.id)["best"] == 3
    assert "loss" not in store.own_summary(found.id)
    assert {one.name: (one.step_metric, one.hidden, one.summary) for one in _definitions(store, found.id)} == {
        "epoch": (None, False, ()),
        "val/*": ("epoch", False, ("min", "max")),
        "hidden": (None, True, ()),
    }
    # W&B tells neither time nor step of an alert: it stands at the last row that was complete.
    [alert] = store.alerts(found.id)
    assert (alert.level, alert.title, alert.text, alert.step) == ("warn", "Title", "text", 2)
    files = {event["name"]: event["file"] for event in store.events(found.id, "file")}
    assert store.blobs.read(files["saved.txt"]) == b"saved"
    times = [time_ns for _, _, time_ns, _ in store.values(found.id, "loss")]
    assert found.created_ns <= times[0] <= times[-1] <= found.updated_ns
    assert any(metric.name.startswith("proc.memory") for metric in store.metrics(found.id, "system"))


def _definitions(store: ProjectStore, run: str) -> Any:
    return read_definitions(store.events(run, "define_metric"))


def test_media_come_along(source: Path, home: Path) -> None:
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    box = {"position": {"minX": 0.1, "maxX": 0.2, "minY": 0.1, "maxY": 0.3}, "class_id": 1, "box_caption": "b"}
    boxes = {"p": {"box_data": [box], "class_labels": {1: "cat"}}}
    masks = {"m": {"mask_data": np.ones((8, 8), dtype=np.uint8), "class_labels": {1: "dog"}}}
    Path("m.pdb").write_text("ATOM\n")
    (Path("a.wav")).write_bytes(_wav())
    with wandb.init(project="p", id="abcd1234") as run:
        run.log({"img": wandb.Image(pixels, caption="c", boxes=boxes, masks=masks)})
        run.log({"imgs": [wandb.Image(pixels, caption=f"c{at}") for at in range(3)]})
        run.log({"hist": wandb.Histogram(np.arange(100)), "html": wandb.Html("<b>x</b>")})
        run.log({"fig": plotly.Figure(plotly.Scatter(x=[1, 2], y=[3, 4]))})
        run.log({"tab": wandb.Table(columns=["a", "i"], data=[[1, wandb.Image(pixels)], [None, None]])})
        run.log({"obj": wandb.Object3D(np.random.rand(10, 3)), "mol": wandb.Molecule("m.pdb")})
        run.log({"aud": wandb.Audio("a.wav", caption="beep"), "arr": np.arange(5), "long": np.arange(5000.0)})
    report, store = imported(source, home)
    assert report.notes == {}
    image = reference(store, "abcd1234", "img")
    assert (image["_type"], image["width"], image["height"], image["caption"]) == ("trackio.image", 8, 8, "c")
    assert store.blobs.read(image["file"]).startswith(b"\x89PNG")
    assert image["boxes"]["p"]["box_data"] == [box]
    assert image["boxes"]["p"]["class_labels"] == {"1": "cat"}
    assert image["masks"]["m"]["class_labels"] == {"1": "dog"}
    assert store.blobs.read(image["masks"]["m"]["file"]).startswith(b"\x89PNG")
    assert [one["caption"] for one in reference(store, "abcd1234", "imgs")["items"]] == ["c0", "c1", "c2"]
    histogram = reference(store, "abcd1234", "hist")
    assert len(histogram["bins"]) == len(histogram["values"]) + 1
    assert b"<b>x</b>" in store.blobs.read(reference(store, "abcd1234", "html")["file"])
    figure = reference(store, "abcd1234", "fig")
    assert json.loads(store.blobs.read(figure["file"]))["data"][0]["x"] == [1, 2]
    assert b"Plotly" in store.blobs.read(figure["script_file"])
    table = reference(store, "abcd1234", "tab")
    assert (table["columns"], table["rows"]) == (["a", "i"], 2)
    cells = json.loads(store.blobs.read(table["file"]))["data"]
    assert cells[0][1]["_type"] == "trackio.image"
    assert store.blobs.read(cells[0][1]["file"]).startswith(b"\x89PNG")
    assert cells[1] == [None, None]
    assert reference(store, "abcd1234", "obj")["format"] == "pts.json"
    assert reference(store, "abcd1234", "mol")["format"] == "pdb"
    sound = reference(store, "abcd1234", "aud")
    assert (sound["sample_rate"], sound["seconds"], sound["channels"], sound["caption"]) == (8000, 0.1, 1, "beep")
    assert reference(store, "abcd1234", "arr") == {"_type": "trackio.array", "_value": [0, 1, 2, 3, 4]}
    assert reference(store, "abcd1234", "long")["_type"] == "trackio.histogram"


def _wav() -> bytes:
    import io
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 800)
    return out.getvalue()


def test_the_same_folder_twice_gives_one_copy_and_a_resumed_run_is_one(source: Path, home: Path) -> None:
    for part in range(2):
        with wandb.init(project="p", id="abcd1234", resume="allow") as run:
            run.log({"loss": part}, step=part)
        report, store = imported(source, home)
        assert [one.outcome for one in report.runs] == ["replaced" if part else "new"]
    report, store = imported(source, home)
    assert [one.outcome for one in report.runs] == ["unchanged"]
    assert values(store, "abcd1234", "loss") == [(0, 0), (1, 1)]
    # The folder of the second part alone brings the first along.
    last = max(source.glob("offline-run-*"))
    assert [one.outcome for one in bring("wandb", [last], home=Home(home)).runs] == ["unchanged"]


def test_a_run_that_failed_has_failed(source: Path, home: Path) -> None:
    with wandb.init(project="p", id="abcd1234") as run:
        run.log({"loss": 1})
        run.finish(exit_code=3)
    _, store = imported(source, home)
    assert (store.run("abcd1234").status, store.run("abcd1234").exit_code) == ("failed", 3)


def test_a_file_that_ends_in_the_middle_gives_everything_before(source: Path, home: Path) -> None:
    with wandb.init(project="p", id="abcd1234") as run:
        for at in range(200):
            run.log({"loss": at / 7})
    wandb.teardown()
    [path] = source.glob("offline-run-*/*.wandb")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    _, store = imported(source, home)
    found = values(store, "abcd1234", "loss")
    assert 20 < len(found) < 200
    assert found == [(at, at / 7) for at in range(len(found))]
    assert store.run("abcd1234").status == "crashed"
    path.write_bytes(whole)
    report, store = imported(source, home)
    assert [one.outcome for one in report.runs] == ["replaced"]
    assert len(values(store, "abcd1234", "loss")) == 200


def test_a_broken_file_costs_itself_and_is_named(source: Path, home: Path) -> None:
    with wandb.init(project="p", id="abcd1234") as run:
        run.log({"loss": 1})
    broken = source / "offline-run-20200101_000000-zzzzzzzz" / "run-zzzzzzzz.wandb"
    broken.parent.mkdir()
    broken.write_bytes(b"nonsense")
    report, _ = imported(source, home)
    assert [one.id for one in report.runs] == ["abcd1234"]
    assert str(broken) in str(report.failures[0])


@pytest.mark.parametrize(("run_id", "outcomes"), [("base", ["new", "new"]), ("baseline", ["new"])])
def test_an_id_that_a_person_chose_replaces_no_run_of_another_project(
    source: Path, home: Path, run_id: str, outcomes: list[str]
) -> None:
    for project in ("p", "q"):
        with wandb.init(project=project, id=run_id) as run:
            run.log({"loss": 1})
    wandb.teardown()
    report = bring("wandb", [source], project="both", home=Home(home))
    assert [one.outcome for one in report.runs] == outcomes
    assert len({one.id for one in report.runs}) == len(outcomes)
    # Eight letters are what W&B makes by chance.
    assert [failure.reason for failure in report.failures] == [
        "'both' has another run with the id baseline; import it to another project"
    ] * (2 - len(outcomes))


def test_files_elsewhere_on_the_machine_are_not_read(source: Path, home: Path, tmp_path: Path) -> None:
    with wandb.init(project="p", id="abcd1234") as run:
        run.log({"html": wandb.Html("x")})
    [media] = source.glob("offline-run-*/files/media/html/*.html")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    media.unlink()
    media.symlink_to(secret)
    report, store = imported(source, home)
    assert all(store.blobs.read(name) != b"secret" for name in store.blobs.names())
    assert any("lies outside" in sentence for sentence in report.notes)


def test_links_to_saved_files_are_followed_to_beside_the_script_alone(source: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "beside.txt").write_text("beside")
    keys = tmp_path / ".ssh"
    keys.mkdir()
    (keys / "id").write_text("secret")
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.write_text("secret")
    with wandb.init(project="p", id="abcd1234") as run:
        run.save("beside.txt")
        for name in ("key.txt", "elsewhere.txt"):
            (tmp_path / name).write_text("x")
            run.save(name)
    [folder] = source.glob("offline-run-*")
    for name, target in (("key.txt", keys / "id"), ("elsewhere.txt", elsewhere)):
        link = folder / "files" / name
        link.unlink()
        link.symlink_to(target)
    report, store = imported(source, home)
    files = {event["name"]: store.blobs.read(event["file"]) for event in store.events(run.id, "file")}
    assert files.pop("beside.txt") == b"beside"
    assert b"secret" not in files.values()
    assert all(store.blobs.read(name) != b"secret" for name in store.blobs.names())
    assert [sentence.partition(",")[0] for sentence in sorted(report.notes)] == [
        "the saved file elsewhere.txt",
        "the saved file key.txt",
    ]


def test_a_name_with_the_signs_of_a_pattern_is_found(source: Path, home: Path) -> None:
    with wandb.init(project="p", id="a[b]c") as run:
        run.log({"loss": 0.5})
    report, store = imported(source, home)
    assert [store.run(one.id).row_count for one in report.runs] == [1]
