"""A training in a process of its own that does what a test tells it, a line at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio import settings

_SCRIPT = """
import json, sys, trackio
order = json.loads(sys.stdin.readline())
run = trackio.init(**order)
print(run.id, flush=True)
for line in sys.stdin:
    name, values = json.loads(line)
    if name == "log":
        for one in values:
            run.log(one)
    elif name == "alert":
        run.alert(**values)
    elif name == "config":
        run.config.update(values)
    elif name == "report":
        run.log({"report": trackio.Markdown(values)})
    elif name == "image":
        import numpy as np
        run.log({"sample": trackio.Image(np.full((8, 8, 3), values, np.uint8), caption=f"picture {values}")})
    elif name == "finish":
        run.finish()
    print("done", flush=True)
"""


@dataclass
class Training:
    """A run that goes on until it is told otherwise."""

    process: subprocess.Popen[str]
    id: str = ""

    def tell(self, name: str, values: Any = None) -> None:
        """Have it do something, and wait until it has."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, values]) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def log(self, *values: float, metric: str = "loss") -> None:
        self.tell("log", [{metric: value} for value in values])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def training(home: Path, **options: Any) -> Iterator[Training]:
    """A run in another process; ``options`` are those of ``trackio.init``."""
    environment = settings.environment({"TRACKIO_DIR": str(home), "TRACKIO_SYSTEM_METRICS": "0"})
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps({"project": "p", **options}) + "\n")
        process.stdin.flush()
        yield Training(process, process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
