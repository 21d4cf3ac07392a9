"""Runs that go to a Space have no home folders where a report has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import trackio
from trackio import references
from trackio.exporters.exported import ExportedRun
from trackio.importers.imported import Watch
from trackio.importers.recording import record
from trackio.importers.trackio.own import imported
from trackio.publish.homeless import homeless
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.project import ProjectStore

QUIET: dict[str, Any] = {"auto_log_cpu": False, "auto_log_gpu": False}
HOMES = (b"/home/ada", b"/Users/ada", b"Users\\")


def brought(tmp_path: Path) -> ProjectStore:
    """The runs of project ``p`` as a Space gets them."""
    here = Home().project("p")
    here.catch_up()
    there = ProjectStore("p", layout.create_project(tmp_path / "there", "p"))
    record(there, [homeless(imported(ExportedRun(here, run), Watch())) for run in here.runs()])
    return there


def everything(store: ProjectStore) -> bytes:
    """What is in the rows, the fields and the files of a project."""
    run = store.runs()[0]
    body = (run.config, run.summary, run.notes, list(store.rows(run.id)), [repr(one) for one in store.alerts()])
    files = [store.blobs.read(name) for name in store.blobs.names()]
    return b"\n".join([json.dumps(body, default=str).encode(), *files])


def test_config_notes_summary_texts_and_alerts_have_a_tilde(tmp_path: Path) -> None:
    config = {"path": "/home/ada/secret/x", "more": [{"at": "C:\\Users\\ada\\y"}], "url": "https://a.b/home/c"}
    with trackio.init(project="p", name="r", config=config, notes="in /home/ada/nb", **QUIET) as run:
        run.log({"loss": 1.0, "said": "read /Users/ada/z, then /srv/x"})
        run.summary["best"] = "/home/ada/best.pt"
        run.alert("at /home/ada", "see /home/ada/log", data={"file": "/home/ada/log"})
    there = brought(tmp_path)
    [found] = there.runs()
    assert found.config == {"path": "~/secret/x", "more": [{"at": "~\\y"}], "url": "https://a.b/home/c"}
    assert found.notes == "in ~/nb"
    assert there.own_summary(found.id)["best"] == "~/best.pt"
    assert [values["said"] for _, _, values in there.rows(found.id)] == ["read ~/z, then /srv/x"]
    [alert] = there.alerts()
    assert (alert.title, alert.text, alert.data) == ("at ~", "see ~/log", {"file": "~/log"})
    assert not any(one in everything(there) for one in HOMES)
    assert Home().project("p").runs()[0].config == config


def test_tables_traces_and_charts_have_a_tilde_and_are_stored_anew(tmp_path: Path) -> None:
    from PIL import Image

    picture = trackio.Image(Image.new("RGB", (2, 2)), caption="of /home/ada/cat.png")
    rows = [["/home/ada/cell", picture, {"in": "/home/ada/deep"}], ["plain", picture, None]]
    messages = [{"role": "user", "content": "open /home/ada/x"}]
    with trackio.init(project="p", name="r", **QUIET) as run:
        run.log({
            "rows": trackio.Table(columns=["/home/ada/c", "cat", "more"], data=rows),
            "doc": trackio.Markdown("# /home/ada/doc"),
            "talk": trackio.Trace(messages),
            "plain": trackio.Table(columns=["a"], data=[["b"]]),
        })  # fmt: skip
    there = brought(tmp_path)
    assert not any(one in everything(there) for one in HOMES)
    [(_, _, values)] = there.rows(there.runs()[0].id)
    table = references.decode(values["rows"])
    assert table is not None
    stored = there.blobs.read(table["file"])
    assert table["size"] == len(stored)
    document = json.loads(stored)
    assert document["columns"] == ["~/c", "cat", "more"]
    assert document["data"][0][0] == "~/cell"
    assert document["data"][0][1]["caption"] == "of ~/cat.png"
    here = Home().project("p")
    before = references.decode(next(iter(here.rows(here.runs()[0].id)))[2]["plain"])
    assert references.decode(values["plain"]) == before


def test_descriptions_of_artifacts_have_a_tilde_and_their_files_stay(tmp_path: Path) -> None:
    source = tmp_path / "x.txt"
    source.write_text("at /home/ada")
    with trackio.init(project="p", name="r", **QUIET) as run:
        artifact = trackio.Artifact("d", "dataset", description="of /home/ada/d", metadata={"from": "/home/ada/d"})
        artifact.add_file(source)
        run.log_artifact(artifact)
    there = brought(tmp_path)
    _, [(description, metadata, digest)] = there.query("SELECT description, metadata, digest FROM artifacts")
    assert (description, json.loads(metadata)) == ("of ~/d", {"from": "~/d"})
    assert digest == Home().project("p").query("SELECT digest FROM artifacts")[1][0][0]
    assert b"at /home/ada" in [there.blobs.read(name) for name in there.blobs.names()]
