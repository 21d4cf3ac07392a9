"""No variable of the environment says anything of servers, proxies or homes, unless a test does; real servers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import trackio
from tests.remote.serving import CHECKOUT, Serving
from trackio.store.home import Home

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")

Script = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TRACKIO_", "WANDB_", "HF_")) or name.lower() in _PROXIES or name in _CERTIFICATES:
            monkeypatch.delenv(name)


@pytest.fixture
def home(bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Where this machine records."""
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    yield Home(tmp_path / "home")
    while trackio.run is not None:
        trackio.finish()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server for all tests of a file that leave it alone."""
    with Serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Serving]:
    """A server to be killed."""
    with Serving(tmp_path / "server") as running:
        yield running


@pytest.fixture
def script(home: Home) -> Iterator[Script]:
    """Starts code in a process of its own, which finds ``trackio`` imported; ``ended`` waits for it."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", f"import trackio\n{code}"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> str:
    """What a script printed on both ways, when it has ended well."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out + err


def command(*arguments: str, code: int = 0, **environment: str) -> str:
    """What ``trackio ...`` prints on both ways."""
    done = subprocess.run(
        [sys.executable, "-m", "trackio", *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr
