"""Programs of ours that run beside a training, in an interpreter of their own: how they start, and what they load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def module_paths() -> list[str]:
    """What their ``sys.path`` is to be: this one's but for the working folder, and where this package lies."""
    return [*(str(Path(path).absolute()) for path in sys.path if path), str(Path(__file__).parents[1])]


def started(code: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """An interpreter that runs this code, and is told more on standard input; raises OSError where there is none."""
    if not sys.executable:
        raise OSError("there is no interpreter")
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        text=True,
        # Ctrl-C in the terminal is meant for the training.
        start_new_session=True,
    )
