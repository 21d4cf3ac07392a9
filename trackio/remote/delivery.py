"""All that waits in an outbox, sent while somebody looks on: what ``trackio sync`` does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from trackio.errors import TransportError, UsageError
from trackio.records import RunRecord
from trackio.remote import place as places
from trackio.remote.leftovers import held
from trackio.remote.link import Link
from trackio.remote.obstacles import concerns_content
from trackio.remote.place import Place
from trackio.remote.shipment import Shipment
from trackio.store import outbox
from trackio.store.outbox import Mark

PATIENCE_SECONDS = 20.0
"""How long a server that does not answer is asked again, before the rest is left for another time."""

MOST_NAMES = 5
"""In one sentence."""

Progress = Callable[[str, int, int], None]
"""Told of a run's id, how many bytes are sent, and how many there are."""


@dataclass(frozen=True, slots=True)
class Left:
    """A journal that is not wholly sent."""

    run: str
    host: str
    size: int
    """How many bytes are still to be sent."""
    reason: str


@dataclass(frozen=True, slots=True)
class Access:
    """What is known of servers: marks name them without their tokens."""

    target: Place | None = None
    """The server that somebody has named: where others wait for none of it, all goes there, as it may have moved."""
    known: tuple[Place, ...] = ()
    """Those of runs and of the environment."""
    token: str | None = field(default=None, repr=False)
    """For the one server that is not among them."""
    is_looked_through: bool = False
    """Whether somebody has looked for secrets already."""

    def chosen(self, marks: list[Mark]) -> list[Mark]:
        """The marks to see to; raises UsageError when it cannot be told whose the token is."""
        if self.target is not None:
            return [mark for mark in marks if mark.url == self.target.url] or marks
        unknown = sorted({mark.url for mark in marks} - {place.url for place in self.known})
        if self.token is not None and len(unknown) > 1:
            raise UsageError(f"Runs wait for several servers: {', '.join(unknown)}. Name one with --server-url.")
        return marks

    def place_of(self, mark: Mark) -> Place:
        """The server that a mark names, with what is known of it; raises UsageError."""
        if self.target is not None:
            return self.target
        for place in self.known:
            if place.url == mark.url:
                return place
        found = places.space(mark.space_id, self.token, _wish(mark)) if mark.space_id else None
        return found if found is not None and found.url == mark.url else places.at(mark.url, self.token)


def _wish(mark: Mark) -> places.Wish | None:
    """What a Space is to be if it is not there."""
    if mark.wish is None:
        return None
    private, *others = (mark.wish.get(name) for name in ("private", "dataset_id", "bucket_id"))
    dataset_id, bucket_id = (one if isinstance(one, str) else None for one in others)
    return places.Wish(private if isinstance(private, bool) else None, dataset_id, bucket_id)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of it."""

    runs: tuple[str, ...]
    """The ids of those of which all that there is was sent."""
    left: tuple[Left, ...]

    def reasons(self) -> list[tuple[str, str, tuple[Left, ...]]]:
        """Each server and each reason of its once, with what it keeps from being sent."""
        found: dict[tuple[str, str], list[Left]] = {}
        for one in self.left:
            found.setdefault((one.host, one.reason), []).append(one)
        return [(host, reason, tuple(left)) for (host, reason), left in found.items()]


def called(runs: Iterable[RunRecord]) -> dict[str, str]:
    """What runs are called, by id: the name, with the id behind it where another has the same."""
    known = list(runs)
    times = Counter(run.name for run in known)
    return {run.id: run.name if times[run.name] == 1 else f"{run.name} ({run.id})" for run in known}


def listed(names: Iterable[str]) -> str:
    """Names of runs in a sentence; of many the first."""
    found = list(dict.fromkeys(names))
    shown = ", ".join(found[:MOST_NAMES])
    return f"{shown} and {len(found) - MOST_NAMES:,} more" if len(found) > MOST_NAMES else shown


def waiting(directory: Path, besides: Collection[str] = ()) -> list[Mark]:
    """What waits in a project's outbox, but for some journals by their names."""
    return [mark for mark in outbox.marks(directory) if mark.journal.name not in besides]


def deliver(marks: list[Mark], access: Access, progress: Progress) -> Delivered:
    """Send these, each to its server; what cannot be sent is told of. Raises UsageError.

    Of a run that is still recorded, what there is so far is sent.
    """
    links: dict[Place, Link] = {}
    given_up: dict[Link, str] = {}
    left: list[Left] = []
    marks = access.chosen(marks)
    for mark in marks:
        place = access.place_of(mark)
        # What could not be sent is told with the runs that it concerns.
        link = links.setdefault(place, Link(place, is_quiet=True))
        shipment = Shipment(mark, link, is_ours=False, is_looked_through=access.is_looked_through)
        with ExitStack() as stack:
            if link in given_up:
                reason = given_up[link]
            elif not held(mark, stack):
                if not mark.path.exists():
                    # Another process has sent it meanwhile.
                    continue
                reason = "the process that records it sends it"
            else:
                reason, is_for_all = _sent(shipment, progress)
                if is_for_all:
                    given_up[link] = reason
        if reason:
            left.append(Left(mark.run, place.host, shipment.left_bytes, reason))
    unsent = {one.run for one in left}
    return Delivered(tuple(dict.fromkeys(mark.run for mark in marks if mark.run not in unsent)), tuple(left))


def _sent(shipment: Shipment, progress: Progress) -> tuple[str, bool]:
    """Send a journal; why that was given up, empty when it was not, and whether others need not be tried."""
    link = shipment.link
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            has_more = shipment.advance()
        except TransportError as error:
            if concerns_content(error):
                return error.reason, False
            link.failed(error)
            if link.is_absent:
                shipment.mark.remove()
            if link.is_hopeless or time.monotonic() >= give_up_at:
                return error.reason, True
            while not link.is_ready and time.monotonic() < give_up_at:
                time.sleep(0.05)
            continue
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        total = shipment.total_bytes
        progress(shipment.mark.run, total - shipment.left_bytes, total)
        if not has_more:
            # What a process that lives will still write is its own to send.
            return "", False
