"""``Accelerator(log_with="trackio")`` of the released accelerate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from accelerate.tracking import TrackioTracker
from hf.tiny import model

import trackio
from trackio.logged import Run

Points = Callable[..., list[tuple[int, Any]]]


@pytest.fixture
def accelerator() -> Iterator[Accelerator]:
    """On the processor; its state is the process's own, so that it is cleared after each test."""
    yield Accelerator(log_with="trackio", cpu=True)
    for state in (AcceleratorState, GradientState, PartialState):
        state._reset_state()


def last() -> Run:
    return trackio.Api().project("p").runs()[-1]


def test_a_loop_is_recorded_under_the_names_and_steps_it_gives(accelerator: Accelerator, points: Points) -> None:
    config = {"lr": 0.1, "layers": [1, 2], "nested": {"a": None}, 3: "three"}
    accelerator.init_trackers("p", config=config, init_kwargs={"trackio": {"name": "first", "group": "g"}})
    network, optimizer = accelerator.prepare(model(), torch.optim.SGD(model().parameters(), lr=0.1))
    for step in range(3):
        tokens = torch.arange(4, 12)[None]
        loss = network(input_ids=tokens, labels=tokens).loss
        accelerator.backward(loss)
        optimizer.step()
        accelerator.log({"loss": loss, "norm": loss.detach() * 2, "lr": 0.1}, step=step * 10)
    accelerator.end_training()
    assert (last().name, last().group, last().status) == ("first", "g", "finished")
    assert {"lr": 0.1, "layers": [1, 2], "nested": {"a": None}, "3": "three"}.items() <= last().config.items()
    assert "allow_val_change" not in last().config
    losses, norms = points("p", "loss"), points("p", "norm")
    assert [step for step, _ in losses] == [0, 10, 20]
    assert [value for _, value in norms] == pytest.approx([2 * value for _, value in losses])


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor(0.5),
        torch.tensor([[0.5]]),
        torch.tensor(0.5, requires_grad=True),
        torch.tensor(0.5, dtype=torch.float64),
        torch.tensor(0.5, dtype=torch.bfloat16),
        torch.nn.Parameter(torch.tensor(0.5)),
    ],
)
def test_scalars_of_every_kind_are_their_number(accelerator: Accelerator, points: Points, value: torch.Tensor) -> None:
    accelerator.init_trackers("p")
    accelerator.log({"loss": value})
    accelerator.end_training()
    assert points("p", "loss") == [(0, 0.5)]


def test_the_tracker_is_the_run(accelerator: Accelerator) -> None:
    accelerator.init_trackers("p")
    tracker = accelerator.get_tracker("trackio")
    assert isinstance(tracker, TrackioTracker)
    run = accelerator.get_tracker("trackio", unwrap=True)
    assert run is trackio.run
    accelerator.log({"a": 1}, step=None, log_kwargs={"trackio": {"commit": False}})
    accelerator.log({"b": 2})
    accelerator.end_training()
    assert last().num_logs == 1
    assert last().config == {}
