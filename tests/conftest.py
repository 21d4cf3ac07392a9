"""For every test that asks: a real Chromium, a loopback web server, and a fake NVIDIA driver for the real binding."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.system.driver import FakeDriver, compiled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# How long an example takes tells how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A static Space's pages behave by the name of their host.
    "--host-resolver-rules=MAP *.hf.space 127.0.0.1",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    wanted = os.environ.get("CHROMIUM")
    found = shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(
            "These tests need Chromium. Install the package `chromium` (Debian: apt-get install chromium), "
            "or set CHROMIUM to the path of a browser of that kind.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests, with a profile of its own that is removed afterwards."""
    from playwright.sync_api import sync_playwright

    # Root has no user namespace to build a sandbox from, as in containers.
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, headless=True, args=arguments)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of 900 x 600; an error that no script caught fails the test."""
    context = browser.new_context(viewport={"width": 900, "height": 600})
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    # What a test had answered by itself may still be on its way.
    opened.unroute_all(behavior="ignoreErrors")
    context.close()
    assert errors == []


@pytest.fixture
def served() -> Iterator[Callable[[Path], str]]:
    """Serves folders over HTTP: ``served(folder)`` is the address, without a slash at the end."""
    running: list[ThreadingHTTPServer] = []

    def serve(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def nvidia_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fake driver's library, compiled once."""
    return compiled(tmp_path_factory.mktemp("nvidia"))


@pytest.fixture
def driver(nvidia_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    """A fake driver without GPUs, which sees to it that no variable hides those that are added."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
    return FakeDriver(nvidia_library, tmp_path / "nvidia")


class Quiet(SimpleHTTPRequestHandler):
    """Serves without a line on stderr for each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass
