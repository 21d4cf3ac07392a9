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

GPU = {
    "id": "GPU-8c1f6a2e-0000-0000-0000-000000000000",
    "kind": "gpu",
    "name": "NVIDIA H200",
    "index": 0,
    "power_limit_mw": 700_000,
}


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
        _measure(run)
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


def _measure(run: trackio.Run) -> None:
    """What a process measured that was killed, with a GPU that is read now and then, and the one that went on."""
    processor = {"id": "cpu/package-0", "kind": "cpu", "name": "AMD EPYC 9654", "scope": "package"}
    for session in ("killed", "resumed"):
        told: dict[str, object] = {"session": session, "boot": f"boot of {session}"}
        run.record("energy_begin", **told, clock_ns=7, devices=[GPU, processor], missing={"dram": "not there"})
        for second in range(4):
            gpu = [0, None if second == 1 else 2**60 + second * 300_000, None if second == 2 else 300_000, 97.5]
            rows = [gpu, [1, second * 9000, None, None]] if second else [gpu]
            run.record("energy", **told, clock_ns=10**9 * second + 8, rows=rows)
        run.record("energy", **told, clock_ns=9, rows=[], mark="half \N{SNOWMAN}")
        run.record("energy_note", **told, device=0, note="shared")
    run.record("energy_end", session="resumed", clock_ns=5 * 10**9)


def _text(reference: dict[str, object]) -> str:
    return json.dumps(reference, separators=(",", ":"))
