"""A home with everything that a document can speak of."""

from __future__ import annotations

import math
from pathlib import Path

import trackio
from tests.api import made
from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from trackio.store.home import Home

BIG = 2**63 - 1
MISSING = {"cpu": "RAPL can be read by root only"}


def fill(home: Path, folder: Path) -> None:
    """Three projects: ``mnist`` with odd values and alerts, ``media`` with artifacts and files, ``speed`` with energy.

    TRACKIO_DIR names ``home``; ``folder`` is for files to be saved.
    """
    _mnist(home)
    _media(folder)
    _speed(home)


def _mnist(home: Path) -> None:
    odd = [{"loss": math.nan, "n": 1}, {"loss": math.inf, "note": "NaN"}, {"loss": 0.5, "big": BIG, "ok": True}]
    store = made.project(
        home,
        "mnist",
        made.run(
            "a1",
            name="otter",
            group="adam",
            config={"lr": 0.1, "bad": math.nan, "huge": 10**30, "\ud800": "\u202e", "deep": {"x": [1, None]}},
        ),
        made.run("b2", odd, name="heron \x1b[31m", steps=[0, 10, 20]),
        made.run("c3", [], name="empty"),
    )
    made.alerts(store, "a1", ("info", "NaN"), ("error", "slow\nline"), ("warn", "hot"))


def _media(folder: Path) -> None:
    (folder / "log.txt").write_text("text")
    (folder / "ref.bin").write_bytes(b"elsewhere")
    with trackio.init(project="media", name="run", auto_log_cpu=False, auto_log_gpu=False, tags=["t"]) as run:
        run.log({"notes": trackio.Markdown("# Hi"), "bars": trackio.Histogram([1.0, 2.0, 2.0])})
        run.log({"loss": 1.0, "list": [1, 2, 3]})
        run.log({"table": trackio.Table(columns=["a"], data=[[1]])})
        for text in ("1", "22"):
            artifact = trackio.Artifact("data", "dataset", metadata={"length": len(text), "bad": math.nan})
            with artifact.new_file("deep/a.txt") as file:
                file.write(text)
            run.log_artifact(artifact, aliases=["best"] if text == "1" else None)
        linking = trackio.Artifact("linking", "dataset")
        linking.add_reference(trackio.Api().project("media").artifact("data:v0").get_entry("deep/a.txt").ref_url(), "b")
        run.log_artifact(linking)
        local = trackio.Artifact("local", "dataset")
        local.add_reference((folder / "ref.bin").as_uri())
        run.log_artifact(local)
        run.save(str(folder / "log.txt"), base_path=folder)


def _speed(home: Path) -> None:
    store = Home(home).create("speed")
    heron = Recorded(store, "a", name="heron")
    heron.session([(H200, steady(600, 650, every=5))], missing=MISSING, marks=[(60, "warm-up")])
    for second in range(0, 600, 60):
        heron.log(second, loss=600 / (second + 60), global_step=float(2 * second))
    heron.write()
    rows = steady(600, 650, start=300, every=5)
    package = [(row[0], (row[0] * 120) % 65_000, None, None) for row in rows]
    Recorded(store, "b", name="otter", start=300).session([(H200, rows), (PACKAGE, package)]).log(300, loss=9.0).write()
    Recorded(store, "c", name="crow").session([], start=0, end=10, missing={"gpu": "none", **MISSING}).log(
        1, loss=1.0
    ).write()
    Recorded(store, "d", name="old").log(1, loss=1.0).write()


READING: tuple[str, ...] = (
    "list projects",
    "list runs --project mnist",
    "list runs --project media --status finished",
    "list metrics --project mnist",
    "list metrics --project mnist --run b2",
    "list metrics --project media --run run",
    "list system-metrics --project mnist",
    "list system-metrics --project speed --run heron",
    "list alerts --project mnist",
    "list alerts --project mnist --level error --since 2025-01-01 --limit 1",
    "list reports --project media",
    "list reports --project media --run run",
    "list artifacts --project media",
    "list artifacts --project media --type model",
    "list files --project media",
    "get project --project mnist",
    "get project --project media",
    "get run --project mnist --run otter",
    "get run --project mnist --run b2",
    "get run --project mnist --run empty",
    "get run --project media",
    "get metric --project mnist --run b2 --metric loss",
    "get metric --project mnist --run b2 --metric note",
    "get metric --project mnist --run otter --metric loss --around 5 --window 2",
    "get metric --project mnist --run otter --metric loss --step 99",
    "get metric --project media --metric bars",
    "get system-metric --project mnist --run otter",
    "get snapshot --project mnist --run b2",
    "get snapshot --project media",
    "get snapshot --project mnist --run b2 --at-time 2025-11-21T03:19:01Z --window 0.5",
    "get alerts --project mnist --run otter",
    "get report --project media --report notes",
    "get artifact data:best --project media",
    "get artifact linking --project media",
    "get artifact local --project media",
    "query project --project mnist --sql SELECT\xa0*\xa0FROM\xa0runs",
    "query project --project mnist --sql SELECT\xa0value,x'ff'\xa0AS\xa0b,value\xa0FROM\xa0logs",
    # What is assumed is kept with the project, so each of these says the same of it.
    "energy --project speed --runs heron crow --target loss=2 --location FRA --price 0.25 --cpu-watts 90 --pue 1.2",
    "energy --project speed --target loss=0.001 --goal minimize",
    "energy --project speed",
    "energy --project mnist",
)
"""Read commands, each as it is typed; a space inside of an argument is written as one that does not break."""


def argv(command: str) -> list[str]:
    """The arguments of one of them."""
    return [part.replace("\xa0", " ") for part in command.split(" ")]
