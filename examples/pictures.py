"""Makes the pictures of README.md and docs/ from the report of examples/nanogpt_speedrun.py.

    python examples/pictures.py examples/site

Real pages in headless Chromium, in both themes, at twice the pixels. Needs Chromium and
``pip install 'trackio[test]'``.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

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
)


def main(report: Path) -> None:
    """Take every picture in both themes."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for picture in SHOWN:
            for theme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": picture.width, "height": picture.height},
                    device_scale_factor=2,
                    color_scheme="dark" if theme == "dark" else "light",
                )
                page.goto(f"{report.resolve().as_uri()}/{picture.page}")
                page.evaluate("() => window.trackio.ready")
                page.screenshot(path=PICTURES / f"{picture.name}-{theme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
