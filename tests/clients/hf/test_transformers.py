"""``Trainer(report_to="trackio")`` of the released transformers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hf.tiny import ROWS, arguments, model, trainer
from transformers import Trainer

import trackio
from trackio.logged import Run

if TYPE_CHECKING:
    from hf.conftest import Script
    from hub.emulator import Hub

Train = Callable[..., Trainer]


@pytest.fixture
def make(tmp_path: Path) -> Train:
    """``make(run_name="a")`` is a trainer of four steps."""
    return partial(trainer, tmp_path / "out")


def runs() -> list[Run]:
    return trackio.Api().project("p").runs()


def test_training_leaves_a_finished_run_with_a_row_a_logged_step(make: Train) -> None:
    make().train()
    [run] = runs()
    assert (run.name, run.status) == ("first", "finished")
    assert list(run.metric("train/global_step").value) == [1, 2, 3, 4, 4]
    assert all(math.isfinite(value) for value in run.metric("train/loss").value)
    assert {"train/grad_norm", "train/learning_rate", "train/epoch"} <= set(run.metrics())


def test_the_config_holds_arguments_and_model_and_nothing_of_the_call(make: Train) -> None:
    trained = make()
    trained.train()
    [run] = runs()
    assert len(run.config) > 140
    assert run.config["id2label"] == {"0": "no", "1": "yes", "2": "maybe"}
    assert run.config["model/num_parameters"] == trained.model.num_parameters()
    assert run.config["hub_token"] == "<HUB_TOKEN>"
    assert run.config["accelerator_config"]["split_batches"] is False
    assert "allow_val_change" not in run.config


def test_evaluation_after_training_goes_on_with_the_named_run(make: Train) -> None:
    trained = make()
    trained.train()
    losses = trained.evaluate()
    trackio.finish()
    [run] = runs()
    assert run.status == "finished"
    assert list(run.metric("eval/loss").value) == [losses["eval_loss"]]
    assert list(run.metric("train/global_step").value) == [1, 2, 3, 4, 4, 4]


def test_evaluation_after_training_leaves_no_unfinished_run_when_none_was_named(script: Script) -> None:
    script("trained = trainer('out', run_name=None); trained.train(); trained.evaluate()")
    assert {run.status for run in runs()} == {"finished"}
    assert [len(run.metric("eval/loss").value) for run in runs() if "eval/loss" in run.metrics()] == [1]


def test_two_trainings_without_a_name_are_two_runs(make: Train) -> None:
    for _ in range(2):
        make(run_name=None).train()
    assert [run.status for run in runs()] == ["finished", "finished"]


def test_predictions_are_logged(make: Train) -> None:
    trained = make()
    trained.train()
    trained.predict(ROWS[:4])
    trackio.finish()
    [run] = runs()
    assert len(run.metric("test/loss").value) == 1


def test_training_goes_on_from_a_checkpoint_in_the_same_run(make: Train) -> None:
    make(save_strategy="steps", save_steps=2, max_steps=2).train()
    make(max_steps=4).train(resume_from_checkpoint=True)
    [run] = runs()
    assert run.status == "finished"
    assert [int(value) for value in run.metric("train/global_step").value] == [1, 2, 2, 3, 4, 4]
    assert list(run.metric("train/global_step").step) == list(range(6))


def test_training_that_fails_is_a_failed_run_with_its_rows(script: Script) -> None:
    done = script(
        "rows = [*ROWS[:4], {'input_ids': torch.tensor([10**6]), 'labels': torch.tensor([1])}]\n"
        "args = arguments('out', train_sampling_strategy='sequential', per_device_train_batch_size=1, max_steps=5)\n"
        "Trainer(model=model(), args=args, train_dataset=rows).train()",
        check=False,
    )
    assert "IndexError" in done.stderr
    [run] = runs()
    assert run.status == "failed"
    assert list(run.metric("train/global_step").value) == [1, 2, 3, 4]


def test_each_trial_of_a_search_is_a_run_of_its_own(tmp_path: Path) -> None:
    searched = Trainer(
        model_init=lambda _: model(),
        args=arguments(tmp_path / "out", run_name=None, max_steps=2, eval_strategy="steps", eval_steps=2),
        train_dataset=ROWS,
        eval_dataset=ROWS[:4],
    )
    searched.hyperparameter_search(
        hp_space=lambda trial: {"learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2)}, n_trials=3
    )
    found = runs()
    assert [run.status for run in found] == ["finished"] * 3
    assert len({run.config["learning_rate"] for run in found}) == 3


def test_a_push_publishes_the_report_and_the_model_card_points_at_it(script: Script, hub: Hub) -> None:
    script("trained = trainer('out', hub_model_id='ada/tiny'); trained.train(); trained.push_to_hub()", hub)
    [space] = [repo for (kind, _), repo in hub.repos.items() if kind == "spaces"]
    assert space.id.startswith("ada/p-static-")
    assert b"first" in space.files["p/index.html"]
    card = hub.repos["models", "ada/tiny"].files["README.md"].decode()
    assert f"trackio:https://huggingface.co/spaces/{space.id}" in card
    assert f'href="https://huggingface.co/spaces/{space.id}"' in card


def test_pushes_while_training_show_the_rows_so_far_in_one_space(script: Script, hub: Hub) -> None:
    script(
        "trained = trainer('out', push_to_hub=True, hub_model_id='ada/tiny', hub_always_push=True,"
        " trackio_static_space_id='charts', hub_private_repo=True, save_strategy='steps', save_steps=2)\n"
        "trained.train()",
        hub,
    )
    space = hub.space("ada/charts")
    assert space.private
    assert space.files["p/charts/train-loss.csv"].count(b"\n") == 1 + 4
    # One a checkpoint; the end of the training, which changes nothing more, sends nothing.
    assert len(space.commits) >= 2


def test_a_hub_that_refuses_the_report_does_not_end_the_training(script: Script, hub: Hub) -> None:
    hub.failing["spaces"] = 403
    done = script(
        "trained = trainer('out', push_to_hub=True, hub_model_id='ada/tiny', hub_always_push=True,"
        " trackio_static_space_id='ada/charts', save_strategy='steps', save_steps=2)\n"
        "trained.train()",
        hub,
    )
    assert "p is not published" in done.stderr
    [run] = runs()
    assert run.status == "finished"


def test_a_run_for_a_space_is_frozen_when_training_ends(script: Script, hub: Hub) -> None:
    script("trainer('out', trackio_space_id='ada/live', trackio_static_space_id='snapshot').train()", hub)
    assert b"first" in hub.space("ada/snapshot").files["p/index.html"]
