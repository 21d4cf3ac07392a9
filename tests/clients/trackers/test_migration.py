"""The commands that docs/migration.md shows, with the packages that they speak of."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "migration.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```bash trackers\n(.*?)^```$", re.MULTILINE | re.DOTALL)

WANDB = """
import wandb

with wandb.init(project="mnist-wandb", name="otter", config={"lr": 0.1}) as run:
    for step in range(10):
        run.log({"loss": 1 / (1 + step)})
wandb.teardown()
"""
TENSORBOARD = """
from tensorboardX import SummaryWriter

with SummaryWriter("runs/otter") as writer:
    for step in range(10):
        writer.add_scalar("loss", 1 / (1 + step), step)
"""
MLFLOW = """
import mlflow

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("mnist-mlflow")
with mlflow.start_run(run_name="otter"):
    for step in range(10):
        mlflow.log_metric("loss", 1 / (1 + step), step)
"""
MAKERS = {"Weights & Biases": WANDB, "TensorBoard": TENSORBOARD, "MLflow": MLFLOW}
SHOWN = {"Weights & Biases": "otter", "TensorBoard": "loss", "MLflow": "otter"}


def sections() -> dict[str, list[str]]:
    text = PAGE.read_text("utf-8")
    return {title: found for title, body in SECTION.findall(text) if (found := BLOCK.findall(body))}


def test_every_section_with_commands_is_tried() -> None:
    assert set(sections()) == set(MAKERS)


@pytest.mark.parametrize("title", MAKERS)
def test_the_commands_work(title: str, tmp_path: Path) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, does in (("trackio", f'exec {sys.executable} -m trackio "$@"'), ("pip", "true")):
        (commands / name).write_text(f"#!/bin/sh\n{does}\n")
        (commands / name).chmod(0o755)
    (commands / "python").symlink_to(sys.executable)
    environment = {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HOME": str(tmp_path),
        "TRACKIO_DIR": str(tmp_path / "home"),
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    (tmp_path / "train_wandb.py").write_text(WANDB)
    if title != "Weights & Biases":
        subprocess.run([sys.executable, "-c", MAKERS[title]], cwd=tmp_path, env=environment, check=True)
    printed = ""
    for block in sections()[title]:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed += done.stdout
    assert "Imported 1 run" in printed
    assert SHOWN[title] in printed
