"""Choosing runs by their fields."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from trackio.errors import UsageError
from trackio.filters import matches, ordered

RUN: dict[str, Any] = {
    "name": "otter",
    "id": "a1",
    "group": "adam",
    "job_type": None,
    "state": "finished",
    "tags": ("best", "v2"),
    "notes": None,
    "created_at": datetime(2025, 11, 21, tzinfo=timezone.utc),
    "updated_at": datetime(2025, 11, 22, tzinfo=timezone.utc),
    "duration": 60.0,
    "config": {"lr": 0.1, "optim": {"name": "adam"}, "data/size": 5, "flag": True},
    "summary": {"loss": 0.5, "val/loss": 0.7, "bad": float("nan")},
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"name": "otter"}, True),
        ({"display_name": "otter", "state": "failed"}, False),
        ({"config.lr": 0.1}, True),
        ({"config.lr.value": 0.1}, True),
        ({"config.optim.name": "adam"}, True),
        ({"config.optim/name": "adam"}, True),
        ({"config.data.size": {"$gte": 5, "$lt": 6}}, True),
        ({"config.none": None}, True),
        ({"config.none": {"$exists": False}}, True),
        ({"config.lr": {"$exists": True}}, True),
        ({"config.lr": {"$gt": "text"}}, False),
        ({"summary_metrics.val/loss": {"$lt": 1}}, True),
        ({"summary.bad": {"$lt": 1}}, False),
        ({"tags": "best"}, True),
        ({"tags": {"$in": ["v2", "v3"]}}, True),
        ({"tags": {"$nin": ["v2"]}}, False),
        ({"tags": ["best", "v2"]}, True),
        ({"name": {"$regex": "^ot"}}, True),
        ({"name": {"$ne": "otter"}}, False),
        ({"name": {"$not": {"$regex": "^h"}}}, True),
        ({"$not": {"name": "otter"}}, False),
        ({"$or": [{"name": "x"}, {"group": "adam"}]}, True),
        ({"$and": [{"name": "x"}, {"group": "adam"}]}, False),
        ({"$nor": [{"name": "x"}, {"name": "y"}]}, True),
        ({"$nor": [{"name": "x"}, {"name": "otter"}]}, False),
        ({"created_at": {"$gt": "2025-11-20"}}, True),
        ({"createdAt": {"$lt": "2025-11-21T00:00:00Z"}}, False),
        ({"duration": {"$gte": 60}}, True),
    ],
)
def test_a_filter_holds_or_not(condition: dict[str, Any], expected: bool) -> None:
    assert matches(RUN, condition) is expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"nmae": "x"}, "Nearest: name"),
        ({"config.lr": {"$near": 1}}, r"No filter operator '\$near'"),
        ({"$or": {"name": "x"}}, "takes a list"),
        ({"name": {"$regex": "("}}, "no regular expression"),
        ({"created_at": {"$gt": "soon"}}, "is no time"),
    ],
)
def test_a_wrong_filter_says_what_is_right(condition: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        matches(RUN, condition)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("summary.loss", [1, 2, 0, 3]),
        ("-summary.loss", [2, 1, 0, 3]),
        ("+created_at", [0, 1, 2, 3]),
        ("config.mixed", [0, 1, 2, 3]),
    ],
)
def test_those_without_the_field_come_last(order: str, expected: list[int]) -> None:
    losses = [float("nan"), 0.1, 0.2, None]
    mixed: list[Any] = [1, "a", [1], None]
    runs = [{**RUN, "n": n, "summary": {"loss": losses[n]}, "config": {"mixed": mixed[n]}} for n in range(4)]
    assert [run["n"] for run in ordered(runs, lambda run: run, order)] == expected
