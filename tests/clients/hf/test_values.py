"""What torch gives is logged as the numbers it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import trackio
from trackio import references
from trackio.store.project import ProjectStore


def test_torch_scalars_are_logged_as_numbers(points: Callable[..., list[tuple[int, Any]]]) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": torch.tensor(0.5, requires_grad=True), "n": torch.tensor([3])})
        run.log({"loss": torch.tensor(0.25, dtype=torch.bfloat16), "n": torch.tensor(True)})
        run.log({"loss": torch.tensor(1.5).half(), "n": torch.tensor(2**40)})
    assert points("p", "loss") == [(0, 0.5), (1, 0.25), (2, 1.5)]
    assert points("p", "n") == [(0, 3), (1, 1), (2, 2**40)]


def kept(run: Any, name: str) -> list[Any]:
    """What stands in the rows of a run under a name; references as they are read."""
    values = [value for *_, value in ProjectStore("p", run.directory).values(run.id, name)]
    return [references.decode(value) or value for value in values]


def test_tensors_are_kept_as_they_were_when_they_were_logged() -> None:
    total, weights = torch.tensor(0.0), torch.zeros(2, 50)
    with trackio.init(project="p") as run:
        for _ in range(3):
            run.log({"total": total, "weights": weights, "few": torch.arange(2)})
            total += 1
            weights += 1
    assert kept(run, "total") == [0.0, 1.0, 2.0]
    assert [one["_value"] for one in kept(run, "few")] == [[0, 1]] * 3
    for step, one in enumerate(kept(run, "weights")):
        assert one["_type"] == "trackio.histogram"
        assert one["bins"][0] <= step <= one["bins"][-1]
        assert sum(one["values"]) == 100


ODD = {
    "complex": (torch.tensor(1j), False),
    "meta": (torch.zeros(1, device="meta"), False),
    "sparse": (torch.eye(10).to_sparse(), True),
    "bfloat16": (torch.rand(40, dtype=torch.bfloat16, requires_grad=True), True),
    "empty": (torch.zeros(0), True),
    "parameter": (torch.nn.Parameter(torch.zeros(1)), True),
    "no tensor": (torch.float32, False),
}


@pytest.mark.parametrize("name", ODD)
def test_a_tensor_that_has_no_numbers_costs_only_itself(name: str, caplog: pytest.LogCaptureFixture) -> None:
    value, is_kept = ODD[name]
    with trackio.init(project="p") as run:
        run.log({"odd": value, "loss": 1.0})
    assert kept(run, "loss") == [1.0]
    assert len(kept(run, "odd")) == is_kept
    assert ("'odd' cannot be stored" in caplog.text) is not is_kept
