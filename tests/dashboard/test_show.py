"""``trackio show`` as people start it: a process of its own with gradio, asked over HTTP and by an agent."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.dashboard.recorded import record
from tests.server.running import Client
from trackio import settings
from trackio.errors import MissingExtra, UnknownProject, UsageError
from trackio.showing import Shown, show


@dataclass
class Showing:
    process: subprocess.Popen[str]
    lines: list[str]

    def line(self, beginning: str) -> str:
        return next(one for one in self.lines if one.startswith(beginning))

    @property
    def client(self) -> Client:
        found = re.search(r":(\d+)/", self.line("Dashboard at"))
        assert found is not None
        return Client(int(found[1]), token=None)


@contextmanager
def showing(home: Path, *arguments: str, until: str = "To rename", **variables: str) -> Iterator[Showing]:
    environment = settings.environment({"TRACKIO_DIR": str(home), **variables})
    process = subprocess.Popen(
        [sys.executable, "-m", "trackio", "show", "--no-open", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(until):
                break
        else:
            pytest.fail(f"It did not start: {process.stderr.read()}")
        yield Showing(process, lines)
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
        lines += rest.splitlines()
        assert "Traceback" not in errors, errors


def call(url: str, calls: Sequence[tuple[str, dict[str, Any]]], **headers: str) -> tuple[list[str], list[str]]:
    """The names of the tools, and what each call answered."""
    from httpx import AsyncClient
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def ask() -> tuple[list[str], list[str]]:
        async with (
            AsyncClient(headers=headers) as http,
            streamable_http_client(url, http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            names = [tool.name for tool in (await session.list_tools()).tools]
            return names, [(await session.call_tool(*one)).content[0].text for one in calls]  # type: ignore[union-attr]

    # In a thread of its own: where a browser was driven before, this one has a loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(ask())).result()


def test_it_shows_pages_and_nothing_of_gradios(home: Path) -> None:
    run = record(metrics={"loss": [1.0, 0.5]})
    record("gradio_api")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with showing(home, "--port", str(port), "--mcp", "--theme", "dark", until="Tools", DISPLAY="") as shown:
            client = shown.client
            assert trackio.Api().run(f"p/{run}").url == f"http://127.0.0.1:{client.port}/?project=p&run={run}"
            assert shown.lines[0] == "Starting the dashboard ..."
            assert f"Port {port} is taken; using {client.port}." in shown.lines
            index, page = client.ask("GET", "/"), client.ask("GET", "/p/")
            assert b"trackio-model" in index.body
            assert b'data-theme="dark"' in page.body
            assert client.ask("GET", "/", project="p", run=run).headers["location"] == "p/runs/a.html"
            there = client.ask("GET", "/", project="gradio_api").headers["location"]
            assert client.ask("GET", f"/{there}").status == 200
            for path in (
                "/config/",
                "/gradio_api/info",
                "/gradio_api/file=/etc/passwd",
                "/monitoring/",
                "/static/x",
                "/assets/x",
                "/theme.css/",
            ):
                assert client.ask("GET", path).status == 404, path
            for path in ("/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/call/get_run", "/login/"):
                assert client.ask("POST", path, {}).status in (404, 405), path
            asked = {"Host": "10.0.0.1", "Origin": "https://elsewhere.example"}
            assert "access-control-allow-origin" not in client.ask("GET", "/p/", headers=asked).headers
            assert client.ask("GET", "/p/", headers={"Host": "elsewhere.example"}).status == 403
            token = re.search(r"write_token=(\S+)", shown.line("To rename"))
            assert token is not None
            opened = client.ask("GET", f"/p/?write_token={token[1]}")
            cookie = {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
            assert b"data-edits" in client.ask("GET", "/p/", headers=cookie).body
            assert b"data-edits" not in page.body
            names, answers = call(
                f"http://127.0.0.1:{client.port}/gradio_api/mcp/",
                [
                    ("list_projects", {}),
                    ("get_metric", {"project": "p", "metric": "loss", "step": 1}),
                    ("get_run", {"project": "q"}),
                ],
            )
            assert {"list_runs", "get_run", "query_project", "energy"} <= set(names)
            assert json.loads(answers[0])["projects"] == ["gradio_api", "p"]
            assert [one["value"] for one in json.loads(answers[1])["values"]] == [0.5]
            assert json.loads(answers[2])["error"].startswith("No project named 'q'")
    assert trackio.Api().project("p").url == "http://127.0.0.1:7860/?project=p"
    assert shown.process.returncode == 0


def test_a_read_token_guards_pages_and_tools(home: Path, tmp_path: Path) -> None:
    record()
    file = tmp_path / "token"
    file.write_text("read-me\n")
    with showing(home, "--port", "0", "--mcp", "--read-token-file", str(file), until="Tools") as shown:
        client = shown.client
        assert client.ask("GET", "/p/").status == 401
        assert "read_token=read-me" in shown.line("Dashboard at")
        assert client.ask("POST", "/gradio_api/mcp/", {}).status == 401
        url = f"http://127.0.0.1:{client.port}/gradio_api/mcp/"
        _, answers = call(url, [("list_projects", {})], Authorization="Bearer read-me")
        assert json.loads(answers[0])["projects"] == ["p"]


MEANWHILE = """
import socket
import sys
from http.client import HTTPConnection
from pathlib import Path
from trackio.dashboard.launching import launch
from trackio.showing import show
from trackio.errors import UsageError
from trackio.server.options import ServerOptions

