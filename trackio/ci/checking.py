"""A check from end to end: which runs, which baseline, every rule; and baselines that are saved for the next time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import definitions
from trackio.ci import baselines
from trackio.ci.baselines import Chosen
from trackio.ci.evaluating import Subject
from trackio.ci.judging import Case, Verdict, judge
from trackio.ci.recorded import Recorded
from trackio.ci.rules import Rule
from trackio.documents.selecting import NothingYet
from trackio.energy import assumptions
from trackio.energy.gates import MIN_COVERAGE
from trackio.errors import NotFound, StoreError, UnknownBaseline, UsageError
from trackio.telling import is_better_high

if TYPE_CHECKING:
    from trackio.records import RunRecord
    from trackio.store.project import ProjectStore

RECENT = 5
"""So many runs, the newest among them, have to keep a stricter limit before it is suggested."""


class NotFinished(NotFound):
    """The run that is to be checked did not come to a good end."""

    noun = "finished run"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be checked."""

    runs: tuple[str, ...] = ()
    """By name or id; the newest where none is named."""
    baseline: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    seeds_tolerance: float = 0.0
    min_coverage: float = MIN_COVERAGE
    are_unfinished: bool = False
    """Whether a run may be looked at that did not finish; it cannot be held to rules then."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A baseline that was named and cannot be had."""

    name: str
    """As it was given."""
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it."""

    project: str
    runs: tuple[Recorded, ...]
    baseline: tuple[Subject, ...] | None
    """None where none was named, or one of those that were is missing: of fewer seeds the mean is another."""
    missing: tuple[Missing, ...] = ()
    chosen: tuple[Chosen, ...] = ()
    """How the baseline was found, one for each name that was given and found."""
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What a reader of the verdicts has to know."""
    is_better_high: Callable[[str], bool] = is_better_high
    """Whether more of a metric is better: as its run said, else by the custom of its name."""

    @property
    def failed(self) -> list[Verdict]:
        """The broken rules that fail a job."""
        return [one for one in self.verdicts if not one.passed and one.tier == "fail"]

    @property
    def warned(self) -> list[Verdict]:
        """The broken rules that only warn."""
        return [one for one in self.verdicts if not one.passed and one.tier == "warn"]


def check(store: ProjectStore, asked: Asked) -> Checked:
    """Judge every rule. Raises NotFinished, NothingYet, UnknownRun and UsageError.

    A baseline that cannot be had breaks the rules that need it, as all breaks them that is not known.
    """
    _sensible(asked)
    store.catch_up()
    records = store.runs()
    checked = _checked(store, records, asked)
    chosen, missing = _found(asked.baseline, records, checked)
    assumed = assumptions.from_settings(store.settings())

    def recorded(found: Iterable[RunRecord]) -> list[Recorded]:
        unique = {one.id: one for one in found}.values()
        return [Recorded(store, one, assumed, asked.min_coverage) for one in unique]

    base = recorded(one for found in chosen for one in found.records)
    if not asked.runs and any(one.record.id == checked[0].id for one in base):
        raise UsageError(
            f"The newest run, {checked[0].name!r}, is the baseline itself. Say which one is checked: --run NAME."
        )
    subjects: list[Subject] = [*base, *(one for found in chosen for one in found.kept)]
    runs = recorded(checked)

    def is_high(name: str) -> bool:
        return _is_high(store, checked[0].id, name)

    recent = recorded(_recent(records, checked, base))
    known = tuple(subjects) if asked.baseline and not missing else None
    lacking = " ".join(one.reason for one in missing) or None
    case = Case(runs, known, recent, asked.seeds_tolerance, is_high, lacking)
    is_judged = all(one.status == "finished" for one in checked)
    verdicts = tuple(judge(rule, case) for rule in asked.rules) if is_judged else ()
    notes = [] if is_judged or not asked.rules else ["The run did not finish, so that it keeps no rule."]
    if asked.seeds_tolerance and known is not None and len(known) == 1:
        notes.append("The baseline is one run, so there is no spread of seeds, and no limit gives way.")
    notes += [f"The baseline {one.name!r} is {one.record.status}." for one in base if one.record.status != "finished"]
    return Checked(
        project=store.name,
        runs=tuple(runs),
        baseline=known,
        missing=tuple(missing),
        chosen=tuple(chosen),
        verdicts=verdicts,
        notes=tuple(notes),
        is_better_high=is_high,
    )


def _found(
    names: Iterable[str], records: Sequence[RunRecord], checked: Sequence[RunRecord]
) -> tuple[list[Chosen], list[Missing]]:
    chosen, missing = [], []
    for name in names:
        try:
            chosen.append(baselines.find(name, records, checked))
        except (UnknownBaseline, StoreError) as error:
            missing.append(Missing(name, str(error)))
    return chosen, missing


def _sensible(asked: Asked) -> None:
    if not (math.isfinite(asked.seeds_tolerance) and asked.seeds_tolerance >= 0):
        raise UsageError("--seeds-tolerance is a number of standard deviations, 0 or more.")
    if not 0 <= asked.min_coverage <= 1:
        raise UsageError("--min-coverage is a share from 0 to 1.")


def _checked(store: ProjectStore, records: Sequence[RunRecord], asked: Asked) -> list[RunRecord]:
    if not records:
        raise NothingYet(f"Project {store.name!r} has no runs yet, so there is nothing to check.")
    found = [store.run(name) for name in asked.runs] or [records[-1]]
    unique = list({one.id: one for one in found}.values())
    for one in unique:
        if one.status != "finished" and not asked.are_unfinished:
            raise NotFinished(
                one.name,
                [other.name for other in records if other.status == "finished"],
                f"{store.name} ({one.status})",
            )
    return unique


def _recent(records: Sequence[RunRecord], checked: Sequence[RunRecord], base: Sequence[Recorded]) -> list[RunRecord]:
    """The runs before the one that is checked, newest first, as far back as the baseline."""
    before = min(one.order for one in checked)
    since = max((one.record.order for one in base if one.record.order < before), default=-1)
    found = [one for one in records if since < one.order < before and one.status == "finished"]
    return found[::-1][: RECENT - 1]


def _is_high(store: ProjectStore, run_id: str, metric: str) -> bool:
    said = definitions.find(store.definitions(run_id), metric)
    return said.goal == "maximize" if said is not None and said.goal else is_better_high(metric)


def save(path: Path, checked: Checked, rules: Sequence[Rule] = ()) -> None:
    """Write the runs as a baseline; the same runs give the same bytes. Raises OSError."""
    from trackio.ci.saving import document
    from trackio.documents.encoding import dumps
    from trackio.report.write import replace_file

    whole: dict[str, Any] = document(checked.project, checked.runs, rules)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A job that is ended meanwhile leaves the baseline there was.
    replace_file(path, dumps(whole, indent=True) + b"\n")
