"""A home of its own for each test, no run left over, no network but loopback, and nothing skipped in silence."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import trackio

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of the test's projects, in a working folder of its own."""
    for name in list(os.environ):
        if name.startswith("TRACKIO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    # Nobody waits for servers and Spaces that are not there.
    monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", "http://127.0.0.1:9/{}")
    monkeypatch.setenv("TRACKIO_SYNC_SECONDS", "0.5")
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "home"
    while trackio.run is not None:
        trackio.finish()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that asks for it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a client asked for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


Points = Callable[..., list[tuple[int, Any]]]


@pytest.fixture
def points() -> Points:
    """Step and value of every point of a metric: ``points(project, metric)``; of the newest run unless one is named."""

    def read(project: str, metric: str, run: str | None = None) -> list[tuple[int, Any]]:
        found = trackio.Api().project(project)
        record = found.run(run) if run else found.runs()[-1]
        series = record.metric(metric)
        return list(zip(map(int, series.step), series.value, strict=True))

    return read


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failure: its environment is there to run it."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
