"""A project with everything that can be recorded, for exports that shall lose none of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import trackio
from trackio.store.home import Home
from trackio.store.project import ProjectStore

if TYPE_CHECKING:
    import pytest


def project(home: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectStore:
    """Two runs of the project ``a/b``: ``otter``, which has everything, and ``heron``, which failed."""
    monkeypatch.setenv("TRACKIO_DIR", str(home))
    store = Home(home).create("a/b")
    image = store.blobs.put(b"png", ".png")
    reference = {"_type": "trackio.image", "file": image.name, "size": 3, "caption": "é"}
    cells = json.dumps({"columns": ["i", "n"], "data": [[reference, 1], [None, 2]]})
    table = store.blobs.put(cells.encode(), ".table.json")
    with trackio.init(
        project="a/b",
        name="otter/1",
        group="g",
        job_type="train",
        tags=["t", "u"],
        notes="line\nline",
        config={"lr": 0.1, "n": {"a": [1, None, "x"]}, "inf": math.inf},
    ) as run:
        run.define_metric("val/*", step_metric="epoch", summary="min")
        run.log({"loss": 0.1, "epoch": 1, "flag": True, "note": "fine", "big": 2**60 + 1, "step": 5})
        run.log({"loss": math.nan, "up": math.inf, "down": -math.inf, "note": 'a "quoted", text\nof two lines'})
        run.log({"loss": 1 / 3, "val/acc": 0.5}, step=17)
        run.log({"loss": -0.0, "flag": False}, step=17)
        run.log({"word": "NaN", "empty": ""}, step=3)
        run.log({"md": _text({"_type": "trackio.markdown", "_value": "# hi"}), "img": _text(reference)}, step=18)
        run.log({"tab": _text({"_type": "trackio.table", "file": table.name, "columns": ["i", "n"], "rows": 2})})
        run.log_system({"gpu/0": 5.5})
        run.alert("Title", "text", level="WARN")
        run.summary["best"] = 3
        run.record("odd", anything=[1, {"x": None}])
        (home.parent / "a.txt").write_text("A")
        artifact = trackio.Artifact("ds", type="dataset", metadata={"rows": 3})
        artifact.add_file(str(home.parent / "a.txt"))
        run.log_artifact(artifact, aliases=["best"]).wait()
    with trackio.init(project="a/b", name="heron") as other:
        other.use_artifact("ds:best")
        other.log({"loss": 5.0})
        other.finish(exit_code=3)
    store.catch_up()
    return store


def _text(reference: dict[str, object]) -> str:
    return json.dumps(reference, separators=(",", ":"))
