"""What a sweep's configuration says, checked; the form is wandb's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from trackio.errors import UsageError
from trackio.sweeps.parameters import Parameter, parameter

Method: TypeAlias = Literal["grid", "random", "bayes"]
METHODS: tuple[Method, ...] = ("grid", "random", "bayes")

KNOWN = (
    *("command", "controller", "description", "early_terminate", "entity", "imageuri", "job", "method", "metric"),
    *("name", "parameters", "program", "project", "run_cap", "seed"),
)


@dataclass(frozen=True, slots=True)
class Config:
    """A sweep as it was asked for."""

    method: Method
    parameters: Mapping[tuple[str, ...], Parameter]
    """By the path that leads to it: nested parameters have longer ones."""
    metric: str | None
    """The name of the metric to optimize, as the summary of a run has it; None for a search that needs none."""
    is_maximized: bool
    target: float | None
    """Enough: the sweep ends when a run reaches it."""
    run_cap: int | None
    """The most runs there are to be."""
    program: str | None
    command: tuple[str, ...]
    """How the program is started, in wandb's placeholders."""
    seed: int | None
    given: Mapping[str, Any]
    """The configuration as it was given."""


COMMAND = ("${env}", "${interpreter}", "${program}", "${args}")


def read(given: Mapping[str, Any]) -> Config:
    """The configuration that a mapping gives; raises UsageError, which says what is wrong and where."""
    if not isinstance(given, Mapping):
        raise UsageError(f"A sweep's configuration is a dict, not {type(given).__name__}.")
    if unknown := [key for key in given if key not in KNOWN]:
        raise UsageError(f"A sweep's configuration has no {unknown[0]!r}. It knows {', '.join(KNOWN)}.")
    method = given.get("method")
    if method not in METHODS:
        raise UsageError(f"A sweep needs a method: 'grid', 'random' or 'bayes', not {method!r}.")
    parameters = given.get("parameters")
    if not isinstance(parameters, Mapping) or not parameters:
        raise UsageError("A sweep needs parameters, such as {'lr': {'min': 0.001, 'max': 0.1}}.")
    name, is_maximized, target = _metric(given.get("metric"))
    if method == "bayes" and name is None:
        raise UsageError("method='bayes' needs a metric, such as {'name': 'loss', 'goal': 'minimize'}.")
    found = dict(_flat(parameters, ()))
    if method == "grid":
        for path, one in found.items():
            if one.grid() is None:
                raise UsageError(
                    f"method='grid' cannot go through all values of {'.'.join(path)!r}: give it 'values', or a range "
                    "of integers or of steps ('q')."
                )
    command = given.get("command") or COMMAND
    if not isinstance(command, (list, tuple)):
        raise UsageError("command is a list of words, such as ['${interpreter}', '${program}', '${args}'].")
    return Config(
        method=method,
        parameters=found,
        metric=name,
        is_maximized=is_maximized,
        target=target,
        run_cap=_whole("run_cap", given.get("run_cap")),
        program=None if given.get("program") is None else str(given["program"]),
        command=tuple(str(word) for word in command),
        seed=_whole("seed", given.get("seed")),
        given=given,
    )


def _flat(parameters: Mapping[str, Any], around: tuple[str, ...]) -> list[tuple[tuple[str, ...], Parameter]]:
    found = []
    for name, spec in parameters.items():
        path = (*around, str(name))
        if isinstance(spec, Mapping) and isinstance(spec.get("parameters"), Mapping):
            found += _flat(spec["parameters"], path)
        else:
            found.append((path, parameter(".".join(path), spec)))
    return found


def _metric(given: Any) -> tuple[str | None, bool, float | None]:
    if given is None:
        return None, False, None
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise UsageError("metric is a dict with a name, such as {'name': 'loss', 'goal': 'minimize'}.")
    goal = given.get("goal", "minimize")
    if goal not in ("minimize", "maximize"):
        raise UsageError(f"metric goal is 'minimize' or 'maximize', not {goal!r}.")
    target = given.get("target")
    if target is not None and not isinstance(target, (int, float)):
        raise UsageError(f"metric target is a number, not {target!r}.")
    return given["name"], goal == "maximize", target


def _whole(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UsageError(f"{name} is a whole number, not {value!r}.")
    return value
