"""What values and tables of notes may say of runs: plain data, without what must not be published.

The objects are what expressions in notes can reach. An attribute is found by its name in ``FIELDS`` alone, so nothing
of Python shows through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from trackio import grammar
from trackio.energy.carbon import footprint
from trackio.energy.statement import JOULES_PER_KWH, Assumptions, Curve, ProjectEnergy
from trackio.errors import TrackioError, UnknownRun, nearest
from trackio.report import privacy, words
from trackio.report.energy import making
from trackio.report.energy.making import Measured
from trackio.report.gather import Project, Run
from trackio.report.media.found import kind_of
from trackio.report.narrative.problems import near
from trackio.telling import is_better_high, telling


class Unknown(TrackioError):
    """Something that notes name and that is not there; the text says so with the nearest name."""


class Part:
    """An object of which expressions see some fields."""

    FIELDS: ClassVar[tuple[str, ...]] = ()
    NOUN: ClassVar[str] = "value"

    def part(self, name: str) -> Any:
        """A field by its name. Raises Unknown."""
        if name not in self.FIELDS:
            raise Unknown(f"A{'n' * self.NOUN.startswith('a')} {self.NOUN} has no {name!r}. {near(name, self.FIELDS)}")
        return getattr(self, name)


class Values(Mapping[str, Any]):
    """Named values; a name may lead into nested ones with slashes or dots."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values, self._where = dict(values), where

    def __getitem__(self, name: str) -> Any:
        for one in (name, name.replace(".", "/")):
            if one in self._values:
                return self._values[one]
        raise Unknown(f"There is no {name!r} in the {self._where}. {near(name, list(self._values))}")

    def inner(self, name: str) -> Values | None:
        """What is nested under a name, as ``a`` is where there is ``a/b``; None where nothing is."""
        for one in (name, name.replace(".", "/")):
            found = {key[len(one) + 1 :]: value for key, value in self._values.items() if key.startswith(f"{one}/")}
            if found:
                return Values(found, f"{self._where}, under {name}")
        return None

    def part(self, name: str) -> Any:
        """The value of that name, or what is nested under it. Raises Unknown."""
        if name in self:
            return self[name]
        found = self.inner(name)
        if found is not None:
            return found
        known = list(self) if nearest(name, list(self)) else [key.partition("/")[0] for key in self]
        raise Unknown(f"There is no {name!r} in the {self._where}. {near(name, list(dict.fromkeys(known)))}")

    def get(self, name: str, default: Any = None) -> Any:
        """Likewise, or the default where there is none."""
        try:
            return self[name]
        except Unknown:
            return default

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._values or name.replace(".", "/") in self._values)


@dataclass(frozen=True, eq=False)
class EnergyFacts(Part):
    """What a run or a project used, as far as it was measured."""

    FIELDS: ClassVar = ("kwh", "joules", "grams", "cost")
    NOUN: ClassVar = "amount of energy"
    whose: str
    amount: float | None
    """In joules."""
    assumptions: Assumptions

    def part(self, name: str) -> Any:
        """An amount. Raises Unknown where nothing was measured or nothing is known of grid or price."""
        found = super().part(name)
        if found is not None:
            return found
        if self.amount is None:
            raise Unknown(f"The energy of {self.whose} was not measured.")
        missing = "intensity of the grid: --location" if name == "grams" else "price of a kilowatt-hour: --price"
        raise Unknown(f"The {name} of {self.whose} cannot be told without the {missing} of trackio report says it.")

    @property
    def joules(self) -> float | None:
        """As measured."""
        return self.amount

    @property
    def kwh(self) -> float | None:
        """As measured, without PUE."""
        return None if self.amount is None else self.amount / JOULES_PER_KWH

    @property
    def grams(self) -> float | None:
        """Of CO2 equivalents."""
        return None if self.kwh is None else footprint(self.kwh, self.assumptions).grams

    @property
    def cost(self) -> float | None:
        """In the currency that was given."""
        return None if self.kwh is None else footprint(self.kwh, self.assumptions).cost


