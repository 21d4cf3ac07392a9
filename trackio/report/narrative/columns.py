"""What a column of a table shows of a run: found by its name, with the direction in which it is better (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trackio.report.narrative.facts import ProjectFacts, RunFacts, Unknown
from trackio.report.narrative.problems import near

Best = Literal["min", "max"]

PLAIN = ("name", "id", "group", "status", "tags", "steps", "duration", "started")
KINDS = ("config", "summary", "last", "min", "max", "best", "energy")
ENERGY = {"kwh": "kWh", "joules": "J", "grams": "g CO2e", "cost": "cost"}
_LOWER = re.compile("loss|perplexity|ppl|bpb|error|wer|cer|mae|mse|latency|time|nll", re.IGNORECASE)
"""Names of which less is surely better; of others nobody knows, unless the runs said so."""
_TEXTS = frozenset({"name", "id", "group", "status", "tags", "started"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing to know of a run."""

    title: str
    kind: str
    """One of ``PLAIN`` or ``KINDS``."""
    best: Best | None
    value: Callable[[RunFacts], Any]
    """None where a run does not have it."""

    @property
    def is_text(self) -> bool:
        """Whether it is never a number."""
        return self.kind in _TEXTS


def quantity(name: str, facts: ProjectFacts, runs: Sequence[RunFacts]) -> Quantity:
    """What is meant by a name: ``val/loss``, ``config.lr``, ``min.val/loss``, ``energy.kwh``, ``duration``.

    A bare name is a value of the summary, else one of the config. Raises Unknown where none of the runs has it.
    """
    if name in PLAIN:
        return Quantity(name, name, None, lambda run: run.part(name))
    kind, dot, key = name.partition(".")
    if dot and kind == "energy":
        if key not in ENERGY:
            raise Unknown(f"There is no energy.{key}. There are: {', '.join(f'energy.{one}' for one in ENERGY)}.")
        return Quantity(_energy_title(key, runs), kind, "min", lambda run: getattr(run.energy, key))
    if dot and kind in KINDS:
        found = _known(kind, key, facts, runs)
    else:
        found = _known("summary", name, facts, runs) or _known("config", name, facts, runs)
    if found is None:
        raise Unknown(f"None of these runs has {name!r}. {near(name, _names(runs))}")
    return found


def _energy_title(key: str, runs: Sequence[RunFacts]) -> str:
    """What the amount is of; money with its currency, where one was given."""
    prices = [run.energy.assumptions.price for run in runs] if key == "cost" else []
    return " ".join([ENERGY[key], *{price.currency for price in prices[:1] if price is not None and price.currency}])


def _known(kind: str, key: str, facts: ProjectFacts, runs: Sequence[RunFacts]) -> Quantity | None:
    if not any(key in run.part(kind) for run in runs):
        return None

    def value(run: RunFacts) -> Any:
        own = run.part(kind)
        return own.get(key)

    high = facts.is_better_high(key)
    is_told = kind != "config" and key in facts.metrics
    is_told = is_told and (high or key in facts.project.goals or _LOWER.search(key) is not None)
    direction: Best = "max" if high else "min"
    title = f"{key} ({direction if kind == 'best' else kind})" if kind in ("min", "max", "best") else key
    return Quantity(title, kind, direction if is_told else None, value)


def _names(runs: Sequence[RunFacts]) -> list[str]:
    found: dict[str, None] = dict.fromkeys(PLAIN)
    for run in runs:
        found.update(dict.fromkeys(run.summary))
        found.update(dict.fromkeys(f"config.{key}" for key in run.config))
    return list(found)
