"""Trainers of the released TRL: what they log beside the Trainer they build upon."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from hf.tiny import arguments, model, tokenizer
from PIL import Image
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer
from trl.experimental.async_grpo.async_grpo_trainer import log_rollout_traces
from trl.experimental.async_grpo.async_rollout_worker import RolloutSample
from trl.trainer.utils import get_trackio_space_url

import trackio
from trackio import references
from trackio.logged import Run
from trackio.store.home import Home
from trackio.store.project import ProjectStore

CHAT = [{"role": "user", "content": "the cat sat ?"}, {"role": "assistant", "content": "yes the cat sat ."}]
COMPLETING = {"max_steps": 2, "log_completions": True, "num_generations": 2, "max_completion_length": 4, "bf16": False}


class Pictured(TrainerCallback):
    """Gives a trainer of texts the pictures that one of pictures would have, but for the last prompt."""

    trainer: GRPOTrainer

    def on_log(self, *_: Any, **__: Any) -> None:
        logged = self.trainer._logs
        logged["images"].extend([[Image.new("RGB", (4, 3), "red")]] * (len(logged["prompt"]) - 1) + [[]])


def tuned(folder: Path, *, callback: TrainerCallback | None = None, **options: Any) -> GRPOTrainer:
    """A GRPO trainer that has run; longer completions are better."""
    trainer = GRPOTrainer(
        model=model(),
        reward_funcs=[length],
        args=arguments(folder, GRPOConfig, num_completions_to_print=1, **COMPLETING | options),
        train_dataset=Dataset.from_list([{"prompt": "the cat sat on"}, {"prompt": "a dog ran"}] * 4),
        processing_class=tokenizer(),
        callbacks=[] if callback is None else [callback],
    )
    if callback is not None:
        callback.trainer = trainer
    trainer.train()
    return trainer


def length(completions: list[str], **_: Any) -> list[float]:
    return [float(len(text)) for text in completions]


def store() -> ProjectStore:
    found = Home().project("p")
    found.catch_up()
    return found


def last() -> Run:
    return trackio.Api().project("p").runs()[-1]


def logged(metric: str) -> list[tuple[int, dict[str, Any]]]:
    """Step and reference of everything logged under a name."""
    found = [(step, references.decode(value)) for _, step, _, value in store().values(last().id, metric)]
    return [(step, reference) for step, reference in found if reference is not None]


def content(reference: dict[str, Any]) -> Any:
    """The JSON that a reference leads to."""
    return json.loads(store().blobs.read(reference["file"]))


def test_supervised_tuning_logs_its_own_measures(tmp_path: Path) -> None:
    SFTTrainer(
        model=model(),
        args=arguments(tmp_path, SFTConfig, max_length=32, max_steps=2),
        train_dataset=Dataset.from_list([{"messages": CHAT}] * 8),
        processing_class=tokenizer(),
    ).train()
    assert {"train/mean_token_accuracy", "train/entropy", "train/num_tokens", "train/loss"} <= set(last().metrics())


def test_the_model_card_of_a_run_for_a_space_leads_to_the_run(tmp_path: Path) -> None:
    with trackio.init(project="p", name="first", space_id="ada/live"):
        trainer = SFTTrainer(
            model=model(),
            args=arguments(tmp_path, SFTConfig, max_length=32),
            train_dataset=Dataset.from_list([{"messages": CHAT}] * 8),
            processing_class=tokenizer(),
        )
        trainer.create_model_card(model_name="tiny")
    expected = "https://ada-live.hf.space?project=p&runs=first&sidebar=collapsed"
    assert f"trackio:{expected}" in (tmp_path / "README.md").read_text("utf-8")


def test_a_local_run_has_no_address_of_a_space() -> None:
    with trackio.init(project="p"):
        assert get_trackio_space_url() is None
    assert get_trackio_space_url() is None


def test_completions_are_a_table_after_each_logged_step(tmp_path: Path) -> None:
    tuned(tmp_path)
    tables = logged("completions")
    for number, (_, reference) in zip((1, 2, 2), tables, strict=True):
        table = content(reference)
        assert reference["rows"] == len(table["data"]) > 0
        assert table["columns"] == ["step", "prompt", "completion", "length", "advantage"]
        step, prompt, completion, reward, _ = table["data"][-1]
        assert (step, prompt in ("the cat sat on", "a dog ran"), reward) == (number, True, len(completion))
    assert {"train/reward", "train/rewards/length/mean"} <= set(last().metrics())


def test_times_logged_at_one_step_stand_between_the_rows_without_a_step(tmp_path: Path) -> None:
    tuned(tmp_path)
    [name] = [name for name in last().metrics() if name.endswith("._calculate_rewards")]
    assert name.startswith("profiling/Time taken: GRPOTrainer.")
    times = last().metric(name)
    assert list(times.step) == sorted(times.step)
    assert list(last().metric("train/global_step").value) == [1, 2, 2]


def test_pictures_of_prompts_are_in_the_cells(tmp_path: Path) -> None:
    tuned(tmp_path, callback=Pictured(), max_steps=1)
    table = content(logged("completions")[0][1])
    *pictured, plain = [dict(zip(table["columns"], row, strict=True))["image"] for row in table["data"]]
    for cell in pictured:
        [item] = cell["items"]
        assert (cell["_type"], item["_type"], item["width"], item["height"]) == ("trackio.list", "trackio.image", 4, 3)
        assert store().blobs.path(item["file"]).exists()
    assert plain == []


def test_traces_come_from_a_thread_that_inherited_nothing() -> None:
    samples = [
        RolloutSample(
            prompt=CHAT[:1],
            completion=CHAT[1:],
            input_ids=np.arange(8),
            completion_mask=np.array([0] * 5 + [1] * 3),
            old_log_probs=np.zeros(8),
            advantage=np.float32(0.5),
            model_version=3,
            group_id=number,
            metrics={"reward": np.float64(1.0), "rewards/length": 2.0},
        )
        for number in range(2)
    ]
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
        thread = threading.Thread(
            target=log_rollout_traces, args=(samples,), kwargs={"step": 7, "report_to": ["trackio"]}
        )
        thread.start()
        thread.join()
        run.log({"loss": 2.0})
    [(step, reference)] = logged("rollouts")
    assert (step, reference["_type"], len(reference["items"])) == (7, "trackio.list", 2)
    trace = content(reference["items"][0])
    assert trace["messages"] == CHAT
    assert trace["metadata"]["reward"] == 1.0
    assert (trace["metadata"]["completion_tokens"], trace["metadata"]["model_version"]) == (3, 3)
    assert list(last().metric("loss").step) == [0, 8]


def test_a_run_that_fails_while_completing_keeps_its_tables(tmp_path: Path) -> None:
    class Stop(TrainerCallback):
        """Fails after the first step."""

        def on_step_end(self, _: Any, state: Any, *__: Any, **___: Any) -> None:
            if state.global_step == 2:
                raise RuntimeError("out of memory")

    try:
        tuned(tmp_path, callback=Stop(), max_steps=3)
    except RuntimeError:
        trackio.finish()
    assert last().status == "failed"
    assert len(logged("completions")) == 1
