"""The commands that docs/migration.md shows for an export of Neptune's, with such an export."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.importers.test_parquet import neptune, series, single
from trackio.cli.main import main

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
BLOCK = re.compile(r"^```bash neptune\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_commands_for_neptune_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    neptune(tmp_path / "exports", single("sys/name", "string", "otter"), series("loss", "0", 1.5))
    [block] = BLOCK.findall(PAGE.read_text("utf-8"))
    for line in block.splitlines():
        assert main(line.split()[1:]) == 0
    assert "otter" in capsys.readouterr().out
