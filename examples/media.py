"""Logs one of each kind of medium, over a few steps, and builds a report of them.

    pip install 'trackio[media]' matplotlib plotly
    python examples/media.py [FOLDER]

Runs in seconds; then open FOLDER/index.html.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import plotly.graph_objects as go

import trackio

PROJECT = "media"
STEPS = 5
SIDE = 96


def disc(radius: float, hue: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A picture of ``(SIDE, SIDE, 3)`` with a disc in one colour."""
    y, x = np.indices((SIDE, SIDE)) - SIDE / 2
    picture = np.full((SIDE, SIDE, 3), 24, np.uint8)
    picture[np.hypot(x, y) < radius, hue % 3] = 220
    return picture


def annotated(radius: float) -> trackio.Image:
    """A disc with a box around it and a mask over it."""
    half = radius / SIDE
    edges = {"minX": 0.5 - half, "maxX": 0.5 + half, "minY": 0.5 - half, "maxY": 0.5 + half}
    mask = (disc(radius, 0)[:, :, 0] > 100).astype(np.uint8)
    labels = {0: "ground", 1: "disc"}
    return trackio.Image(
        disc(radius, 0),
        caption=f"radius {radius:.0f}",
        boxes={
            "found": {"box_data": [{"position": edges, "class_id": 1, "scores": {"p": 0.9}}], "class_labels": labels}
        },
        masks={"truth": {"mask_data": mask, "class_labels": labels}},
    )


def film(step: int) -> trackio.Video:
    """A disc that grows and shrinks."""
    radii = 10 + 30 * np.abs(np.sin(np.linspace(0, np.pi, 16)))
    frames = np.stack([disc(radius, step).transpose(2, 0, 1) for radius in radii])
    return trackio.Video(frames, fps=8, format="mp4", caption=f"step {step}")


def tone(step: int) -> trackio.Audio:
    """Half a second of a sine that rises with the steps."""
    time = np.arange(4000) / 8000
    return trackio.Audio(np.sin(2 * np.pi * 220 * (step + 1) * time) / 2, sample_rate=8000)


def curve(losses: list[float]) -> Any:
    """The losses so far, drawn by matplotlib."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(4, 2.5))
    axes.plot(losses, marker="o")
    axes.set_title("loss")
    return figure


def scene(rng: np.random.Generator) -> trackio.Object3D:
    """A ball of points with a box around it."""
    points = rng.normal(size=(2000, 3))
    colors = (255 * (points - points.min(0)) / np.ptp(points, axis=0)).astype(int)
    box = trackio.box3d(center=(0, 0, 0), size=(4, 4, 4), orientation=(1, 0, 0, 0.3), color=(255, 80, 0), label="ball")
    return trackio.Object3D({"type": "lidar/beta", "points": np.hstack([points, colors]), "boxes": [box]})


def conversation(step: int) -> trackio.Trace:
    """A question with a picture, and its answer."""
    question = [
        {"type": "text", "text": "What colour is it?"},
        {"type": "image", "image": trackio.Image(disc(30, step))},
    ]
    answer = ["red", "green", "blue"][step % 3]
    return trackio.Trace(
        messages=[{"role": "user", "content": question}, {"role": "assistant", "content": f"It is {answer}."}],
        metadata={"reward": 1.0},
    )


def main(folder: Path) -> None:
    """Log, and build the report."""
    mpl.use("Agg")
    rng = np.random.default_rng(0)
    table = trackio.Table(columns=["step", "picture", "label", "score"])
    losses: list[float] = []
    with trackio.init(project=PROJECT, name="everything") as run:
        for step in range(STEPS):
            losses.append(1 / (step + 1))
            table.add_data(step, trackio.Image(disc(8 + 6 * step, step)), "disc", rng.random())
            run.log(
                {
                    "loss": losses[-1],
                    "images/annotated": annotated(10 + 6 * step),
                    "images/batch": [trackio.Image(disc(radius, step), caption=str(radius)) for radius in (10, 20, 30)],
                    "film": film(step),
                    "tone": tone(step),
                    "weights": trackio.Histogram(rng.normal(step / 2, 1, 1000)),
                    "predictions": table,
                    "figure": curve(losses),
                    "trace": conversation(step),
                }
            )
        scores = rng.dirichlet(np.ones(3), 90)
        truth = [int(rng.choice(3, p=row)) for row in scores]
        names = ["red", "green", "blue"]
        run.log(
            {
                "scene": scene(rng),
                "bars": go.Figure(go.Bar(x=names, y=[3, 1, 2])),
                "confusion": trackio.plot.confusion_matrix(probs=scores, y_true=truth, class_names=names),
                "roc": trackio.plot.roc_curve(truth, scores, labels=names),
                "page": trackio.Html("<h2>Notes</h2><p>Any page, in a frame of its own.</p>"),
                "report": trackio.Markdown("## Findings\n\n* Discs grow.\n* The loss falls."),
            }
        )
    subprocess.run(
        [sys.executable, "-m", "trackio", "report", "--project", PROJECT, "--output", str(folder)], check=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("media-report"))
