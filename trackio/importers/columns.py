"""What the columns of a table mean, from their names and what the caller says of them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trackio.errors import UsageError, nearest

STEP = ("step", "_step", "global_step", "train/global_step", "trainer/global_step", "iteration", "iter", "it")
TIME = ("timestamp", "_timestamp", "wall_time", "wall time", "datetime", "date", "time", "created_at")
RUN = ("run", "run_name", "run_id", "run name", "run id", "experiment")
RUN_ID = ("run_id", "run id")
GROUP = ("group", "run_group", "run group")
METRIC = ("metric", "metric_name", "key", "tag", "variable", "name")
VALUE = ("value", "metric_value")
MARK = "metric:"
"""What a metric begins with whose name is that of another column."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the caller says of the columns; None leaves it to their names."""

    step: str | None = None
    timestamp: str | None = None
    run: str | None = None
    group: str | None = None
    metric: str | None = None
    value: str | None = None
    config: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row each thing stands; None for what the file does not have.

    A file is *long* when it has a column of metric names and one of values, else *wide*: a column per metric.
    """

    step: int | None
    timestamp: int | None
    run: int | None
    run_id: int | None
    """Beside the name of the run, as our own exports have it."""
    group: int | None
    metric: int | None
    value: int | None
    kind: int | None
    """In a long file of ours: ``system`` for figures of the machine."""
    row: int | None
    """In a long file of ours: which ``log()`` call a value came with."""
    config: tuple[tuple[int, str], ...]
    metrics: tuple[tuple[int, str], ...]
    """The columns of a wide file that hold metrics; empty for a long one."""

    @property
    def is_own(self) -> bool:
        """Whether our own export wrote the file, in which names and texts stand as they are."""
        return self.run_id is not None

    @property
    def is_long(self) -> bool:
        """Whether each row has one value of one metric."""
        return self.metric is not None


def layout(header: Sequence[str], choice: Choice, sample: Sequence[str] = ()) -> Layout:
    """The meaning of the columns; ``sample`` is the first row, which tells a clock from a stopwatch.

    Raises UsageError when a column that the caller names is not there.
    """
    names = [name.strip() for name in header]
    taken: set[int] = set()

    def find(chosen: str | None, usual: Iterable[str]) -> int | None:
        if chosen is not None:
            at: int | None = _named(names, chosen)
        else:
            lowered = [name.lower() for name in names]
            at = next(
                (lowered.index(name) for name in usual if name in lowered and lowered.index(name) not in taken), None
            )
        if at is not None:
            taken.add(at)
        return at

    config = tuple((_named(names, name), name) for name in choice.config)
    taken.update(at for at, _ in config)
    value = find(choice.value, VALUE)
    # A lone column called `name` names a run's metric only beside a column of values.
    metric = find(choice.metric, METRIC) if value is not None or choice.metric is not None else None
    if metric is not None and value is None:
        raise UsageError(
            f"The column {choice.metric!r} names metrics; say which holds their values with --value-column."
        )
    if metric is None and choice.value is not None:
        raise UsageError(
            f"The column {choice.value!r} holds values; say which names their metrics with --metric-column."
        )
    if metric is None and value is not None:
        taken.discard(value)
        value = None
    step = find(choice.step, STEP)
    timestamp = find(choice.timestamp, [name for name in TIME if _is_clock(names, name, sample)])
    run = find(choice.run, RUN)
    run_id = find(None, RUN_ID) if run is not None else None
    kind = find(None, ("kind",)) if metric is not None else None
    row = find(None, ("row",)) if metric is not None else None
    group = find(choice.group, GROUP)
    # pandas writes its index under an empty name; our own exports tell a metric called `step` from the step.
    rest = tuple(
        (at, name if run_id is None else header[at].removeprefix(MARK))
        for at, name in enumerate(names)
        if at not in taken and name
    )
    return Layout(
        step=step,
        timestamp=timestamp,
        run=run,
        run_id=run_id,
        group=group,
        metric=metric,
        value=value,
        kind=kind,
        row=row,
        config=config,
        metrics=() if metric is not None else rest,
    )


def _named(names: Sequence[str], name: str) -> int:
    if name not in names:
        near = nearest(name, names) or names[:5]
        raise UsageError(f"There is no column {name!r}. Nearest: {', '.join(near)}.")
    return names.index(name)


def _is_clock(names: Sequence[str], name: str, sample: Sequence[str]) -> bool:
    """Whether a column holds times of day: not so a ``time`` column that counts seconds from 0."""
    lowered = [other.lower() for other in names]
    if name not in lowered or lowered.index(name) >= len(sample):
        return True
    try:
        return float(sample[lowered.index(name)]) > 1e8
    except ValueError:
        return True
