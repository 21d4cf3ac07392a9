"""How much one address may ask, how much one request may bring, and how long it may take."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from threading import BoundedSemaphore
from time import monotonic
from typing import TYPE_CHECKING, Any

from trackio.server.bodies import too_large
from trackio.server.options import ServerOptions
from trackio.server.refusals import Refused, is_api, path_of

if TYPE_CHECKING:
    from starlette.types import Message, Receive

MOST_ADDRESSES = 10_000
"""Those heard of last are remembered."""

PACKED_BYTES = 1 << 20
"""By so much packing may lengthen a body that cannot be packed."""


class Buckets:
    """For each address a bucket of requests that fills steadily: the usual way to allow haste and no flood."""

    def __init__(self, per_second: float, at_once: int) -> None:
        self._per_second, self._at_once = per_second, float(at_once)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By address: how many were left, and when that was."""

    def take(self, address: str, now: float | None = None) -> None:
        """Count a request; refuses it when there have been too many."""
        if not self._per_second:
            return
        now = monotonic() if now is None else now
        key = _subscriber(address)
        left, then = self._left.pop(key, (self._at_once, now))
        left = min(self._at_once, left + (now - then) * self._per_second)
        is_allowed = left >= 1
        self._left[key] = (left - 1 if is_allowed else left, now)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        if not is_allowed:
            wait = math.ceil((1 - left) / self._per_second)
            raise Refused(
                429, f"Too many requests from this address. Go on in {wait} s.", headers={"Retry-After": str(wait)}
            )


class Few:
    """What takes long is done for so many at once, so that threads are left for all else."""

    def __init__(self, most: int) -> None:
        self._places = BoundedSemaphore(most)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Refuses what comes when all places are taken."""
        if not self._places.acquire(blocking=False):
            raise Refused(
                503, "The server has enough of these to do. Ask again in a moment.", headers={"Retry-After": "2"}
            )
        try:
            yield
        finally:
            self._places.release()


def most_bytes(scope: Mapping[str, Any], options: ServerOptions) -> int | None:
    """How long the body of a request may be; None where that is not ours to say."""
    if not is_api(scope):
        return None
    path = path_of(scope)
    if path.startswith("/api/journals/"):
        return options.journal_bytes + PACKED_BYTES
    if path.startswith("/api/files/") and scope["method"] == "PUT":
        return options.chunk_bytes
    return options.json_bytes


def metered(receive: Receive, most: int, declared: str | None, options: ServerOptions) -> Receive:
    """Receives a body of at most so many bytes in the time there is for it, and refuses any other.

    ``declared`` is its Content-Length, as the sender says.
    """
    if declared is not None and declared.isdecimal() and int(declared) > most:
        raise too_large(most)
    end = monotonic() + options.body_seconds
    length = 0
    is_whole = False

    async def next_message() -> Message:
        nonlocal length, is_whole
        if is_whole:
            # Only waits for the sender to go away.
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, min(options.quiet_seconds, end - monotonic())))
        except asyncio.TimeoutError:
            raise Refused(
                408, "The request took too long to arrive. Send it again, in smaller pieces.", headers=_CLOSE
            ) from None
        length += len(message.get("body", b""))
        if length > most:
            raise too_large(most)
        is_whole = not message.get("more_body", False)
        return message

    return next_message


_CLOSE = {"Connection": "close"}


def _subscriber(address: str) -> str:
    """What stands for one client: of IPv6, where each has a whole network, its first half."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return found.exploded[:19] if found.version == 6 else address
