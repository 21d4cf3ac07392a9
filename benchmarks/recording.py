"""The claims on recording and reading back: what `import`, `log()`, `finish()` and a SIGKILL cost."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import peers
from harness import SCRIPTS, Claim, Measure, Measures, environment, script

EVERYONE = (*peers.PEERS, peers.OURS)
BOTH = ("trackio 0.43", peers.OURS)


def import_cost(peer: str, folder: Path, is_quick: bool) -> Measures:  # noqa: ARG001  # one size only
    script(peer, "import_cost", folder)
    return script(peer, "import_cost", folder)


def log_call(peer: str, folder: Path, is_quick: bool) -> Measures:
    few = script(peer, "log_call", _sub(folder, "few"), 5, 500 if is_quick else _rows(peer, 10_000))
    many = script(peer, "log_call", _sub(folder, "many"), 100, 200 if is_quick else _rows(peer, 2_000))
    return {"p50_us": few["p50_us"], "p99_us": few["p99_us"], "p50_100_us": many["p50_us"]}


def short_run(peer: str, folder: Path, is_quick: bool) -> Measures:
    return script(peer, "whole_run", folder, 5, 500 if is_quick else _rows(peer, 10_000))


def killed(peer: str, folder: Path, is_quick: bool) -> Measures:
    count = 200 if is_quick else _rows(peer, 2_000)
    script(peer, "killed", folder, count, may_die=True)
    return {"lost": count - script(peer, "stored", folder, "metric/0")["points"]}


def million(peer: str, folder: Path, is_quick: bool) -> Measures:
    count = 2_000 if is_quick else 1_000_000
    began = time.perf_counter()
    run = script(peer, "whole_run", folder, 1, count)
    to_exit = time.perf_counter() - began
    stored = script(peer, "stored", folder, "metric/0")
    return {**run, "to_exit": to_exit, "disk_mb": stored["disk_mb"], "lost": count - stored["points"]}


def read_back(peer: str, folder: Path, is_quick: bool) -> Measures:
    script(peer, "whole_run", folder, 1, 2_000 if is_quick else 1_000_000)
    arrays = script(peer, "read_back", folder, "metric/0")["seconds"]
    trackio = peers.python(peer).with_name("trackio")
    command = [str(trackio), "get", "metric", "--project", "bench", "--run", "run", "--metric", "metric/0", "--json"]
    began = time.perf_counter()
    subprocess.run(command, env=environment() | {"TRACKIO_DIR": str(folder)}, check=True, stdout=subprocess.DEVNULL)
    return {"seconds": arrays, "json_seconds": time.perf_counter() - began}


def processes(peer: str, folder: Path, is_quick: bool) -> Measures:
    """Wall time from the moment when all begin to the exit of the last, the import left out.

    One run stands in the project before: two mlflow processes that make one new database get in each other's way.
    """
    script(peer, "whole_run", folder, 1, 1)
    count = 100 if is_quick else _rows(peer, 2_000)
    moment = time.time() + 12
    command = [peers.python(peer), SCRIPTS / "one_of_many.py", peers.adapter(peer), folder]
    running = [
        subprocess.Popen(
            [*map(str, command), str(number), str(count), str(moment)],
            env=environment(),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(8)
    ]
    for process in running:
        process.wait(timeout=300)
    seconds = time.time() - moment
    return {"seconds": seconds, "lost": 1 + 8 * count - script(peer, "stored", folder, "metric/0")["points"]}


def _sub(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def _rows(peer: str, count: int) -> int:
    """A transaction a call makes mlflow four hundred times slower; a tenth of the rows tells as much."""
    return count // 10 if peer == "mlflow" else count


CLAIMS = (
    Claim(
        "import",
        "Import",
        "A fresh process, files in the page cache; resident memory after the import.",
        (Measure("ms", "ms", "{:.0f}", 60), Measure("rss_mb", "RSS MB", "{:.0f}", 25)),
        import_cost,
        EVERYONE,
        repeat=7,
    ),
    Claim(
        "log",
        "One call of log()",
        "Time within the training thread, system metrics as each package sets them up; 10,000 rows of 5 floats, "
        "2,000 rows of 100.",
        (
            Measure("p50_us", "5 floats, p50 us", "{:.1f}", 4),
            Measure("p99_us", "p99 us", "{:.1f}", 15),
            Measure("p50_100_us", "100 floats, p50 us", "{:.1f}", 25),
        ),
        log_call,
        EVERYONE,
    ),
    Claim(
        "run",
        "A short run, whole",
        "`init`, 10,000 rows of 5 floats, `finish` (mlflow: 1,000 rows), the import left out.",
        (Measure("seconds", "s", "{:.2f}", 0.15),),
        short_run,
        EVERYONE,
    ),
    Claim(
        "killed",
        "Rows lost to SIGKILL",
        "2,000 rows of 5 floats (mlflow: 200), then SIGKILL the moment `log()` has returned; a new process reads back.",
        (Measure("lost", "rows lost", "{:.0f}", 0, has_ratio=False),),
        killed,
        EVERYONE,
    ),
    Claim(
        "million",
        "A million points of one metric",
        "`init`, a million rows of one float, `finish`; peak resident memory of the training process and of its "
        "children; what lies on disk when all of them have ended.",
        (
            Measure("seconds", "s", "{:.1f}", 6),
            Measure("to_exit", "s to exit", "{:.1f}"),
            Measure("peak_mb", "peak MB", "{:.0f}", 120),
            Measure("children_mb", "children MB", "{:.0f}", has_ratio=False),
            Measure("disk_mb", "disk MB", "{:.0f}", 60),
            Measure("lost", "points lost", "{:.0f}", 0, has_ratio=False),
        ),
        million,
        ("trackio 0.43", "wandb", "tensorboardX", peers.OURS),
        repeat=1,
    ),
    Claim(
        "read",
        "Reading a million points back",
        "The read side's arrays in a fresh process that has loaded its libraries (trackio 0.43: "
        "`SQLiteStorage.get_logs`), and the whole of `trackio get metric --json`.",
        (
            Measure("seconds", "arrays, s", "{:.2f}", 0.1),
            Measure("json_seconds", "get metric --json, s", "{:.2f}", 1.5),
        ),
        read_back,
        BOTH,
        repeat=1,
    ),
    Claim(
        "processes",
        "Eight processes, one project",
        "8 processes begin together in a project that has one run already, "
        "2,000 rows of 5 floats each (mlflow: 200), until the last has exited.",
        (Measure("seconds", "s", "{:.2f}", 1.2), Measure("lost", "rows lost", "{:.0f}", 0, has_ratio=False)),
        processes,
        EVERYONE,
    ),
)
