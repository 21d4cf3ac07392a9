"""Values of parameters lie where their configuration says."""

from __future__ import annotations

import math
from typing import Any

import optuna
import pytest

from trackio.errors import UsageError
from trackio.sweeps.config import read
from trackio.sweeps.parameters import parameter

optuna.logging.set_verbosity(optuna.logging.WARNING)


def drawn(spec: Any, count: int = 200) -> list[Any]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    return [parameter("p", spec).draw(study.ask(), "p") for _ in range(count)]


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        ({"value": 3}, lambda v: v == 3),
        ({"values": [1, "a", None, [2, 3]]}, lambda v: v in (1, "a", None, [2, 3])),
        ({"min": 0.5, "max": 2.5}, lambda v: isinstance(v, float) and 0.5 <= v <= 2.5),
        ({"min": 1, "max": 9}, lambda v: type(v) is int and 1 <= v <= 9),
        ({"distribution": "uniform", "min": 1, "max": 9}, lambda v: isinstance(v, float) and 1 <= v <= 9),
        ({"distribution": "q_uniform", "min": 0, "max": 1, "q": 0.25}, lambda v: v in (0, 0.25, 0.5, 0.75, 1)),
        ({"distribution": "q_uniform", "min": 0, "max": 100, "q": 32}, lambda v: v in (0, 32, 64, 96)),
        ({"distribution": "log_uniform_values", "min": 1e-5, "max": 1e-1}, lambda v: 1e-5 <= v <= 1e-1),
        ({"distribution": "log_uniform", "min": -5, "max": 0}, lambda v: math.exp(-5) <= v <= 1),
        ({"distribution": "inv_log_uniform_values", "min": 0.1, "max": 10}, lambda v: 0.1 <= v <= 10),
        ({"distribution": "inv_log_uniform", "min": -1, "max": 2}, lambda v: math.exp(-2) <= v <= math.e),
        ({"distribution": "q_log_uniform_values", "min": 1, "max": 64, "q": 2}, lambda v: v % 2 == 0 and 0 <= v <= 64),
        ({"distribution": "normal", "mu": 5, "sigma": 0.1}, lambda v: 4 < v < 6),
        ({"distribution": "q_normal", "mu": 5, "sigma": 1, "q": 0.5}, lambda v: (v * 2).is_integer()),
        ({"distribution": "log_normal", "mu": 0, "sigma": 0.1}, lambda v: 0.5 < v < 2),
        ({"distribution": "beta", "a": 2, "b": 5}, lambda v: 0 <= v <= 1),
        ({"distribution": "q_beta", "a": 2, "b": 5, "q": 0.1}, lambda v: round(v * 10) == pytest.approx(v * 10)),
        ({"values": ["a", "b"], "probabilities": [1.0, 0.0]}, lambda v: v == "a"),
        ({"distribution": "constant", "value": {"deep": 1}}, lambda v: v == {"deep": 1}),
    ],
)
def test_values_are_drawn_from_the_distribution(spec: Any, holds: Any) -> None:
    found = drawn(spec)
    assert all(holds(value) for value in found), [value for value in found if not holds(value)]


def test_every_value_comes_up_and_weights_count() -> None:
    assert {repr(value) for value in drawn({"values": [1, "a", [2]]})} == {"1", "'a'", "[2]"}
    found = drawn({"values": ["often", "seldom"], "probabilities": [0.9, 0.1]})
    assert 120 < found.count("often") < 200
    assert sum(drawn({"distribution": "beta", "a": 2, "b": 6})) / 200 == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (3, "is a dict"),
        ({}, "needs 'min'"),
        ({"values": []}, "list of values"),
        ({"values": [1], "probabilities": [0.5]}, "add up to 1"),
        ({"min": 3, "max": 1}, "min 3 over max 1"),
        ({"min": "a", "max": 1}, "needs numbers"),
        ({"distribution": "log_uniform_values", "min": 0, "max": 1}, "more than 0"),
        ({"distribution": "unheard"}, "unknown distribution 'unheard'"),
        ({"distribution": "normal", "sigma": 0}, "sigma of more than 0"),
        ({"distribution": "q_uniform", "min": 0, "max": 1, "q": 0}, "q of more than 0"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(spec: Any, told: str) -> None:
    with pytest.raises(UsageError, match="Parameter 'p'") as error:
        parameter("p", spec)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"method": "magic", "parameters": {"a": {"value": 1}}}, "not 'magic'"),
        ({"method": "grid"}, "needs parameters"),
        ({"method": "bayes", "parameters": {"a": {"value": 1}}}, "needs a metric"),
        ({"method": "grid", "parameters": {"a": {"min": 0.0, "max": 1.0}}}, "'a'"),
        ({"method": "grid", "parameters": {"a": {"value": 1}}, "metrics": 1}, "no 'metrics'"),
        ({"method": "grid", "parameters": {"a": {"value": 1}}, "metric": {"name": "x", "goal": "up"}}, "goal"),
        ({"method": "grid", "parameters": {"a": {"value": 1}}, "run_cap": -1}, "run_cap"),
    ],
)
def test_a_configuration_that_cannot_be_says_why(config: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read(config)
