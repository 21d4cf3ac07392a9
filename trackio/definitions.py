"""What ``define_metric`` says of metrics, and which of it holds for one (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from trackio.errors import UsageError
from trackio.records import MetricDefinition

EVENT = "define_metric"
"""The event that records a definition."""

SUMMARIES = ("min", "max", "mean", "best", "first", "last", "none", "copy")
"""What may be kept of a metric in the summary; ``best`` is the smallest, or the greatest where that is the goal."""

GOALS = ("minimize", "maximize")

DERIVED = frozenset({"min", "max", "mean", "best", "first", "last"})
"""Summaries that are kept under their own name, as ``summary["loss"]["min"]``."""


def define(
    name: object,
    *,
    step_metric: object = None,
    step_sync: bool | None = None,
    hidden: bool | None = None,
    summary: str | Iterable[str] | None = None,
    goal: str | None = None,
) -> MetricDefinition:
    """The definition, checked; raises UsageError. A name may end in ``*``, and then is of all metrics that begin so."""
    if not isinstance(name, str) or not name:
        raise UsageError("define_metric() takes the name of a metric, or the beginning of names followed by *.")
    if "*" in name[:-1]:
        raise UsageError(f"define_metric({name!r}): a * stands at the end alone.")
    if step_metric is not None and not isinstance(step_metric, str):
        raise UsageError(f"define_metric({name!r}): step_metric is the name of a metric, not {step_metric!r}.")
    words = summary.split(",") if isinstance(summary, str) else list(summary or ())
    kept = tuple(dict.fromkeys(str(word).strip().lower() for word in words if str(word).strip()))
    for word in kept:
        if word not in SUMMARIES:
            raise UsageError(
                f"define_metric({name!r}): summary={word!r} is unknown. There are: {', '.join(SUMMARIES)}."
            )
    if goal is not None and goal not in GOALS:
        raise UsageError(f"define_metric({name!r}): goal={goal!r} is unknown. Use 'minimize' or 'maximize'.")
    is_synced = bool(step_metric) if step_sync is None else bool(step_sync)
    return MetricDefinition(name, step_metric or None, is_synced, bool(hidden), kept, goal)


def fields(definition: MetricDefinition, *, overwrite: bool = False) -> dict[str, Any]:
    """The definition as its event records it."""
    return {
        "name": definition.name,
        "step_metric": definition.step_metric,
        "step_sync": definition.step_sync,
        "hidden": definition.hidden,
        "summary": list(definition.summary),
        "goal": definition.goal,
        "overwrite": overwrite,
    }


def read(events: Iterable[Mapping[str, Any]]) -> tuple[MetricDefinition, ...]:
    """The definitions that events leave, each name once; an event that has not the expected form says nothing."""
    found: dict[str, MetricDefinition] = {}
    for event in events:
        try:
            new = define(
                event["name"],
                step_metric=event.get("step_metric"),
                step_sync=event.get("step_sync"),
                hidden=event.get("hidden"),
                summary=event.get("summary"),
                goal=event.get("goal"),
            )
        except (KeyError, TypeError, UsageError):
            continue
        add(found, new, overwrite=bool(event.get("overwrite")))
    return tuple(found.values())


def add(found: dict[str, MetricDefinition], new: MetricDefinition, *, overwrite: bool = False) -> None:
    """Take in a definition: over what an earlier one of the name said, or in its place."""
    old = found.get(new.name)
    if old is None or overwrite:
        found[new.name] = new
        return
    found[new.name] = replace(
        old,
        step_metric=new.step_metric or old.step_metric,
        step_sync=new.step_sync or old.step_sync,
        hidden=new.hidden or old.hidden,
        summary=new.summary or old.summary,
        goal=new.goal or old.goal,
    )


def find(definitions: Iterable[MetricDefinition], metric: str) -> MetricDefinition | None:
    """The definition that holds for a metric: the one of its name, else the longest beginning of it.

    A value within a mapping that was logged is meant by ``outer.inner`` too, as wandb has it.
    """
    found = list(definitions)
    fitting = [one for one in found if one.name.endswith("*") and metric.startswith(one.name[:-1])]
    exact = next((one for one in found if one.name == metric), None)
    exact = exact or next((one for one in found if "/" in metric and one.name.replace(".", "/") == metric), None)
    return exact or max(fitting, key=lambda one: len(one.name), default=None)
