"""Runs scripts in a package's environment, keeps the median of several runs, and writes the tables."""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import peers
import psutil

SCRIPTS = Path(__file__).resolve().parent / "scripts"
WORK = Path(__file__).resolve().parent / "work"
LIMIT_SECONDS = 600

NOT_MEASURED = "not measured"
NEVER_SEEN = "not seen"
"""Where what was waited for did not come in time."""

Measures = Mapping[str, float]


class Absent(LookupError):
    """What a claim needs is not on this machine."""


@dataclass(frozen=True)
class Measure:
    """One column of a table: its key, how it is shown, what was promised, and whether to say how many times better."""

    key: str
    label: str
    format: str = "{:.3g}"
    promise: float | None = None
    has_ratio: bool = True


@dataclass(frozen=True)
class Claim:
    """One table of the results."""

    name: str
    title: str
    how: str
    """How it was measured, in a sentence or two."""
    measures: Sequence[Measure]
    run: Callable[[str, Path, bool], Measures]
    """Measures one peer in an empty folder; the last argument asks for a small size that only shows that it works."""
    peers: Sequence[str]
    repeat: int = 3


@dataclass(frozen=True)
class Result:
    """What was measured for a claim: a peer's measures, or why there are none."""

    claim: Claim
    figures: Mapping[str, Measures | str]


def script(
    peer: str,
    name: str,
    folder: Path,
    *arguments: object,
    may_die: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Measures:
    """The measures that a script prints when run in the peer's environment, with more variables than everybody has."""
    command = [peers.python(peer), SCRIPTS / f"{name}.py", peers.adapter(peer), folder, *arguments]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [*map(str, command)], cwd=folder, env={**environment(), **(variables or {})}, stdout=out, stderr=err
        )
        children_mb = children_peak_mb(process)
        if may_die:
            return {}
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{peer}: {name} failed: {err.read().strip().splitlines()[-1:]}")
        last = out.read().strip().splitlines()[-1:]
    measures: dict[str, float] = json.loads(last[0]) if last and last[0].startswith("{") else {}
    return {**measures, "children_mb": children_mb}


def children_peak_mb(process: subprocess.Popen[bytes]) -> float:
    """Wait for the process; the most memory that its children held together, looked at fifty times a second."""
    peak, deadline = 0.0, time.monotonic() + LIMIT_SECONDS
    while process.poll() is None:
        if time.monotonic() > deadline:
            process.kill()
        with suppress(psutil.NoSuchProcess):
            held = [child.memory_info().rss for child in psutil.Process(process.pid).children(recursive=True)]
            peak = max(peak, sum(held) / 1e6)
        time.sleep(0.02)
    return peak


def environment() -> dict[str, str]:
    """The environment of every measured process: this one's, without what would change a package's behaviour."""
    # Who may not keep compiled modules compiles them in each process; what pip has installed is compiled.
    dropped = ("TRACKIO_", "WANDB_", "MLFLOW_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def measured(claim: Claim, *, is_quick: bool) -> Result:
    """Every peer of the claim, the median of ``repeat`` runs each; a peer that fails says why and the rest go on."""
    figures: dict[str, Measures | str] = {}
    for peer in claim.peers:
        try:
            runs = []
            for _ in range(1 if is_quick else claim.repeat):
                with empty_folder() as folder:
                    runs.append(claim.run(peer, folder, is_quick))
            figures[peer] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        except Absent as error:
            figures[peer] = f"{NOT_MEASURED}: {error}"
        except (RuntimeError, subprocess.SubprocessError, LookupError, OSError) as error:
            figures[peer] = f"{type(error).__name__}: {error}"
        print(f"{claim.name:12} {peer:14} {figures[peer]}", flush=True)
    return Result(claim, figures)


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A folder on the disk of the checkout (not in memory, as /tmp may be), gone afterwards."""
    WORK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=WORK))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(result: Result) -> str:
    """The claim as Markdown: a row a package, this project last, ratios to the best of the others."""
    claim = result.claim
    lines = [f"## {claim.title}", "", claim.how, ""]
    lines.append("| | " + " | ".join(measure.label for measure in claim.measures) + " |")
    lines.append("|---" * (len(claim.measures) + 1) + "|")
    for peer, figures in result.figures.items():
        cells = [figures] if isinstance(figures, str) else [_cell(measure, figures) for measure in claim.measures]
        lines.append(f"| {peer} | " + " | ".join(cells) + " |")
    for label, cells in (("promised", _promises(result)), ("ratio to the best other", _ratios(result))):
        if any(cells):
            lines.append(f"| *{label}* | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def misses(result: Result) -> list[str]:
    """A sentence for each promise that this project did not keep."""
    own = result.figures.get(peers.OURS, "no figures")
    if isinstance(own, str):
        return [] if own.startswith(NOT_MEASURED) else [f"{result.claim.title}: {own}"]
    return [
        f"{result.claim.title}: {measure.label} is {_cell(measure, own)}, not {measure.format.format(measure.promise)}"
        for measure in result.claim.measures
        if measure.promise is not None and own.get(measure.key, float("inf")) > measure.promise
    ]


def machine() -> str:
    """What the figures were measured on, without its name."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return f"{os.cpu_count()} cores ({model}), {int(memory) / 2**20:.0f} GiB, Python {platform.python_version()}"


def _cell(measure: Measure, figures: Measures) -> str:
    value = figures.get(measure.key)
    if value is None:
        return ""
    return measure.format.format(value) if math.isfinite(value) else NEVER_SEEN


def _promises(result: Result) -> list[str]:
    return [
        "" if measure.promise is None else f"≤ {measure.format.format(measure.promise)}"
        for measure in result.claim.measures
    ]


def _ratios(result: Result) -> list[str]:
    own = result.figures.get(peers.OURS)
    others = [figures for peer, figures in result.figures.items() if peer != peers.OURS]
    cells = []
    for measure in result.claim.measures:
        values = [f[measure.key] for f in others if not isinstance(f, str) and measure.key in f]
        if isinstance(own, str) or own is None or not values or not measure.has_ratio or not own.get(measure.key):
            cells.append("")
        else:
            cells.append(_times(min(values) / own[measure.key]))
    return cells


def _times(ratio: float) -> str:
    """A ratio in two digits; nothing where the other side never got there."""
    if not math.isfinite(ratio):
        return ""
    return f"{ratio:.2g}x" if ratio < 100 else f"{float(f'{ratio:.2g}'):,.0f}x"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []
