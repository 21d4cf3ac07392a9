"""One way to drive every package: start a run, log to it, finish it, count afterwards what is on disk.

Runs inside the environment of the package it drives, so it imports nothing but that package and the standard library.
Each package is used as its own documentation shows for local, offline work; none is given a setting that slows it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

PROJECT = "bench"


class Adapter(Protocol):
    """What a benchmark asks of a package."""

    def load(self) -> None:
        """Import the package, and nothing else."""

    def start(self, folder: Path, name: str) -> None:
        """Begin a run whose data go under ``folder``."""

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Log one row."""

    def finish(self) -> None:
        """End the run; everything is on disk afterwards."""

    def points(self, folder: Path, metric: str) -> int:
        """How many points of ``metric`` can be read back from ``folder``."""


class Trackio:
    """Both trackio 0.43 and this project: their calls are the same."""

    trackio: Any

    def load(self) -> None:
        import trackio

        self.trackio = trackio

    def start(self, folder: Path, name: str) -> None:  # noqa: ARG002  # it goes to TRACKIO_DIR
        self.load()
        self.run = self.trackio.init(project=PROJECT, name=name)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self.trackio.log(metrics, step=step)

    def finish(self) -> None:
        self.trackio.finish()

    def points(self, folder: Path, metric: str) -> int:
        with closing(sqlite3.connect(folder / f"{PROJECT}.db")) as database:
            # A process killed early leaves a database without tables.
            if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'metrics'").fetchall():
                return 0
            rows = database.execute("SELECT metrics FROM metrics")
            return sum(metric in json.loads(row) for [row] in rows)


class Ours(Trackio):
    """This project: read back through its own read side, which is what a user does after a crash."""

    def image(self, pixels: Any) -> Any:
        """An image to log, of an array of height, width and three colours."""
        return self.trackio.Image(pixels)

    def points(self, folder: Path, metric: str) -> int:  # noqa: ARG002  # it lies in TRACKIO_DIR
        import trackio

        return sum(len(run.metric(metric).value) for run in trackio.Api().project(PROJECT).runs())


class Wandb:
    """wandb in offline mode."""

    wandb: Any

    def load(self) -> None:
        import wandb

        self.wandb = wandb

    def start(self, folder: Path, name: str) -> None:  # noqa: ARG002  # it goes to WANDB_DIR
        self.load()
        self.run = self.wandb.init(project=PROJECT, name=name)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self.run.log(metrics, step=step)

    def finish(self) -> None:
        self.run.finish()

    def points(self, folder: Path, metric: str) -> int:
        from wandb.proto import wandb_internal_pb2

        count = 0
        for path in folder.rglob("*.wandb"):
            for data in wandb_records(path.read_bytes()):
                record = wandb_internal_pb2.Record.FromString(data)
                count += metric in {item.key or "/".join(item.nested_key) for item in record.history.item}
        return count


class TensorboardX:
    """tensorboardX's SummaryWriter; one event a value, as its users write it."""

    def load(self) -> None:
        import tensorboardX  # noqa: F401  # what the import costs is what is measured

    def start(self, folder: Path, name: str) -> None:
        from tensorboardX import SummaryWriter

        self.writer = SummaryWriter(str(folder / PROJECT / name))

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        for key, value in metrics.items():
            self.writer.add_scalar(key, value, step)

    def finish(self) -> None:
        self.writer.close()

    def points(self, folder: Path, metric: str) -> int:
        from tensorboardX.proto.event_pb2 import Event

        count = 0
        for path in folder.rglob("events.out.tfevents.*"):
            data, at = path.read_bytes(), 0
            while at + 12 <= len(data):
                [size] = struct.unpack_from("<Q", data, at)
                if at + 12 + size > len(data):
                    break
                event = Event.FromString(data[at + 12 : at + 12 + size])
                count += any(value.tag == metric for value in event.summary.value)
                at += 16 + size
        return count


class Mlflow:
    """mlflow with its SQLite store; each `log_metrics` is a transaction."""

    mlflow: Any

    def load(self) -> None:
        import mlflow

        self.mlflow = mlflow

    def start(self, folder: Path, name: str) -> None:
        self.load()
        self.mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        self.mlflow.set_experiment(PROJECT)
        self.mlflow.start_run(run_name=name)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self.mlflow.log_metrics(dict(metrics), step=step)

    def finish(self) -> None:
        self.mlflow.end_run()

    def points(self, folder: Path, metric: str) -> int:
        with closing(sqlite3.connect(folder / "mlflow.db")) as database:
            [count] = database.execute("SELECT count(*) FROM metrics WHERE key = ?", [metric]).fetchone()
            return int(count)


class Codecarbon:
    """codecarbon's tracker, offline: it measures and records no metrics."""

    def load(self) -> None:
        import codecarbon  # noqa: F401  # what the import costs is what is measured

    def start(self, folder: Path, name: str) -> None:
        from codecarbon import OfflineEmissionsTracker

        self.tracker = OfflineEmissionsTracker(
            project_name=name, country_iso_code="FRA", output_dir=str(folder), log_level="error"
        )
        self.tracker.start()

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Nothing is kept of metrics."""

    def finish(self) -> None:
        self.tracker.stop()

    def points(self, folder: Path, metric: str) -> int:  # noqa: ARG002  # there are none
        return 0


ADAPTERS: dict[str, type[Adapter]] = {
    "ours": Ours,
    "trackio": Trackio,
    "wandb": Wandb,
    "tensorboardx": TensorboardX,
    "mlflow": Mlflow,
    "codecarbon": Codecarbon,
}


def chosen() -> tuple[Adapter, Path, list[str]]:
    """From the command line of a script: the adapter, the folder to work in, and the rest."""
    name, folder, *rest = sys.argv[1:]
    # Before any import: some packages read their settings then.
    os.environ |= {"TRACKIO_DIR": folder, "WANDB_DIR": folder, "WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    return ADAPTERS[name](), Path(folder), rest


def report(**measures: float) -> None:
    """Hand the measures to the harness: one JSON object, the last line of standard output."""
    print("\n" + json.dumps(measures), flush=True)


def row(width: int, step: int) -> dict[str, float]:
    """A row of ``width`` floats that differ from step to step, as losses do."""
    return {f"metric/{i}": 1.0 / (step + i + 1.37) for i in range(width)}


def percentile(sorted_values: list[int], share: float) -> int:
    """The value below which ``share`` of the sorted values lie."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def wait_until(moment: float) -> None:
    """Sleep up to a moment of `time.time()`: processes that begin together share one."""
    time.sleep(max(0.0, moment - time.time()))


def wandb_records(data: bytes) -> Iterator[bytes]:
    """The whole records of a .wandb file, which is a LevelDB log of 32 KiB blocks after a header of seven bytes."""
    block, header, at, record = 32768, 7, 7, b""
    while at + header <= len(data):
        left = block - at % block
        if left < header:
            at += left
            continue
        _, size, part = struct.unpack_from("<IHB", data, at)
        if part == 0 or at + header + size > len(data):
            return
        record += data[at + header : at + header + size]
        at += header + size
        # 1 whole, 2 first, 3 middle, 4 last
        if part in {1, 4}:
            yield record
            record = b""
