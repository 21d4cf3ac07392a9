"""The app under the servers that docs/server.md names, started as it says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.made import Made
from tests.server.running import SECONDS, TOKEN, Client, until
from trackio import settings
from trackio.server.running import bound

DOCS = Path(__file__).parents[2] / "docs" / "server.md"
COMMANDS = [line for line in DOCS.read_text("utf-8").splitlines() if " trackio.dashboard.asgi:app " in line]
BINDS = {"uvicorn": "--port={}", "gunicorn": "--bind=127.0.0.1:{}", "hypercorn": "--bind=127.0.0.1:{}"}


def test_the_docs_name_these() -> None:
    assert [command.split()[0] for command in COMMANDS] == list(BINDS)


@pytest.mark.parametrize("command", COMMANDS, ids=BINDS)
def test_another_server_has_the_api_and_the_pages(tmp_path: Path, command: str) -> None:
    server, *options = command.replace("--workers 4", "--workers 2").split()
    with bound("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
    environment = {"TRACKIO_DIR": str(tmp_path / "home"), "TRACKIO_WRITE_TOKEN": TOKEN}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", server, *options, BINDS[server].format(port)],
            env=settings.environment(environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            client = Client(port, TOKEN)
            until(lambda: process.poll() is not None or is_up(client))
            assert process.poll() is None, (tmp_path / "log").read_text()
            made = Made(project="from-afar")
            assert client.post(made, 0, made.beginning()).status == 200
            pages = [client.ask("GET", path) for path in ("/", "/from-afar/index.html")]
            assert [(page.status, "from-afar" in page.body.decode()) for page in pages] == [(200, True)] * 2
            assert client.ask("GET", "/nowhere/").status == 404
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(SECONDS)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def is_up(client: Client) -> bool:
    try:
        return client.ask("GET", "/healthz").status == 200
    except OSError:
        return False
