"""The state of a sweep on disk: what was asked for, and which trials there are.

::

    HOME/projects/<key>/sweeps/<id>/sweep.json      the configuration as it was given
    HOME/projects/<key>/sweeps/<id>/trials.log      Optuna's journal: any number of agents append to it

Each trial is one run, and knows its id from the start.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import os
import warnings
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio.errors import MissingExtra, UnknownSweep, UsageError
from trackio.store import layout
from trackio.sweeps.config import Config, read
from trackio.tracking import names

TRIALS_FILE = "trials.log"
MOST_RUNS = 1_000_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one run of a sweep shall do."""

    number: int
    """Of the trial."""
    run_id: str
    parameters: Mapping[str, Any]
    """Nested as the configuration nests them."""


class Study:
    """One sweep; every method may be called by many processes at once."""

    def __init__(self, home: Path, project: str, sweep_id: str) -> None:
        self.home, self.project, self.id = home, project, sweep_id
        self.folder = folder(home, project, sweep_id)
        given = json.loads((self.folder / layout.SWEEP_FILE).read_text(encoding="utf-8"))
        self.config: Config = read(given)
        self._study = self._open()

    def ask(self) -> Chosen | None:
        """Settings to try next; None when the grid is done, or the most runs were made, or the target is reached."""
        trials = self._study.get_trials(deepcopy=False)
        states = _states()
        waiting = sum(one.state == states.WAITING for one in trials)
        # A trial that waits was not begun: only a grid has such.
        if len(trials) - waiting >= (self.config.run_cap or MOST_RUNS) or self._is_reached(trials):
            return None
        if self.config.method == "grid" and not waiting:
            return None
        trial = self._study.ask()
        run_id = names.run_id()
        trial.set_user_attr("run", run_id)
        if self.config.method == "grid":
            # Another agent may have taken the last one since.
            place = trial.user_attrs.get("grid")
            if place is None:
                self._study.tell(trial, state=states.FAIL)
                return None
            return Chosen(
                trial.number, run_id, _nested(dict(zip(self.config.parameters, self._grid(place), strict=True)))
            )
        drawn = {path: one.draw(trial, ".".join(path)) for path, one in self.config.parameters.items()}
        return Chosen(trial.number, run_id, _nested(drawn))

    def tell(self, number: int, value: object, *, is_failed: bool) -> None:
        """What came of a trial: the metric's value, where it has one."""
        states = _states()
        number_of = _number(value)
        if self._study.get_trials(deepcopy=False)[number].state.is_finished():
            return
        if is_failed or number_of is None:
            # Optuna needs a value for a trial that is complete; a grid or a random search does without.
            self._study.tell(number, state=states.FAIL)
        else:
            self._study.tell(number, number_of)

    def give_back(self, crashed: Container[str]) -> None:
        """Put points of a grid whose run crashed, and whose agent can tell of it no more, up for another try."""
        states = _states()
        for one in self._study.get_trials(deepcopy=False, states=[states.RUNNING]):
            if one.user_attrs.get("run") in crashed:
                self._study.tell(one.number, state=states.FAIL)
                if "grid" in one.user_attrs:
                    self._study.enqueue_trial({}, user_attrs={"grid": one.user_attrs["grid"]})

    @property
    def best(self) -> float | None:
        """The best value so far."""
        states = _states()
        values = [t.value for t in self._study.get_trials(deepcopy=False) if t.state == states.COMPLETE]
        found = [value for value in values if value is not None]
        return (max if self.config.is_maximized else min)(found) if found else None

    def _is_reached(self, trials: list[Any]) -> bool:
        if self.config.target is None or not trials:
            return False
        best = self.best
        if best is None:
            return False
        return best >= self.config.target if self.config.is_maximized else best <= self.config.target

    def _grid(self, place: int) -> list[Any]:
        found = []
        for one in reversed(list(self.config.parameters.values())):
            values = one.grid() or [None]
            place, at = divmod(place, len(values))
            found.append(values[at])
        return found[::-1]

    def _open(self) -> Any:
        optuna = _optuna()
        seed = self.config.seed
        sampler = (
            optuna.samplers.TPESampler(seed=seed)
            if self.config.method == "bayes"
            else optuna.samplers.RandomSampler(seed=seed)
        )
        return optuna.load_study(study_name=self.id, storage=_storage(self.folder), sampler=sampler)


def create(home: Path, project: str, sweep_id: str, given: Mapping[str, Any]) -> Study:
    """Begin a sweep; raises UsageError for a configuration that cannot be."""
    config = read(given)
    optuna = _optuna()
    layout.create_project(home, project)
    place = folder(home, project, sweep_id)
    place.mkdir(parents=True)
    with _quiet():
        study = optuna.create_study(
            study_name=sweep_id, storage=_storage(place), direction="maximize" if config.is_maximized else "minimize"
        )
    if config.method == "grid":
        sizes = [len(one.grid() or [None]) for one in config.parameters.values()]
        if math.prod(sizes) > MOST_RUNS:
            raise UsageError(f"The grid has {math.prod(sizes):,} points. Use method='random', or fewer values.")
        for number in itertools.islice(range(math.prod(sizes)), config.run_cap):
            study.enqueue_trial({}, user_attrs={"grid": number})
    # Last: a sweep is there once its configuration is.
    draft = place / f"{layout.SWEEP_FILE}.{os.getpid()}"
    draft.write_text(json.dumps({**given, "method": config.method}, default=str), encoding="utf-8")
    draft.replace(place / layout.SWEEP_FILE)
    return Study(home, project, sweep_id)


def find(home: Path, sweep_id: str, project: str | None = None) -> Study:
    """The sweep of that id; of any project when none is given. Raises UnknownSweep."""
    found = {
        path.parent.name: path
        for directory in layout.projects_directory(home).glob("*")
        for path in layout.sweeps(directory).glob(f"*/{layout.SWEEP_FILE}")
    }
    path = found.get(layout.key(sweep_id))
    name = None if path is None else layout.project_name(path.parents[2])
    if name is None or (project is not None and name != project):
        known = [one for one, at in found.items() if project in {None, layout.project_name(at.parents[2])}]
        raise UnknownSweep(sweep_id, sorted(known), project or "")
    return Study(home, name, sweep_id)


def folder(home: Path, project: str, sweep_id: str) -> Path:
    """Where a sweep lies, whether it exists or not."""
    return layout.sweeps(layout.project_directory(home, project)) / layout.key(sweep_id)


def _nested(values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in values.items():
        inner = found
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        return None
    return float(value)


def _storage(place: Path) -> Any:
    _optuna()
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage

    path = str(place / TRIALS_FILE)
    # Opening a file exclusively works everywhere; links, the default, not on Windows.
    return JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState


def _optuna() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import optuna
    except ImportError:
        raise MissingExtra("optuna", "sweeps") from None
    return optuna


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna tells of every new study; this is our matter, and the user's own level stays as it is."""
    logger = logging.getLogger("optuna")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
