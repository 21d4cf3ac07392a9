"""A server that runs tells of runs that are killed, whether they recorded here or sent what they recorded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.alerts.conftest import CHECKOUT, Hook, raised
from tests.server.running import TOKEN, in_thread
from trackio.alerts import crashes
from trackio.server.options import ServerOptions
from trackio.store.home import Home

if TYPE_CHECKING:
    import pytest

CODE = """
import trackio, time
run = trackio.init(project="p", name="n", alerts_on="crash")
run.log({"loss": 1.0}, step=7)
print("on", flush=True)
time.sleep(60)
"""


def killed(**environment: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"on\n"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()


def test_a_server_tells_of_a_run_that_was_killed(hook: Hook, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crashes, "LOOK_SECONDS", 0.05)
    monkeypatch.setenv("TRACKIO_WEBHOOK_URL", hook.url())
    monkeypatch.setenv("SPACE_HOST", "user-space.hf.space")
    with in_thread(ServerOptions(home.path, TOKEN)), in_thread(ServerOptions(home.path, TOKEN)):
        killed(TRACKIO_WEBHOOK_URL="")
        (asked,) = hook.wait()
    assert asked.json["title"] == "Run crashed"
    assert asked.json["url"] == f"https://user-space.hf.space/?project=p&run={asked.json['run_id']}"
    assert len(raised(home)) == len(hook.requests) == 1


def test_a_server_that_cannot_tell_says_so_and_serves(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRACKIO_WEBHOOK_URL", "SECRET")
    with in_thread(ServerOptions(home.path, TOKEN)) as client:
        assert client.ask("GET", "/healthz").status == 200
    assert caplog.text.count("nobody is told") == 1
    assert "SECRET" not in caplog.text
