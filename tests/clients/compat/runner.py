"""Runs every call of ``calls.py`` against one library and prints what came of each as JSON.

``python runner.py wandb`` or ``python runner.py trackio``; a process of its own, because both patch what they find.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import traceback
import wave
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from calls import CALLS, Call

PREAMBLE = """
import argparse, datetime, decimal, os, threading
from pathlib import Path
import numpy as np
import pandas as pd
"""


def main(library: str) -> None:
    """Run all calls; a line of JSON with the outcome of each goes to the standard output."""
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_CONSOLE="off", MPLBACKEND="Agg")
    chosen = {int(number) for number in sys.argv[2:]}
    wandb: Any = __import__(library)
    if library == "trackio":
        # What `import trackio as wandb` cannot say: lines such as `from wandb import Image` mean the same package.
        _alias(library)
    found = []
    for number, call in enumerate(CALLS):
        if not chosen and call.is_fresh:
            found.append(_in_a_fresh_process(library, number))
        elif not chosen or number in chosen:
            found.append({"number": number, "outcome": _outcome(wandb, call)})
    print(json.dumps(found))


def _in_a_fresh_process(library: str, number: int) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    said = subprocess.run(
        [sys.executable, __file__, library, str(number)], capture_output=True, text=True, check=True, env=environment
    )
    return json.loads(said.stdout)[0]


def _outcome(wandb: Any, call: Call) -> str:
    """Empty when all lines hold, else the error's type and first line."""
    kept, folder, lost = dict(os.environ), Path.cwd(), _Lost()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        os.chdir(temporary)
        os.environ["TRACKIO_DIR"] = temporary
        names = {"wandb": wandb, **_helpers()}
        try:
            exec(PREAMBLE, names)
            if not call.is_own:
                names["run"] = wandb.init(project="p")
            exec(call.lines, names)
            while wandb.run is not None:
                wandb.run.finish()
            return lost.told()
        except BaseException as error:  # noqa: BLE001 - whatever a library raises is an outcome
            if os.environ.get("COMPAT_DEBUG"):
                traceback.print_exc()
            return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:160]
        finally:
            lost.close()
            os.environ.clear()
            os.environ.update(kept)
            with contextlib.suppress(Exception):
                while wandb.run is not None:
                    wandb.run.finish()
            os.chdir(folder)


class _Lost(logging.Handler):
    """Hears what trackio warns of: a value that was accepted and then dropped does not behave."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._messages: list[str] = []
        logging.getLogger("trackio").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())

    def told(self) -> str:
        """The first of the messages that tell of a loss."""
        return next((f"Lost: {one}" for one in self._messages if "dropped" in one or "lost" in one), "")

    def close(self) -> None:
        logging.getLogger("trackio").removeHandler(self)
        super().close()


def _helpers() -> dict[str, Any]:
    import numpy as np

    def pytest_raises(kind: Any, function: Any, *args: Any, **named: Any) -> None:
        try:
            function(*args, **named)
        except kind:
            return
        raise AssertionError("nothing was raised")

    def figure() -> Any:
        import matplotlib.pyplot as plt

        found, axes = plt.subplots()
        axes.plot([1, 2, 3])
        return found

    def plotly_figure() -> Any:
        import plotly.graph_objects as go

        return go.Figure(go.Scatter(x=[1, 2], y=[2, 1]))

    def pil() -> Any:
        from PIL import Image

        return Image.new("RGB", (8, 8), (200, 30, 30))

    def wav() -> bytes:
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(b"\0\0" * 80)
        return buffer.getvalue()

    def network() -> Any:
        import torch

        return torch.nn.Linear(2, 1)

    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    return {
        "pytest_raises": pytest_raises,
        "figure": figure,
        "plotly_figure": plotly_figure,
        "pil": pil,
        "wav": wav,
        "pixels": pixels,
        "network": network,
    }


def _alias(library: str) -> None:
    """Let imports of wandb's modules find those of the library, where it has them."""
    import importlib
    import importlib.abc
    import importlib.util

    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name: str, *_: Any) -> Any:
            if name == "wandb" or name.startswith("wandb."):
                ours = library + name[len("wandb") :]
                try:
                    importlib.import_module(ours)
                except ImportError:
                    return None
                return importlib.util.spec_from_loader(name, self)
            return None

        def create_module(self, spec: Any) -> Any:
            return sys.modules[library + spec.name[len("wandb") :]]

        def exec_module(self, module: Any) -> None:
            pass

    sys.meta_path.insert(0, Finder())


if __name__ == "__main__":
    main(sys.argv[1])
