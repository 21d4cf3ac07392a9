"""``CardCallback`` with the released ``Trainer``: a section about the run that outlives the Trainer's own card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hf.tiny import ROWS, arguments, model, tokenizer, trainer
from huggingface_hub import ModelCard
from transformers import Trainer
from transformers.integrations import TrackioCallback

import trackio
from trackio.cards.markers import BEGIN, END
from trackio.errors import UnknownLocation, UsageError
from trackio.integrations.transformers import CardCallback

if TYPE_CHECKING:
    from hf.conftest import Script
    from hub.emulator import Hub

Train = Callable[..., Trainer]


@pytest.fixture
def make(tmp_path: Path) -> Train:
    """``make(CardCallback(), max_steps=2)`` is a trainer."""

    def made(callback: CardCallback, **options: Any) -> Trainer:
        training = trainer(tmp_path / "out", **options)
        training.add_callback(callback)
        return training

    return made


def card(folder: Path) -> str:
    text = (folder / "README.md").read_text("utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
    return text


def test_a_training_on_the_processor_says_that_gpus_were_not_measured(make: Train, tmp_path: Path) -> None:
    make(CardCallback(location="FRA")).train()
    text = card(tmp_path / "out")
    assert "| GPU | not measured" in text
    assert "Run `first` of `p`" in text
    assert "| `train/loss` |" in text
    assert "still running" not in text
    assert ModelCard(text).data.tags == ["trackio"]
    assert (tmp_path / "out" / "trackio" / "train-loss.png").is_file()


def test_training_again_replaces_the_section_and_keeps_the_rest(make: Train, tmp_path: Path) -> None:
    training = make(CardCallback())
    training.train()
    path = tmp_path / "out" / "README.md"
    path.write_text(f"{card(tmp_path / 'out')}\nBy hand.\n", "utf-8")
    training.train()
    assert card(tmp_path / "out").endswith("\nBy hand.\n")


def test_the_same_again_gives_the_same_bytes(make: Train, tmp_path: Path) -> None:
    training = make(CardCallback())
    training.train()
    training.create_model_card()
    first = card(tmp_path / "out")
    training.create_model_card()
    assert card(tmp_path / "out") == first


def test_the_section_outlives_the_card_that_the_trainer_writes(make: Train, tmp_path: Path) -> None:
    training = make(CardCallback())
    training.train()
    assert "Training procedure" not in card(tmp_path / "out")
    training.evaluate()
    training.create_model_card(tags=["mine"])
    text = card(tmp_path / "out")
    assert "## Training procedure" in text
    assert "| `eval/loss` |" in text
    assert "still running" not in text
    assert set(ModelCard(text).data.tags) >= {"mine", "trackio"}


def test_a_push_has_the_section_and_its_picture_and_leads_to_the_report(script: Script, hub: Hub) -> None:
    script(
        "from trackio.integrations.transformers import CardCallback\n"
        "trained = trainer('out', push_to_hub=True, hub_model_id='ada/tiny', trackio_static_space_id='ada/charts')\n"
        "trained.add_callback(CardCallback()); trained.train(); trained.push_to_hub()",
        hub,
    )
    files = hub.model("ada/tiny").files
    text = files["README.md"].decode()
    assert text.count(BEGIN) == 1
    assert "## Training procedure" in text
    assert "(https://ada-charts.static.hf.space/p/runs/first.html)" in text
    assert files["trackio/train-loss.png"].startswith(b"\x89PNG")
    assert "trackio:https://huggingface.co/spaces/ada/charts" in ModelCard(text).data.tags


def test_a_repository_gets_a_pull_request(script: Script, hub: Hub) -> None:
    hub.add("models", "grace/large").commit("made", {"README.md": b"---\nlicense: mit\n---\n# Large\n"})
    script(
        "from trackio.integrations.transformers import CardCallback\n"
        "trained = trainer('out')\n"
        "trained.add_callback(CardCallback(repo='grace/large', create_pr=True)); trained.train()",
        hub,
    )
    proposed = hub.model("grace/large").branches["refs/pr/1"].files["README.md"].decode()
    assert proposed.startswith("---\nlicense: mit\n")
    assert "GPU | not measured" in proposed


def test_a_hub_that_refuses_costs_a_warning(script: Script, hub: Hub) -> None:
    done = script(
        "from trackio.integrations.transformers import CardCallback\n"
        "trained = trainer('out')\n"
        "trained.add_callback(CardCallback(repo='ada/none')); trained.train(); print('trained')",
        hub,
    )
    assert "the model card has no section of this run" in done.stderr
    assert done.stdout.endswith("trained\n")


def test_samples_and_tokens_are_counted_where_the_trainer_counts_them(make: Train) -> None:
    make(CardCallback(), include_num_input_tokens_seen="all").train()
    [run] = trackio.Api().project("p").runs()
    assert list(run.metric("train/samples_seen").value) == [8]
    assert run.metric("train/num_input_tokens_seen").value[-1] == 64
    assert list(run.metric("train/samples_seen").step) == [run.last_step]


def test_callbacks_may_come_in_any_order(tmp_path: Path) -> None:
    options = arguments(tmp_path / "out", report_to="none")
    Trainer(model=model(), args=options, train_dataset=ROWS, callbacks=[CardCallback(), TrackioCallback()]).train()
    trackio.finish()
    assert "Run `first` of `p`" in card(tmp_path / "out")


def test_a_file_elsewhere_leaves_the_trainers_own_card_alone(make: Train, tmp_path: Path) -> None:
    training = make(CardCallback(readme=tmp_path / "docs" / "card.md"))
    training.train()
    training.create_model_card()
    assert BEGIN in (tmp_path / "docs" / "card.md").read_text("utf-8")
    assert BEGIN not in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_without_a_run_it_says_what_to_pass(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = arguments(tmp_path / "out", report_to="none")
    Trainer(model=model(), args=options, train_dataset=ROWS, callbacks=[CardCallback()]).train()
    assert "report_to='trackio'" in caplog.text
    assert not (tmp_path / "out" / "README.md").exists()


def test_a_card_that_cannot_take_the_section_costs_a_warning(
    make: Train, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "out" / "README.md"
    path.parent.mkdir()
    path.write_text(f"{BEGIN}\n{BEGIN}\n", "utf-8")
    make(CardCallback()).train()
    assert "the model card has no section of this run" in caplog.text
    assert path.read_text("utf-8") == f"{BEGIN}\n{BEGIN}\n"


@pytest.mark.parametrize(
    ("processes", "words"), [(8, None), (16, "the other machine"), (31, "3 other machines"), (32, "3 other machines")]
)
def test_machines_whose_processes_record_nothing_are_told(
    make: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int, words: str | None
) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "8")
    callback = CardCallback()
    training = make(callback, max_steps=1)
    training.train()
    callback.on_train_begin(SimpleNamespace(world_size=processes), training.state, training.control)
    callback._run = ("p", trackio.Api().project("p").runs()[-1].id)
    callback.on_train_end(training.args, training.state, training.control)
    text = card(tmp_path / "out")
    assert ("machine" in text.partition("Not included")[2].partition("and all other runs")[0]) == (words is not None)
    assert words is None or f"{words}, " in text


def test_other_processes_than_the_first_write_nothing(make: Train, tmp_path: Path) -> None:
    callback = CardCallback()
    training = make(callback)
    training.train()
    (tmp_path / "out" / "README.md").unlink()
    training.state.is_world_process_zero = False
    callback.on_train_end(training.args, training.state, training.control)
    assert not (tmp_path / "out" / "README.md").exists()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"location": "Frnace"}, UnknownLocation),
        ({"pue": 0.5}, UsageError),
        ({"locaton": "FRA"}, TypeError),
        ({"readme": "a", "repo": "b"}, UsageError),
    ],
)
def test_what_cannot_be_right_is_told_before_the_training(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        CardCallback(**options)


def test_trainers_of_trl_keep_it_too(tmp_path: Path) -> None:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    training = SFTTrainer(
        model=model(),
        args=arguments(tmp_path / "out", SFTConfig, max_steps=2, bf16=False),
        train_dataset=Dataset.from_list([{"text": "the cat sat on a mat"}] * 4),
        processing_class=tokenizer(),
        callbacks=[CardCallback()],
    )
    training.train()
    training.create_model_card()
    text = card(tmp_path / "out")
    assert "Run `first` of `p`" in text
    assert "TRL" in text
