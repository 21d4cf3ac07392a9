"""A run of the store as rules ask of it: last values, extremes, values at a step, settings, energy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from trackio import consumption, references
from trackio.ci.evaluating import Unknown, Value
from trackio.ci.rules import Quantity
from trackio.energy.carbon import footprint
from trackio.energy.units import percent
from trackio.errors import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trackio.energy.statement import Assumptions
    from trackio.records import MetricRecord, RunRecord
    from trackio.store.project import ProjectStore


class Recorded:
    """A run, whose values are read when a rule asks for them."""

    def __init__(self, store: ProjectStore, record: RunRecord, assumptions: Assumptions, min_coverage: float) -> None:
        self._store, self.record = store, record
        self._assumptions, self._min_coverage = assumptions, min_coverage

    @property
    def name(self) -> str:
        """The run's name."""
        return self.record.name

    @cached_property
    def metrics(self) -> dict[str, MetricRecord]:
        """What is known of its metrics without reading points."""
        return {one.name: one for one in self._store.metrics(self.record.id)}

    def value(self, quantity: Quantity) -> Value:
        """What the run has; raises Unknown."""
        match quantity.kind:
            case "metric":
                return self._metric(quantity)
            case "energy":
                return self._energy(quantity.name)
            case "summary":
                return _setting(self.record.summary, quantity, self.name)
            case "config":
                return _setting(self.record.config, quantity, self.name)

    def series(self, metric: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Steps and values of a metric, in order of arrival; raises Unknown."""
        found = self._store.series(self.record.id, [metric]).get(metric)
        if found is None or not len(found):
            raise self._missing(metric)
        return found.step, found.value

    def _metric(self, quantity: Quantity) -> Value:
        name = quantity.name
        if quantity.aggregate == "last":
            said = references.opened(self.record.summary.get(name))
            if said is not None and not isinstance(said, Mapping):
                return plain(said, f"{name} of run {self.name!r}")
        known = self.metrics.get(name)
        if known is None:
            raise self._missing(name)
        if quantity.aggregate == "last":
            return plain(known.last, f"{name} of run {self.name!r}")
        if quantity.aggregate in ("min", "max"):
            extreme = known.minimum if quantity.aggregate == "min" else known.maximum
            return math.nan if extreme is None else extreme
        steps, values = self.series(name)
        if quantity.aggregate == "first":
            return float(values[0])
        if quantity.aggregate == "mean":
            # Infinities and NaN are not left out: a mean without them would be another one's.
            return _mean(values.tolist())
        at = values[steps == quantity.step]
        if not len(at):
            near = min(steps.tolist(), key=lambda step: abs(step - (quantity.step or 0)))
            raise Unknown(f"Run {self.name!r} did not log {name!r} at step {quantity.step}; the nearest is {near}.")
        return float(at[-1])

    def _missing(self, name: str) -> Unknown:
        known = [*self.metrics, *self.record.summary, "baseline"]
        return missing(f"Run {self.name!r} never logged {name!r}", name, known)

    def _energy(self, name: str) -> float:
        if name == "duration":
            return self.record.seconds
        found = consumption.run_energy(self._store, self.record.id)
        kwh = None if found is None else found.account.kwh
        if found is None or kwh is None:
            raise Unknown(f"No energy was measured of run {self.name!r}.")
        if found.account.coverage < self._min_coverage:
            raise Unknown(
                f"Only {percent(found.account.coverage)} of the time of run {self.name!r} was measured; "
                f"--min-coverage {self._min_coverage:g} is asked for."
            )
        stands_for = footprint(kwh, self._assumptions)
        if name == "kwh":
            return kwh
        if name == "co2e_kg":
            if stands_for.grams is None:
                raise Unknown("energy.co2e_kg needs the grid: `trackio energy --location PLACE` keeps it.")
            return stands_for.grams / 1000
        if stands_for.cost is None:
            raise Unknown("energy.cost needs a price: `trackio energy --price 0.25/kWh` keeps it.")
        return stands_for.cost


def _mean(values: Sequence[float]) -> float:
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        return math.inf
    except ValueError:
        # Of infinities of both signs.
        return math.nan


def missing(sentence: str, name: str, known: Sequence[str]) -> Unknown:
    """Why there is no such thing, with the names that it may be meant for; those with odd letters in quotes."""
    near = [f'"{one}"' if "-" in one or " " in one else one for one in nearest(name, known)]
    hint = f" Nearest: {', '.join(near)}." if near else ""
    if not near and "/" in name:
        hint = " A division has spaces around its /."
    return Unknown(f"{sentence}.{hint}")


def look_up(values: Mapping[str, Any], path: str) -> Any:
    """What stands under a key, or under keys within keys with dots or slashes between; None where nothing does."""
    if path in values:
        return values[path]
    for at, char in enumerate(path):
        inner = values.get(path[:at]) if char in "./" else None
        if isinstance(inner, Mapping):
            found = look_up(inner, path[at + 1 :])
            if found is not None:
                return found
    return None


def _setting(values: Mapping[str, Any], quantity: Quantity, run: str) -> Value:
    found = references.opened(look_up(values, quantity.name))
    if found is None:
        raise missing(f"Run {run!r} has no {quantity}", quantity.name, list(values))
    return plain(found, f"{quantity} of run {run!r}")


def plain(found: object, what: str) -> Value:
    """A JSON value as a number or a text; raises Unknown for anything else."""
    if isinstance(found, (bool, int, float)):
        try:
            return float(found)
        except OverflowError:
            return math.inf if found > 0 else -math.inf
    if isinstance(found, str):
        return found
    raise Unknown(f"{what} is neither a number nor a text.")
