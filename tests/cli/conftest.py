"""The command line in this process, over a home of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from trackio.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return orjson.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, which TRACKIO_DIR names."""
    path = tmp_path / "home"
    monkeypatch.setenv("TRACKIO_DIR", str(path))
    monkeypatch.delenv("TRACKIO_PROJECT", raising=False)
    return path


@pytest.fixture
def cli(home: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Cli:
    """``cli("list", "runs")`` runs that command."""

    def call(*argv: str) -> Done:
        capsysbinary.readouterr()
        code = main(argv)
        said = capsysbinary.readouterr()
        return Done(code, said.out.decode(), said.err.decode())

    return call
