"""What torch gives is logged as the numbers it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import trackio


def test_torch_scalars_are_logged_as_numbers(points: Callable[..., list[tuple[int, Any]]]) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": torch.tensor(0.5, requires_grad=True), "n": torch.tensor([3])})
        run.log({"loss": torch.tensor(0.25, dtype=torch.bfloat16), "n": torch.tensor(True)})
        run.log({"loss": torch.tensor(1.5).half(), "n": torch.tensor(2**40)})
    assert points("p", "loss") == [(0, 0.5), (1, 0.25), (2, 1.5)]
    assert points("p", "n") == [(0, 3), (1, 1), (2, 2**40)]
