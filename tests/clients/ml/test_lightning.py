"""Lightning's Trainer with our logger."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader, TensorDataset

import trackio
from trackio.integrations.lightning import TrackioLogger


class Model(pl.LightningModule):
    def __init__(self, width: int = 3, fails_at: int | None = None) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(width, 1)
        self.fails_at = fails_at

    def training_step(self, batch: Any) -> Any:
        if self.fails_at is not None and self.global_step >= self.fails_at:
            raise RuntimeError("diverged")
        loss = self.layer(batch[0]).square().mean()
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: Any) -> None:
        self.log("val/loss", self.layer(batch[0]).square().mean())

    def test_step(self, batch: Any) -> None:
        self.log("test/loss", self.layer(batch[0]).abs().mean())

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.fixture
def data() -> Any:
    return DataLoader(TensorDataset(torch.rand(16, 3)), batch_size=4)


def trainer(logger: Any, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        logger=logger,
        max_epochs=2,
        accelerator="cpu",
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{"enable_checkpointing": False, **options},
    )


def test_a_training_is_recorded_at_the_trainers_steps(data: Any, points: Any) -> None:
    logger = TrackioLogger(project="p", name="run", tags=["lightning"], config={"seed": 1})
    trainer(logger).fit(Model(), data, data)
    [run] = trackio.Api().project("p").runs()
    assert (run.name, run.status, run.tags) == ("run", "finished", ["lightning"])
    assert [step for step, _ in points("p", "train/loss")] == list(range(8))
    assert [step for step, _ in points("p", "val/loss")] == [3, 7]
    assert [value for _, value in points("p", "epoch")][-1] == 1
    assert run.config == {"seed": 1, "width": 3, "fails_at": None}


def test_a_test_after_the_fit_goes_on_with_the_run(data: Any, points: Any) -> None:
    logger = TrackioLogger(project="p")
    found = trainer(logger)
    model = Model()
    found.fit(model, data)
    found.test(model, data, verbose=False)
    [run] = trackio.Api().project("p").runs()
    assert run.status == "finished"
    assert len(points("p", "test/loss")) == 1
    assert (logger.name, logger.version) == ("p", run.id)


def test_a_training_that_fails_is_marked_failed(data: Any) -> None:
    with pytest.raises(RuntimeError, match="diverged"):
        trainer(TrackioLogger(project="p")).fit(Model(fails_at=2), data)
    [run] = trackio.Api().project("p").runs()
    assert (run.status, run.num_logs) == ("failed", 2)


def test_a_run_in_progress_is_used_and_left_open(data: Any) -> None:
    with trackio.init(project="p", name="mine") as run:
        trainer(TrackioLogger(project="p")).fit(Model(), data)
        assert not run.is_finished
        run.log({"after": 1})
    [read] = trackio.Api().project("p").runs()
    assert {"train/loss", "after"} <= set(read.metrics())


def test_a_given_run_is_used(data: Any) -> None:
    run = trackio.init(project="p", name="given")
    trainer(TrackioLogger(experiment=run)).fit(Model(), data)
    assert not run.is_finished
    run.finish()
    assert trackio.Api().project("p").runs()[0].name == "given"


@pytest.mark.parametrize(("log_model", "versions"), [(False, 0), (True, 1), ("all", 2)])
def test_checkpoints_become_versions_of_an_artifact(tmp_path: Path, data: Any, log_model: Any, versions: int) -> None:
    logger = TrackioLogger(project="p", save_dir=tmp_path, log_model=log_model, checkpoint_name="weights")
    callback = ModelCheckpoint(monitor="val/loss", mode="min", save_top_k=1)
    trainer(logger, callbacks=[callback], enable_checkpointing=True).fit(Model(), data, data)
    if not versions:
        return
    best = trackio.Api().artifact("p/weights:best")
    folder = Path(best.download(root=str(tmp_path / "out")))
    loaded = torch.load(folder / "model.ckpt", weights_only=False)
    assert "state_dict" in loaded
    assert best.metadata["monitor"] == "val/loss"
    assert str(Path(callback.best_model_path).parent.parent.parent.name) == "p"


def test_media_and_tables_are_logged(data: Any) -> None:
    logger = TrackioLogger(project="p", prefix="my")
    logger.log_image("images", [np.zeros((4, 4, 3), np.uint8), torch.rand(3, 4, 4)], step=3, caption=["a", "b"])
    logger.log_table("table", columns=["a"], data=[[1]])
    logger.log_audio("sounds", [np.zeros(100)], sample_rate=[8000])
    logger.log_metrics({"x": 1.0}, step=5)
    logger.finalize("success")
    [run] = trackio.Api().project("p").runs()
    assert set(run.metrics()) == {"my/images", "my/table", "my/sounds", "my/x"}
    with pytest.raises(trackio.errors.UsageError, match="2 items and 1"):
        logger.log_image("images", [1, 2], caption=["a"])


def test_a_logger_travels_to_another_process_with_its_run() -> None:
    logger = TrackioLogger(project="p")
    logger.log_metrics({"a": 1.0})
    logger.finalize("success")
    again = pickle.loads(pickle.dumps(logger))
    again.log_metrics({"a": 2.0})
    again.finalize("success")
    [run] = trackio.Api().project("p").runs()
    assert run.metric("a").value.tolist() == [1.0, 2.0]
