"""The claims on the dashboard: how soon its charts are seen, how soon a new point is, what following a run costs."""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import peers
from browser import chromium
from harness import SCRIPTS, WORK, Claim, Measure, Measures, environment, script
from servers import server
from watching import NEVER, Box, NoChart, Watched, kilobytes, watched

PLOTS = {"trackio 0.43": ".plot-container canvas", peers.OURS: ".tk-area"}
"""Where each side draws its lines."""
LOOKS = {"trackio 0.43": "/api/get_logs_batch", peers.OURS: "/api/live/page"}
"""What each side's page asks for once a refresh."""

FIVE_CHARTS = 1100
"""As many pixels high as both sides need to show five charts."""
FIRST_LIMIT_SECONDS = 300.0
NEWS_LIMIT_SECONDS = 60.0
QUIET_SECONDS = 1.5
RUNS_AT_ONCE = 5
"""So that no process takes too long."""


def pixel(peer: str, folder: Path, is_quick: bool) -> Measures:
    few = _latencies(peer, folder / "few", 100, 2 if is_quick else 20)
    many = _latencies(peer, folder / "many", 1_000 if is_quick else 100_000, 2 if is_quick else 10)
    return {
        "median": statistics.median(few),
        "worst": max(few),
        "many_median": statistics.median(many),
        "many_worst": max(many),
    }


