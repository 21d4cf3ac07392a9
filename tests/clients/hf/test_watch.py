"""``run.watch`` on real torch models."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

import trackio
from trackio.errors import UsageError
from trackio.tracking.watching import histogram


def _trained(model: torch.nn.Module, run: trackio.Run, batches: int) -> None:
    for _ in range(batches):
        model.zero_grad()
        model(torch.ones(4, 3)).sum().backward()
        run.log({"loss": 1.0})


def _logged(run: trackio.Run) -> dict[str, list[tuple[int, Any]]]:
    run.finish()
    store = trackio.Api().project("p")._store
    found = {metric.name: store.values(run.id, metric.name) for metric in store.metrics(run.id)}
    return {
        name: [(step, json.loads(str(value))) for _, step, _, value in values]
        for name, values in found.items()
        if "/" in name
    }


def _model() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))


PARTS = ["0.weight", "0.bias", "2.weight", "2.bias"]


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [("gradients", ["gradients"]), ("parameters", ["parameters"]), ("all", ["gradients", "parameters"]), (None, [])],
)
def test_histograms_come_every_so_many_batches(kind: Any, kinds: list[str]) -> None:
    run, model = trackio.init(project="p"), _model()
    trackio.watch(model, log=kind, log_freq=2)
    _trained(model, run, 5)
    logged = _logged(run)
    assert set(logged) == {f"{one}/{part}" for one in kinds for part in PARTS}
    for values in logged.values():
        assert [step for step, _ in values] == [1, 3]
        assert values[0][1]["_type"] == "trackio.histogram"
        assert len(values[0][1]["bins"]) == len(values[0][1]["values"]) + 1


def test_several_models_are_told_apart_and_let_go() -> None:
    run, one, two = trackio.init(project="p"), _model(), _model()
    run.watch([one, two], log_freq=1)
    run.unwatch(one)
    _trained(one, run, 1)
    _trained(two, run, 1)
    run.unwatch()
    _trained(two, run, 1)
    logged = _logged(run)
    assert set(logged) == {f"gradients/graph_1{part}" for part in PARTS}
    assert [step for step, _ in logged["gradients/graph_10.weight"]] == [1]


def test_a_model_watched_twice_is_logged_once() -> None:
    run, model = trackio.init(project="p"), _model()
    run.watch(model, log_freq=1)
    run.watch(model, log_freq=1, idx=0)
    _trained(model, run, 1)
    assert all(len(values) == 1 for values in _logged(run).values())


def test_half_precision_and_frozen_parameters_are_no_trouble() -> None:
    run, model = trackio.init(project="p"), _model().to(torch.bfloat16)
    for parameter in model[0].parameters():  # type: ignore[index]
        parameter.requires_grad = False
    run.watch(model, log="all", log_freq=1)
    model(torch.ones(4, 3, dtype=torch.bfloat16)).sum().backward()
    run.log({"loss": 1.0})
    names = set(_logged(run))
    assert {name for name in names if name.startswith("gradients")} == {"gradients/2.weight", "gradients/2.bias"}
    assert len({name for name in names if name.startswith("parameters")}) == 4


TENSORS: list[tuple[torch.Tensor, float, tuple[float, float]]] = [
    (torch.arange(100.0), 100, (0.0, 99.0)),
    (torch.tensor([2.0, 2.0]), 2, (1.5, 2.5)),
    (torch.tensor([1.0, float("nan"), float("inf"), 3.0]), 2, (1.0, 3.0)),
    (torch.tensor([[1, 2], [3, 4]]), 4, (1.0, 4.0)),
    (torch.sparse_coo_tensor([[1, 3]], [5.0, 7.0], (10,)), 10, (0.0, 7.0)),
    (torch.zeros(10).to_sparse(), 10, (-0.5, 0.5)),
]


@pytest.mark.parametrize(("tensor", "count", "ends"), TENSORS, ids=range(len(TENSORS)))
def test_every_finite_value_is_counted(tensor: torch.Tensor, count: float, ends: tuple[float, float]) -> None:
    found = histogram(tensor)
    assert found is not None
    counts, edges = found
    assert sum(counts) == count
    assert (edges[0], edges[-1]) == ends


@pytest.mark.parametrize("tensor", [torch.empty(0), torch.full((3,), float("nan"))], ids=["empty", "nan"])
def test_without_finite_values_there_is_no_histogram(tensor: torch.Tensor) -> None:
    assert histogram(tensor) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((object(),), "takes torch models, not object"),
        ((_model(), None, "everything"), "Use 'gradients'"),
        ((_model(), None, "all", 0), "no number of batches"),
    ],
)
def test_what_cannot_be_watched_says_so(given: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        trackio.init(project="p").watch(*given)


def test_a_fault_in_a_hook_breaks_no_training(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, model = trackio.init(project="p"), _model()
    run.watch(model, log_freq=1)
    monkeypatch.setattr("trackio.tracking.watching.histogram", lambda _: 1 / 0)
    _trained(model, run, 3)
    assert caplog.text.count("watched model") == 1
