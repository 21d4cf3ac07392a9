"""Choosing and ordering runs by their fields, in the words of wandb's ``Api().runs`` (pure).

A filter is a mapping from a field to a value or to operators, as in MongoDB::

    {"state": "finished", "config.lr": {"$gte": 0.1}, "$or": [{"group": "muon"}, {"tags": "best"}]}

Fields are ``name``, ``id``, ``group``, ``job_type``, ``state`` (or ``status``), ``tags``, ``notes``, ``created_at``,
``updated_at`` (times, also as ISO text), ``duration`` (seconds), and ``config.KEY`` and ``summary.KEY`` (or
``summary_metrics.KEY``), where nested keys are joined with ``.`` or ``/``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from trackio.errors import UsageError, nearest
from trackio.times import nanoseconds, when

FIELDS = ("name", "id", "group", "job_type", "state", "tags", "notes", "created_at", "updated_at", "duration")

Fields = Mapping[str, Any]
"""A run as a mapping: ``FIELDS``, and ``config`` and ``summary`` with a mapping each."""

T = TypeVar("T")

_ALIASES = {
    "status": "state",
    "display_name": "name",
    "displayName": "name",
    "heartbeat_at": "updated_at",
    "heartbeatAt": "updated_at",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "jobType": "job_type",
    "summary_metrics": "summary",
}


def matches(fields: Fields, condition: Mapping[str, Any]) -> bool:
    """Whether a run's fields satisfy the filter; a field that the run lacks is None."""
    return all(_holds(fields, key, expected) for key, expected in condition.items())


def ordered(items: Iterable[T], fields: Callable[[T], Fields], order: str) -> list[T]:
    """The items by one field: ``+created_at`` oldest first, ``-summary.loss`` greatest first; those without it last."""
    descending = order.startswith("-")
    name = order.lstrip("+-")
    keyed = [(_value(fields(item), name), item) for item in items]
    present = [(value, item) for value, item in keyed if value is not None and value == value]  # noqa: PLR0124 - NaN
    absent = [item for value, item in keyed if value is None or value != value]  # noqa: PLR0124 - NaN
    present.sort(key=lambda pair: _rank(pair[0]), reverse=descending)
    return [item for _, item in present] + absent


def _holds(fields: Fields, key: str, expected: Any) -> bool:
    if key in ("$and", "$or", "$nor"):
        results = [matches(fields, part) for part in _parts(key, expected)]
        return all(results) if key == "$and" else any(results) == (key == "$or")
    if key == "$not":
        return not matches(fields, expected)
    value = _value(fields, key)
    if isinstance(expected, Mapping) and any(str(name).startswith("$") for name in expected):
        return all(_compare(value, name, operand) for name, operand in expected.items())
    return _equal(value, _like(value, expected))


def _like(value: Any, operand: Any) -> Any:
    """The operand as a time where it is compared with one: filters written for wandb give times as text."""
    return when(nanoseconds(operand)) if isinstance(value, datetime) and isinstance(operand, str) else operand


def _parts(key: str, expected: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(expected, Mapping) or not isinstance(expected, Sequence) or isinstance(expected, str):
        raise UsageError(f"{key} takes a list of filters, not {expected!r}.")
    return expected


def _compare(value: Any, name: str, operand: Any) -> bool:
    if name == "$not":
        return not all(_compare(value, inner, part) for inner, part in operand.items())
    try:
        test = _OPERATORS[name]
    except KeyError:
        raise UsageError(f"No filter operator {name!r}. There are: {', '.join(_OPERATORS)}, $not.") from None
    try:
        return test(value, _like(value, operand))
    except re.error as error:
        raise UsageError(f"{operand!r} is no regular expression: {error}.") from None
    except TypeError:
        # A number is neither above nor below a string: such a run is simply not chosen.
        return False


def _equal(value: Any, expected: Any) -> bool:
    if isinstance(value, (tuple, list)) and not isinstance(expected, (tuple, list)):
        return expected in value
    if isinstance(value, tuple):
        return list(value) == list(expected)
    return bool(value == expected)


def _value(fields: Fields, key: str) -> Any:
    head, dot, rest = key.partition(".")
    head = _ALIASES.get(head, head)
    if head in ("config", "summary") and dot:
        return _inside(fields[head], rest)
    if head not in FIELDS or dot:
        near = nearest(head, [*FIELDS, "config", "summary"]) or FIELDS
        raise UsageError(f"Runs have no field {key!r} to choose by. Nearest: {', '.join(near)}.")
    return fields[head]


def _inside(values: Mapping[str, Any], path: str) -> Any:
    """The value under ``a.b``: as one key, with slashes, or nested; wandb's trailing ``.value`` is accepted."""
    for name in (path, path.removesuffix(".value")):
        if name in values:
            return values[name]
        if name.replace(".", "/") in values:
            return values[name.replace(".", "/")]
        found: Any = values
        for part in re.split(r"[./]", name):
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is not None:
            return found
    return None


def _rank(value: Any) -> tuple[int, Any]:
    """A key that orders numbers before texts before everything else, so that mixed columns sort too."""
    if isinstance(value, (bool, int, float)):
        return (0, value)
    if isinstance(value, datetime):
        return (0, value.timestamp())
    return (1, value) if isinstance(value, str) else (2, repr(value))


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": _equal,
    "$ne": lambda value, operand: not _equal(value, operand),
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
    "$in": lambda value, operand: any(_equal(value, one) for one in operand),
    "$nin": lambda value, operand: not any(_equal(value, one) for one in operand),
    "$exists": lambda value, operand: (value is not None) == bool(operand),
    "$regex": lambda value, operand: isinstance(value, str) and re.search(operand, value) is not None,
}