def refresh(peer: str, folder: Path, is_quick: bool) -> Measures:
    """Bytes, and the time between two looks, while a run logs a row a second."""
    seconds = 5 if is_quick else 30
    sizes = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
    found: dict[str, float] = {}
    logged = 0
    with (
        chromium() as browser,
        server(peer, folder / "home", folder) as dashboard,
        running(peer, folder / "home") as run,
    ):
        dashboard.start()
        for name, count in sizes.items():
            run.log(count // (100 if is_quick else 1) - logged)
            logged = count // (100 if is_quick else 1)
            with watched(browser, dashboard.page, PLOTS[peer], FIVE_CHARTS) as page:
                try:
                    page.drawn(limit_seconds=FIRST_LIMIT_SECONDS)
                except NoChart:
                    found |= dict.fromkeys((f"{name}_kb", f"{name}_cpu", f"{name}_between"), NEVER)
                    continue
                run.ask(seconds + 5, 1)
                page.wait(3)
                page.forget()
                cpu = dashboard.cpu_seconds()
                page.wait(seconds)
                cpu = dashboard.cpu_seconds() - cpu
                looks = sum(LOOKS[peer] in one.path for one in page.received)
                found |= {
                    f"{name}_kb": kilobytes(page.received) / looks if looks else NEVER,
                    f"{name}_cpu": cpu / seconds * 100,
                    f"{name}_between": seconds / looks if looks else NEVER,
                }
                run.answer()
                logged += seconds + 5
    return found


def first(peer: str, folder: Path, is_quick: bool) -> Measures:
    return _first(peer, folder, recorded(peer, 5, 6, 100 if is_quick else 1_000))


def first_of_many(peer: str, folder: Path, is_quick: bool) -> Measures:
    return _first(peer, folder, recorded(peer, 5 if is_quick else 50, 2, 1_000 if is_quick else 100_000))


def _first(peer: str, folder: Path, home: Path) -> Measures:
    """A server that has just started, and again; the browser's cache is empty both times."""
    with chromium() as browser:
        # The first page of a new browser pays for the browser itself.
        browser.new_page().goto("about:blank")
        with server(peer, home, folder) as dashboard:
            found = {"answers": dashboard.start(), "answers_cpu": dashboard.cpu_seconds()}
            for name in ("fresh", "warm"):
                with watched(browser, dashboard.page, PLOTS[peer]) as page:
                    moments = page.drawn(limit_seconds=FIRST_LIMIT_SECONDS)
                found |= {f"{name}_first": moments[0], f"{name}_last": moments[1]}
            return {**found, "peak_mb": dashboard.peak_mb()}


def _latencies(peer: str, folder: Path, count: int, times: int) -> list[float]:
    """Seconds from the call of log() to the first frame with its point, again and again."""
    folder.mkdir()
    chance = random.Random(0)
    found = []
    with (
        chromium() as browser,
        server(peer, folder / "home", folder) as dashboard,
        running(peer, folder / "home") as run,
    ):
        run.log(count)
        dashboard.start()
        with watched(browser, dashboard.page, PLOTS[peer], FIVE_CHARTS) as page:
            page.drawn(limit_seconds=FIRST_LIMIT_SECONDS)
            box = page.box()
            page.film()
            for _ in range(times):
                # At any moment between two looks of the page.
                page.wait(1 + chance.random())
                page.forget()
                moment = run.log(1)
                found.append(_news(page, box, moment))
    return found


def _news(page: Watched, box: Box, moment: float) -> float:
    """Seconds from the moment to the frame in which the plot looks as it will once it is at rest."""
    waited = 0.0
    while waited < NEWS_LIMIT_SECONDS:
        page.wait(QUIET_SECONDS)
        waited += QUIET_SECONDS
        seconds = page.changed(box, moment)
        if seconds < waited:
            page.wait(QUIET_SECONDS)
            return page.changed(box, moment)
    return NEVER


class Running:
    """A run in a process of its own that logs when it is asked to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.answer()

    def log(self, count: int) -> float:
        """Log so many rows now; the moment at which the last call began."""
        self.ask(count, 0)
        return float(self.answer())

    def ask(self, count: int, seconds: float) -> None:
        """Have so many rows logged, with a pause before each; `answer` waits for the end."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count} {seconds}\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """The next line that it says and that is the script's, not the package's."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == "ready" or line.strip().replace(".", "", 1).isdecimal():
                return line
        raise RuntimeError("the run has ended")


@contextmanager
def running(peer: str, home: Path) -> Iterator[Running]:
    """A run of five metrics, still to log its first row."""
    home.mkdir(parents=True, exist_ok=True)
    command = [peers.python(peer), SCRIPTS / "running.py", peers.adapter(peer), home, 5]
    with subprocess.Popen(
        [*map(str, command)],
        env=environment(),
        cwd=home,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


@cache
def recorded(peer: str, runs: int, width: int, count: int) -> Path:
    """A home with so many finished runs, made once by the peer itself, because that takes minutes."""
    home = WORK / f"{peers.adapter(peer)}-{runs}x{width}x{count}"
    stamp = home.with_suffix(".ready")
    if not stamp.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for run in range(0, runs, RUNS_AT_ONCE):
            script(peer, "record_runs", home, min(runs - run, RUNS_AT_ONCE), width, count, run)
        stamp.touch()
    return home


BOTH = ("trackio 0.43", peers.OURS)
BROWSER = "Headless Chromium at 1200 pixels, `show` on loopback. "

DRAWN = (
    Measure("answers", "show answers, s", "{:.2f}"),
    Measure("answers_cpu", "processor, s", "{:.2f}"),
    Measure("fresh_first", "first chart, s", "{:.2f}", 1.0),
    Measure("fresh_last", "last, s", "{:.2f}"),
    Measure("warm_first", "again: first, s", "{:.2f}"),
    Measure("warm_last", "last, s", "{:.2f}"),
    Measure("peak_mb", "server, MB", "{:.0f}"),
)

CLAIMS = (
    Claim(
        "first",
        "The dashboard of 5 runs x 1,000 points",
        BROWSER + "Six metrics. From the command `show` to its first answer, and the processor time until then. Then "
        "from navigation to the first frame with a line in a chart, and in the last one on the screen: with the server "
        "just started, and once more; the browser's cache is empty both times. Peak memory of the server.",
        DRAWN,
        first,
        BOTH,
    ),
    Claim(
        "first-many",
        "The dashboard of 50 runs x 100,000 points",
        "The same with two metrics, ten million points in all.",
        # What was promised is the first paint, not ten million points read from the disk.
        tuple(replace(measure, promise=None) for measure in DRAWN),
        first_of_many,
        BOTH,
        repeat=1,
    ),
    Claim(
        "pixel",
        "From log() to the screen",
        BROWSER + "A run of five metrics goes on in another process, with 100 rows and with 100,000: from the call of "
        "`log()` to the first frame in which the chart looks as it does when it is at rest again. 20 rows, and 10, at "
        "any moment between two looks of the page; *not seen* within a minute.",
        (
            Measure("median", "100 rows: median, s", "{:.2f}"),
            Measure("worst", "worst, s", "{:.2f}", 2.0),
            Measure("many_median", "100,000 rows: median, s", "{:.2f}"),
            Measure("many_worst", "worst, s", "{:.2f}", 2.0),
        ),
        pixel,
        BOTH,
        repeat=1,
    ),
    Claim(
        "refresh",
        "Following a run",
        BROWSER + "Five charts of a run that logs a row a second, for 30 s: what the browser receives for each look of "
        "the page at the server (headers too), the time between two looks, and the share of a core that the server "
        "takes; *not seen* where no chart came within five minutes.",
        tuple(
            measure
            for name, label in (("10k", "10,000 rows"), ("100k", "100,000"), ("1m", "1,000,000"))
            for measure in (
                Measure(f"{name}_kb", f"{label}: kB a look", "{:.1f}"),
                Measure(f"{name}_between", "s between", "{:.1f}"),
                Measure(f"{name}_cpu", "server, % of a core", "{:.1f}"),
            )
        ),
        refresh,
        BOTH,
        repeat=1,
    ),
)
