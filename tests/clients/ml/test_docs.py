"""What docs/integrations.md shows of Lightning, Keras, the boosting libraries and scikit-learn works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import trackio

PAGE = (Path(__file__).parents[3] / "docs" / "integrations.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python ml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
BEFORE = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, torch
import numpy as np
import trackio
from lightning.pytorch.demos.boring_classes import BoringModel
from torch.utils.data import DataLoader

lightning_model = BoringModel()
loader = DataLoader(torch.rand(8, 32), batch_size=4)
x, labels = np.random.default_rng(0).random((40, 3)), np.arange(40) % 2
y = labels.astype(float)
keras_model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
keras_model.compile(loss="mse")
"""


def test_the_examples_record_what_they_say(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(BEFORE + "\n".join(BLOCKS))
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    projects = {project.name: project.runs() for project in trackio.Api().projects()}
    assert {name: len(runs) for name, runs in projects.items()} == {"mnist": 2, "trees": 2, "forests": 1}
    assert {run.status for runs in projects.values() for run in runs} == {"finished"}
    assert "predictions" in projects["mnist"][0].metrics()
    assert {"confusion_matrix", "roc"} <= set(projects["forests"][0].metrics())
