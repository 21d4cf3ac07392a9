"""Parts of trackio that load much, run as programs of their own beside a training: they are told and answer in JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from trackio.children import module_paths, started

_START = (
    "import json, sys; asked = json.loads(sys.stdin.readline()); sys.path[:] = asked.pop('path'); "
    "from importlib import import_module; import_module(asked.pop('module')).main(asked)"
)
"""The program finds its modules where this one found them, and runs nothing of this one's own."""


class Program:
    """The ``main`` of a module, from its start on. Raises OSError where none can be started."""

    def __init__(self, module: str, asked: Mapping[str, Any]) -> None:
        self._child = started(_START, subprocess.PIPE)
        if self._child.stdin is not None:
            self._child.stdin.write(json.dumps({**asked, "path": module_paths(), "module": module}) + "\n")
            self._child.stdin.close()

    def answer(self) -> Any:
        """What it has said; None while it is at work. Raises ValueError when it ended without a word."""
        if self._child.poll() is None:
            return None
        said = "" if self._child.stdout is None else self._child.stdout.read()
        if self._child.stdout is not None:
            self._child.stdout.close()
        return json.loads(said)

    def awaited(self, seconds: float) -> Any:
        """Likewise, after a wait; raises ValueError when that was too short too."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        return self.answer()