@dataclass(frozen=True, eq=False)
class RunFacts(Part):
    """One run."""

    FIELDS: ClassVar = (
        *("name", "id", "group", "status", "tags", "config", "summary", "last", "min", "max", "best"),
        *("steps", "duration", "started", "energy"),
    )
    NOUN: ClassVar = "run"
    run: Run
    project: ProjectFacts = field(repr=False)

    @property
    def name(self) -> str:
        """Its name."""
        return self.run.record.name

    @property
    def id(self) -> str:
        """What it is known by however it is called."""
        return self.run.record.id

    @property
    def group(self) -> str | None:
        """The group it belongs to."""
        return self.run.record.group

    @property
    def status(self) -> str:
        """``finished`` and the like."""
        return self.run.record.status

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return self.run.record.tags

    @property
    def steps(self) -> int | None:
        """The last step that was logged."""
        return self.run.record.last_step

    @property
    def duration(self) -> float:
        """In seconds."""
        return self.run.record.seconds

    @property
    def started(self) -> str:
        """The day."""
        return words.day(self.run.record.created_ns)

    @cached_property
    def config(self) -> Values:
        """The configuration, with nested keys as ``a/b``."""
        return Values(dict(words.flat(privacy.public(self.run.record.config))), f"config of {self.name}")

    @cached_property
    def last(self) -> Values:
        """The last value of each metric."""
        return self._each(lambda metric: metric.last, "metrics")

    @cached_property
    def min(self) -> Values:
        """The least."""
        return self._each(lambda metric: metric.minimum, "metrics")

    @cached_property
    def max(self) -> Values:
        """The greatest."""
        return self._each(lambda metric: metric.maximum, "metrics")

    @cached_property
    def best(self) -> Values:
        """The least or the greatest, as is better."""
        high = self.project.is_better_high
        return self._each(lambda metric: metric.maximum if high(metric.name) else metric.minimum, "metrics")

    @cached_property
    def summary(self) -> Values:
        """The last values, overlaid with what the script set itself."""
        own = {key: value for key, value in self.run.record.summary.items() if kind_of(value) is None}
        return Values({**self.last, **dict(words.flat(privacy.public(own)))}, f"summary of {self.name}")

    @property
    def energy(self) -> EnergyFacts:
        """What it used."""
        return self.project.energy_of(self.id, self.name)

    def _each(self, value: Callable[[Any], Any], noun: str) -> Values:
        found = {metric.name: value(metric) for metric in self.run.numeric("metric")}
        return Values({name: one for name, one in found.items() if one is not None}, f"{noun} of {self.name}")


@dataclass(frozen=True, eq=False)
class ProjectFacts(Part):
    """One project, as far as the report shows it."""

    FIELDS: ClassVar = ("name", "runs", "groups", "metrics", "updated", "energy")
    NOUN: ClassVar = "project"
    home: Path
    project: Project

    @property
    def name(self) -> str:
        """Its name."""
        return self.project.name

    @cached_property
    def runs(self) -> tuple[RunFacts, ...]:
        """All of its runs, in the order recorded."""
        return tuple(RunFacts(run, self) for run in self.project.runs)

    @property
    def groups(self) -> tuple[str, ...]:
        """Its groups."""
        return self.project.groups

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of what has a chart."""
        return tuple(metric.name for metric in self.project.metrics)

    @property
    def updated(self) -> str:
        """The day of the newest record."""
        return words.day(self.project.updated_ns)

    @property
    def energy(self) -> EnergyFacts:
        """What its runs used together."""
        found = self._energy
        joules = None if found is None else found.account.joules
        return EnergyFacts(f"project {self.name}", joules, self.project.assumptions)

    def energy_of(self, run_id: str, name: str) -> EnergyFacts:
        """What one run used."""
        found = self._energy
        by_id = {} if found is None else {one.run_id: one.account.joules for one in found.runs}
        return EnergyFacts(f"run {name}", by_id.get(run_id), self.project.assumptions)

    @property
    def curves(self) -> Mapping[str, Curve]:
        """What each run had used over time, by id."""
        return {} if self._measured is None else self._measured.curves

    @property
    def _energy(self) -> ProjectEnergy | None:
        return None if self._measured is None else self._measured.energy

    @cached_property
    def _measured(self) -> Measured | None:
        # Read when somebody asks: it takes a while.
        return making.measure(self.home, self.project) if making.is_measured(self.project) else None

    def is_better_high(self, metric: str) -> bool:
        """Whether more of a metric is better: as its runs said, else by the custom of its name."""
        goal = self.project.goals.get(metric)
        return is_better_high(metric) if goal is None else goal == "maximize"

    @property
    def telling(self) -> str | None:
        """The metric that tells most of how good a run is."""
        return next(iter(telling(self.metrics)), None)

    def chosen(self, patterns: Sequence[str]) -> list[RunFacts]:
        """The runs of these names or ids, exact or with ``*``; all without. Raises UnknownRun."""
        if not patterns:
            return list(self.runs)
        names = [text for one in self.runs for text in (one.name, one.id)]
        for name in grammar.unmatched(names, patterns):
            raise UnknownRun(name, [one.name for one in self.runs], where=self.name)
        wanted = set(grammar.chosen(names, patterns))
        return [one for one in self.runs if one.name in wanted or one.id in wanted]


def grouped(runs: Sequence[RunFacts], by: str) -> dict[str, list[RunFacts]]:
    """Runs by ``group`` or by the value of a config key; those without one are left out. Raises Unknown."""
    found: dict[str, list[RunFacts]] = {}
    for one in runs:
        value = one.group if by == "group" else words.value(one.config[by]) if by in one.config else None
        if value is not None:
            found.setdefault(value, []).append(one)
    if not found:
        keys = list(dict.fromkeys(key for one in runs for key in one.config))
        raise Unknown(f"None of these runs has {by!r} to group by. {near(by, ['group', *keys])}")
    return found
