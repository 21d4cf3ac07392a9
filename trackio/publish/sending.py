"""A built report goes to a Space: what differs, in one commit, on the newest head."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from trackio.errors import PublishError
from trackio.publish import immutable, owned, space_card
from trackio.publish.contents import contents
from trackio.publish.spaces import Commit, Moved, Sent, Space, Transport
from trackio.report.urls import MANIFEST

ATTEMPTS = 6
"""How often a Space that others keep changing is tried."""
_SHOWN = 3

Wait = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a Space is changed."""

    message: str
    is_forced: bool = False
    is_pull: bool = False
    is_pruned: bool = False
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of it."""

    sent: Sent | None = None
    """None where nothing had changed."""
    files: int = 0
    size: int = 0
    """Of what was sent, in bytes, without the large files that the Space had already under other names."""
    removed: int = 0
    stale: int = 0
    """Files of earlier publications that stay, though the report no longer has them."""
    kept: tuple[str, ...] = ()
    """Files that others changed and that were left so."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be sent, and what stays."""

    files: Mapping[str, Path | bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    size: int = 0
    """Of the contents of ``files`` that the Space lacks."""


def deliver(space: Space, folder: Path, manner: Manner, transport: Transport, wait: Wait = time.sleep) -> Delivery:
    """Bring the Space up to the report in the folder; raises PublishError.

    The Space has all of it or is as it was. What others commit meanwhile stays.
    """
    with TemporaryDirectory(prefix="trackio-") as scratch:
        return _deliver(space, contents(folder, space.host, Path(scratch)), manner, transport, wait)


def _deliver(
    space: Space, report: Mapping[str, Path | bytes], manner: Manner, transport: Transport, wait: Wait
) -> Delivery:
    ours = {path: owned.digests(content) for path, content in report.items()}
    attempt = 0
    while True:
        work = _work(space, report, ours, manner, transport)
        told = Delivery(stale=len(work.stale), kept=work.kept)
        if not work.files and not work.removed:
            return told
        try:
            change = Commit(manner.message, space.head, work.files, work.removed, manner.is_pull)
            sent = transport.commit(space.id, change)
        except Moved:
            attempt += 1
            if attempt == ATTEMPTS:
                raise
            # Two who publish there at the same time do not meet again at the same moment.
            wait(random.uniform(0.5, 1.0) * min(2.0 ** (attempt - 1), 8.0))  # noqa: S311 - this hides nothing
            space = transport.find(space.id) or space
            continue
        return Delivery(sent, len(work.files), work.size, len(work.removed), len(work.stale), work.kept)


def _work(
    space: Space,
    report: Mapping[str, Path | bytes],
    ours: Mapping[str, owned.Digests],
    manner: Manner,
    transport: Transport,
) -> _Work:
    there = transport.files(space)
    is_listed = owned.LIST in there
    list_there = transport.content(space, owned.LIST) if is_listed else None
    if list_there is not None:
        owned.refuse(space.id, list_there, is_frozen=manner.is_frozen)
    known = {} if list_there is None else owned.decode(list_there)
    changes = owned.compare(ours, there, known)
    kept: tuple[str, ...] = ()
    if changes.theirs and not manner.is_forced and (is_listed or not transport.is_new(space.id)):
        # People write into the card of a Space; it is theirs from then on.
        kept = tuple(path for path in changes.theirs if path == space_card.NAME)
        _refuse(space, [path for path in changes.theirs if path not in kept])
    immutable.check(space.id, changes.sent, there)
    snapshots = immutable.staying(changes.stale, report[MANIFEST])
    gone = tuple(path for path in changes.stale if path not in snapshots)
    stale = () if manner.is_pruned else gone
    listed = {path: pair for path, pair in ours.items() if path not in kept}
    listed |= {path: known[path] for path in (*stale, *snapshots)}
    files = {path: report[path] for path in changes.sent if path not in kept}
    content = owned.encode(listed, is_frozen=manner.is_frozen)
    if there.get(owned.LIST) not in owned.digests(content):
        files[owned.LIST] = content
    return _Work(files, gone if manner.is_pruned else (), stale, kept, _size(files, ours, there))


def _size(files: Mapping[str, Path | bytes], ours: Mapping[str, owned.Digests], there: Mapping[str, str]) -> int:
    """Bytes that are sent for files; what the Hub tells by its SHA-256 is a large one, and is not sent again."""
    known = set(there.values())
    return sum(_length(content) for path, content in files.items() if path not in ours or ours[path][1] not in known)


def _length(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _refuse(space: Space, theirs: list[str]) -> None:
    if theirs:
        more = f" and {len(theirs) - _SHOWN:,} more" if len(theirs) > _SHOWN else ""
        raise PublishError(
            f"{space.id} was left as it is",
            f"others wrote files that the report would replace: {', '.join(theirs[:_SHOWN])}{more}",
            "Name another Space, or pass --force (in Python force=True) to replace them.",
        )
