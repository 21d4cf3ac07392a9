"""Warnings name who speaks, and go where the program wants them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import logging, sys, trackio
{before}
with trackio.init(project="p", auto_log_cpu=False) as run:
    run.log({{"bad": 1j}})
"""


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        ("", "trackio: log(): the value of 'bad'"),
        (
            "logging.basicConfig(format='%(levelname)s %(name)s %(message)s')",
            "WARNING trackio log(): the value of 'bad'",
        ),
        ("sys.stderr.close()", ""),
        ("logging.getLogger('trackio').setLevel('ERROR')", ""),
    ],
)
def test_a_warning_is_written_once_and_names_us(tmp_path: Path, before: str, begins: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TRACKIO_DIR": str(tmp_path)},
    )
    assert done.stderr.startswith(begins)
    assert done.stderr.count("log(): the value of") == bool(begins)
