"""Makes the pictures of README.md and docs/ from the report of examples/nanogpt_speedrun.py, and from its logs.

    python examples/pictures.py examples/site path/to/nanogpt-speedrun

where the site also has the page of examples/notes.md (``trackio report examples/notes.md --output examples/site``).

Real pages in headless Chromium, in both themes, at twice the pixels; that of the dashboard while examples/replay.py
goes on. Needs Chromium and ``pip install 'trackio[test]'``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"


@dataclass(frozen=True)
class Picture:
    """A page of the report, and how much of it is shown."""

    name: str
    page: str
    width: int
    height: int


PROJECT = "nanogpt-speedrun"
SHOWN = (
    Picture(
        "chart",
        f"{PROJECT}/charts/train-loss.html?runs=SOAP-1,Muon-1,ModernArch-1,UntieEmbed-1&smoothing=100&ymin=3&ymax=5",
        720,
        420,
    ),
    Picture("project", f"{PROJECT}/index.html", 1200, 760),
    Picture("narrative", f"{PROJECT}/reports/notes.html", 1060, 860),
)


LIVE = Picture("dashboard", "replay/index.html?metrics=*/loss&smoothing=3&ymax=6", 1200, 760)
STEPS = 1500
"""The dashboard's picture is taken when the trainings have come so far."""


def main(report: Path, logs: Path) -> None:
    """Take every picture in both themes."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for picture in SHOWN:
            take(browser, picture, report.resolve().as_uri())
        with replayed(logs) as address:
            wait(browser, address)
            take(browser, LIVE, address)
        browser.close()


def take(browser: Browser, picture: Picture, address: str) -> None:
    """One picture in both themes."""
    for theme in ("light", "dark"):
        page = browser.new_page(
            viewport={"width": picture.width, "height": picture.height},
            device_scale_factor=2,
            color_scheme="dark" if theme == "dark" else "light",
        )
        page.goto(f"{address}/{picture.page}")
        page.evaluate("() => window.trackio.ready")
        page.screenshot(path=PICTURES / f"{picture.name}-{theme}.png")
        page.close()


def wait(browser: Browser, address: str) -> None:
    """Follow the dashboard until the trainings have come far enough for a picture."""
    page = browser.new_page()
    page.goto(f"{address}/replay/index.html?metrics=train/loss")
    page.wait_for_function(f"() => trackio.charts?.().some?.((chart) => chart.xDomain?.[1] > {STEPS})", timeout=120_000)
    page.close()


@contextmanager
def replayed(logs: Path) -> Iterator[str]:
    """The address of a server that trainings are replayed to."""
    with TemporaryDirectory() as home:
        environment = {**os.environ, "TRACKIO_DIR": home, "TRACKIO_WRITE_TOKEN": "pictures"}
        command = [sys.executable, "-m", "trackio", "serve", "--port", "7899"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None  # noqa: S101 - it was asked for
            address = next(word for line in server.stderr for word in line.split() if word.startswith("http"))
            replay = [sys.executable, str(Path(__file__).with_name("replay.py")), str(logs), "--rate", "100"]
            with subprocess.Popen(replay, env=environment) as training:
                yield address.rstrip("/")
                training.kill()
            server.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
