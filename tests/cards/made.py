"""Cards of projects that were recorded, and READMEs to put them into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from trackio import consumption
from trackio.cards import Card, CardRun, Result, Value
from trackio.energy.carbon import intensity
from trackio.energy.statement import Assumptions, Price
from trackio.store.project import ProjectStore

FRANCE = Assumptions(intensity("FRA"), pue=1.2, price=Price(0.25, "EUR"))
SECTION = "<!-- trackio:begin -->\n\n## Training report\n\n12.1 g\n\n<!-- trackio:end -->"
METADATA = {
    "tags": ["trackio"],
    "co2_eq_emissions": {
        "emissions": 12.1,
        "source": "trackio 0.50.0: measured",
        "geographical_location": "NO",
        "hardware_used": "2 x NVIDIA H200",
    },
}
LOCKED = "its energy counter can be read by root only, as on Linux since 2020. `sudo chmod` allows it"
NOTHING = {"gpu": "no NVIDIA driver was found", "cpu": LOCKED, "dram": LOCKED}


def project(folder: Path) -> ProjectStore:
    return ProjectStore("nano", folder)


def measured(store: ProjectStore, run: str = "run-1", name: str = "adam", **options: Any) -> None:
    """A run of ten minutes on two GPUs and a processor: 217 Wh."""
    second = {**H200, "id": "GPU-2", "index": 1}
    processor = [(float(second), second * 100.0, None, None) for second in range(601)]
    devices = [(H200, steady(600, 650)), (second, steady(600, 550)), (PACKAGE, processor)]
    missing = {"dram": "this processor has no energy counter of its memory"}
    one = Recorded(store, run, name=name).session(devices, missing=missing, **options)
    one.log(1, train__loss=2.0, train__global_step=1).log(599, train__loss=0.5, train__global_step=1000).write()


def unmeasured(store: ProjectStore, run: str = "run-2", name: str = "laptop") -> None:
    """A run on a machine without a sensor that can be read."""
    one = Recorded(store, run, name=name).session([], start=0, end=100, missing=NOTHING)
    one.log(1, train__loss=3.0).write()


def card(store: ProjectStore, runs: Sequence[str] = ("run-1",), **options: Any) -> Card:
    """A card of these runs, by id, with one metric."""
    rows = []
    for run in runs:
        loss = store.series(run, ["train/loss"])["train/loss"]
        last = Value(float(loss.value[-1]), int(loss.step[-1]))
        best = Value(float(loss.value.min()), int(loss.step[loss.value.argmin()]))
        rows.append(CardRun(run, store.run(run).name, (Result("train/loss", last, best),), f"runs/{run}.html"))
    return Card("nano", tuple(rows), consumption.project_energy(store, runs), **{"assumptions": FRANCE, **options})


def tables(markdown: str) -> list[list[list[str]]]:
    """The cells of each table as a reader sees them: rows of texts."""
    found: list[list[list[str]]] = []
    is_cell = False
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("td_open", "th_open"):
            is_cell = True
        elif token.type == "inline" and is_cell:
            found[-1][-1].append("".join(child.content for child in token.children or ()))
            is_cell = False
    return found


def facts(markdown: str) -> dict[str, str]:
    """What the table of energy says, by name."""
    rows = tables(markdown)[-1]
    return {row[0]: row[1] for row in rows}


def html(markdown: str) -> list[str]:
    """All raw HTML in it."""
    parsed = MarkdownIt("commonmark").enable("table").parse(markdown)
    tokens = [*parsed, *(child for token in parsed for child in token.children or ())]
    return [token.content for token in tokens if token.type in ("html_block", "html_inline")]
