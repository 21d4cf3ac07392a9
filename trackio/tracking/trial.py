"""The trial of a sweep that the next run is: set by an agent, taken by ``init``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from trackio import settings
from trackio.context_vars import Shared

VARIABLE = "TRACKIO_SWEEP_TRIAL"
"""How an agent tells a program of its trial."""


@dataclass(frozen=True)
class Trial:
    """What the sweep says of one run."""

    sweep: str
    """The id of the sweep."""
    project: str
    run_id: str
    parameters: Mapping[str, Any]
    """They become the run's config, over what the script gives."""

    def text(self) -> str:
        """The trial as the environment of a program holds it."""
        return json.dumps(asdict(self))


current_trial: Shared[Trial] = Shared("current_trial")
_taken: set[str] = set()


def is_waiting() -> bool:
    """Whether the next run is a trial."""
    trial = current_trial.get() or _of_environment()
    return trial is not None and trial.run_id not in _taken


def take() -> Trial | None:
    """The trial that a run begun now is; only the first run of a trial is it."""
    trial = current_trial.get() or _of_environment()
    if trial is None or trial.run_id in _taken:
        return None
    _taken.add(trial.run_id)
    return trial


def _of_environment() -> Trial | None:
    text = settings.text(VARIABLE)
    try:
        return None if text is None else Trial(**json.loads(text))
    except (ValueError, TypeError):
        return None
