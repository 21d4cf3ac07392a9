"""The packages to compare with, each in an environment of its own that is made when first asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENVS = HERE / ".venvs"

PEERS = {
    "trackio 0.43": ("trackio", ["trackio[spaces]==0.43.0"]),
    "wandb": ("wandb", ["wandb"]),
    "tensorboardX": ("tensorboardx", ["tensorboardX"]),
    "mlflow": ("mlflow", ["mlflow"]),
}
"""Shown name to the adapter that drives it and what pip installs. This project's adapter is `trackio` too."""

READERS = {
    "tbparse": ("tbparse", ["tbparse"]),
}
"""Likewise those that only read what others have recorded."""

METERS = {
    "codecarbon": ("codecarbon", ["codecarbon", "nvidia-ml-py"]),
}
"""And those that only measure."""

OURS = "this project"


_ALL = {**PEERS, **READERS, **METERS}


def adapter(peer: str) -> str:
    """The name by which scripts/adapters.py knows the peer."""
    return "ours" if peer == OURS else _ALL[peer][0]


def python(peer: str) -> Path:
    """The interpreter that has the peer installed; for this project the one that runs the benchmarks."""
    if peer == OURS:
        return Path(sys.executable)
    venv = VENVS / peer.replace(" ", "-")
    stamp = venv / ".ready"
    if not stamp.exists():
        print(f"Installing {peer} into {venv.relative_to(HERE.parent)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin" / "python", "-m", "pip", "install", "-qq", *_ALL[peer][1]], check=True)
        stamp.touch()
    return venv / "bin" / "python"


def version(peer: str) -> str:
    """The installed version, as the metadata states it."""
    package = "trackio" if peer == OURS else _ALL[peer][1][0].partition("=")[0].partition("[")[0]
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python(peer), "-c", code], check=True, capture_output=True, text=True).stdout.strip()
