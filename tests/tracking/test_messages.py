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


BUSY = """
import sys
from trackio.tracking.terminal import say

class Busy:
    def write(self, text):
        raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stderr>'>")

    def flush(self):
        pass

sys.stderr = Busy()
say("from a handler")
"""


def test_a_line_of_a_signal_handler_in_the_middle_of_another_is_told_too() -> None:
    done = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True, check=True)
    assert done.stderr == "trackio: from a handler\n"
