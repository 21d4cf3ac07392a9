"""Looks for secrets and home folders in what a run says of itself: the program that `trackio.remote.looking` starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from trackio import settings
from trackio.publish.scan import allowed
from trackio.publish.scan.batches import Batch, Names, Source
from trackio.publish.scan.finding import Finding
from trackio.publish.scan.homes import RULE as HOME
from trackio.publish.scan.known import known
from trackio.publish.scan.telling import leaves

MOST_TOLD = 5


def main(asked: Mapping[str, Any]) -> None:
    """Print where there are any, and where home folders are, without showing them."""
    found = findings(asked["project"], asked["run"], asked["events"])
    homes = [one for one in found if one.rule == HOME]
    secrets = [one for one in found if one.rule != HOME]
    sys.stdout.write(json.dumps({"found": _told(secrets), "homes": _told(homes)}))


def _told(found: list[Finding]) -> list[str]:
    return [f"{one.place}: {one.rule}, {one.excerpt}" for one in found[:MOST_TOLD]]


def findings(project: str, run: str, events: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """What ``TRACKIO_ALLOW`` does not let through: rules and places, with commas between."""
    what = known()
    names, texts = Names(what), Batch(what, has_homes=True)
    where = f"run {names.of(run)} in project {names.of(project)}"
    for event in events:
        kind = event.pop("event")
        for leaf in leaves(event.get("values", event)):
            field = names.bare(".".join(leaf.names))
            place = f"{field} of {where}" if kind == "run" else f"{kind} of {where}: {field}"
            texts.add(Source(place, ""), "\n".join(leaf.names))
            if isinstance(leaf.value, str):
                texts.add(Source(place, ""), leaf.value, name=leaf.name)
    texts.flush()
    allow = [one.strip() for one in (settings.text("TRACKIO_ALLOW") or "").split(",") if one.strip()]
    return allowed.without((finding for finding, _ in texts.hits), allow)
