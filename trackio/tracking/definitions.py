"""The metrics that a run in progress has defined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from trackio import definitions
from trackio.records import MetricDefinition
from trackio.store.layout import clean
from trackio.tracking.plain import text


class Definitions:
    """Definitions in force, and what they ask of rows and of the summary. The run's lock is held by whoever calls."""

    def __init__(self, given: Iterable[MetricDefinition], last_values: Mapping[str, Any]) -> None:
        self._by_name = {one.name: one for one in given}
        self._axes: dict[str, Any] = {}
        self._steps: dict[str, str | None] = {}
        for one in self._by_name.values():
            if one.step_metric is not None and one.step_metric in last_values:
                self._axes[one.step_metric] = last_values[one.step_metric]

    def add(self, new: MetricDefinition, *, overwrite: bool) -> None:
        """Take in a definition."""
        definitions.add(self._by_name, new, overwrite=overwrite)
        self._steps.clear()

    @property
    def are_synced(self) -> bool:
        """Whether rows may have to take the value of a step metric."""
        return any(one.step_sync and one.step_metric for one in self._by_name.values())

    def filled(self, metrics: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """The row with the last value of each step metric that its metrics have as axis and that it lacks."""
        names = dict(_flat(metrics, ""))
        wanted = {step for name in names if (step := self._step(name)) is not None}
        missing = {step: self._axes[step] for step in wanted if step not in names and step in self._axes}
        axes = {one.step_metric for one in self._by_name.values()}
        self._axes.update({name: value for name, value in names.items() if name in axes})
        return {**metrics, **missing} if missing else metrics

    def summarised(self, last: Mapping[str, Any], stored: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """The last values, and in the place of some what is to be kept of them, which ``stored`` has."""
        found = dict(last)
        derived: list[str] = []
        for name in last:
            one = definitions.find(self._by_name.values(), name)
            if one is not None and "none" in one.summary:
                del found[name]
            elif one is not None and definitions.DERIVED.intersection(one.summary):
                derived.append(name)
        if derived:
            kept = stored()
            found.update({name: kept[name] for name in derived if name in kept})
        return found

    def _step(self, metric: str) -> str | None:
        """The step metric that a row with this metric is to have."""
        if metric not in self._steps:
            one = definitions.find(self._by_name.values(), metric)
            is_synced = one is not None and one.step_sync and one.step_metric != metric
            self._steps[metric] = one.step_metric if one is not None and is_synced else None
        return self._steps[metric]


def _flat(metrics: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in metrics.items():
        name = clean(prefix + (key if isinstance(key, str) else text(key)))
        if isinstance(value, Mapping) and prefix.count("/") < 8:
            yield from _flat(value, f"{name}/")
        else:
            yield name, value