taken, other = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
free = other.getsockname()[1]
other.close()

def launched(*ports, proxies=None):
    found = iter(ports)
    options = ServerOptions(Path(sys.argv[1]), "t", requests_per_second=0.001, requests_at_once=5)
    return launch(options, host="127.0.0.1", port=lambda: next(found), has_share=False, has_mcp=False, proxies=proxies)

def answered(shown, path, **headers):
    connection = HTTPConnection("127.0.0.1", int(shown.url.rpartition(":")[2].strip("/")))
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status

shown = launched(taken.getsockname()[1], free)
print(shown.url == f"http://127.0.0.1:{free}/", answered(shown, "/gradio_api/info"))
for proxies in (None, "127.0.0.1"):
    shown.close()
    shown = launched(free, proxies=proxies)
    print(*{answered(shown, "/healthz", **{"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(9)})
shown.close()
said = []
show(block_thread=False, open_browser=False, server_port=0, say=said.append).app.close()
print(next(one for one in said if one.startswith("Dashboard at")).partition(" - ")[2])
try:
    launched(*[taken.getsockname()[1]] * 3)
except UsageError as error:
    print(error)
"""


def test_a_port_that_is_taken_meanwhile_gives_way_to_the_next(home: Path) -> None:
    found = subprocess.run([sys.executable, "-c", MEANWHILE, str(home)], capture_output=True, text=True, check=True)
    first, alone, behind, end, second = found.stdout.splitlines()
    assert first == "True 404"
    # Who asks is believed to be another each time by those who were told so alone.
    assert sorted(alone.split()) == ["200", "429"]
    assert behind == "200"
    assert end == "it ends with this process, or by app.close() of what show() returned."
    assert second.startswith("The dashboard could not be started")


def test_an_unknown_project_is_told_before_anything_starts(home: Path) -> None:
    record("training")
    with pytest.raises(UnknownProject, match="training"):
        show("trainng")


def test_without_gradio_the_extra_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trackio.dashboard import launching

    monkeypatch.setattr(launching, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtra, match=r"trackio\[dashboard\]"):
        show(say=lambda _line: None)


def test_a_theme_that_is_none_is_told(home: Path) -> None:
    with pytest.raises(UsageError, match="light"):
        show(theme="solarized")  # type: ignore[arg-type]


def test_what_show_gives_does_not_print_the_token(home: Path) -> None:
    found = Shown(None, "http://127.0.0.1:7860/", None, "http://127.0.0.1:7860/?write_token=secret")  # type: ignore[arg-type]
    assert "secret" not in repr(found)
    assert "secret" not in f"{found}"
