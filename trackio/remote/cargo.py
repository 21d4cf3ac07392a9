"""The files that records speak of, which go before them: media, saved files, and all that artifacts hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from trackio.errors import Refused, TransportError
from trackio.messages import logger
from trackio.references import files
from trackio.remote.link import Link
from trackio.remote.obstacles import concerns_content
from trackio.store.blobs import Blobs
from trackio.store.garbage import HOLD_OTHERS

CHUNK_BYTES = 4 << 20
LEAST_BYTES = 64 << 10
"""Where a server, or a proxy before it, takes no larger pieces, they become as small as this."""

MOST_STANDSTILLS = 20
"""So often may the server fall back or stay where it is, one time after another."""

MOST_REFUSALS = 3

NAMES_AT_ONCE = 1000
LISTS = (*HOLD_OTHERS, ".manifest.json")
"""Kinds of files that speak of files."""

_SPOKEN_OF = re.compile(rb'"(?:file|[A-Za-z0-9_]*_file|manifest)":"([0-9a-f]{64}(?:\.[a-z0-9]{1,12}){0,2})"')
"""A file, as references, events and manifests name it; compact JSON stands in a journal as it is."""

LONGEST_MENTION = 200
"""More bytes than any of these takes."""


def spoken_of(data: bytes) -> list[str]:
    """The names of the files that a stretch of a journal speaks of, each once."""
    return list(dict.fromkeys(name.decode() for name in _SPOKEN_OF.findall(data)))


class Cargo:
    """The files of one project on their way to one server."""

    def __init__(self, project: str, directory: Path, link: Link, beat: Callable[[], None]) -> None:
        self._project, self._blobs, self._link = project, Blobs(directory), link
        self._beat = beat
        """Called now and then while a large file is on its way."""
        self._settled: set[str] = set()
        """What is there, or cannot be sent."""
        self._refusals: dict[str, int] = {}
        self._chunk_bytes = CHUNK_BYTES

    def bring(self, names: Iterable[str]) -> None:
        """Have all these files there, and those that they speak of; raises TransportError.

        A file that is missing or damaged here is told once, and holds up nothing.
        """
        found = list(self._with_inner(names))
        wanted = iter(found)
        while some := list(islice(wanted, NAMES_AT_ONCE)):
            lacking = self._link.missing(self._project, some)
            self._settle(set(some) - set(lacking))
            for name in lacking:
                self._send(name)
                self._settle([name])
        self._settled.update(found)

    def forget(self) -> None:
        """Ask anew for all that was there: the server has lost some."""
        self._settled.clear()

    def _settle(self, names: Iterable[str]) -> None:
        """Note files that need no other look; a list needs one until all that it lists is there."""
        self._settled.update(name for name in names if not name.endswith(LISTS))

    def _with_inner(self, names: Iterable[str]) -> Iterator[str]:
        waiting = list(names)
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or name in self._settled:
                continue
            seen.add(name)
            if name.endswith(LISTS):
                waiting.extend(self._inner(name))
            yield name

    def _inner(self, name: str) -> Iterator[str]:
        try:
            yield from files(json.loads(self._blobs.path(name).read_bytes()))
        except (OSError, ValueError):
            # Sending it tells what is wrong.
            return

    def _send(self, name: str) -> None:
        path = self._blobs.path(name)
        try:
            with path.open("rb") as file:
                total = path.stat().st_size
                offset, is_done, standstills = 0, False, 0
                while not is_done:
                    file.seek(offset)
                    data = file.read(min(self._chunk_bytes, total - offset))
                    size, is_done = self._put(name, offset, total, data)
                    standstills = standstills + 1 if size <= offset else 0
                    if standstills > MOST_STANDSTILLS:
                        raise TransportError(self._link.place.url, f"file {name} does not get any further")
                    offset = size
                    self._beat()
        except FileNotFoundError:
            _warn(name, "is missing on this machine")
        except OSError as error:
            _warn(name, f"cannot be read ({error.strerror or error})")

    def _put(self, name: str, offset: int, total: int, data: bytes) -> tuple[int, bool]:
        try:
            size, is_done = self._link.put(name, self._project, offset, total, data)
        except Refused as error:
            if error.status == 413 and self._chunk_bytes > LEAST_BYTES:
                self._chunk_bytes = max(self._chunk_bytes // 2, LEAST_BYTES)
                return offset, False
            if not concerns_content(error):
                raise
            # What was damaged on its way is sent again from its first byte.
            self._refusals[name] = self._refusals.get(name, 0) + 1
            if self._refusals[name] < MOST_REFUSALS:
                return 0, False
            _warn(name, f"is not taken: {error.reason}")
            return offset, True
        # A server that knows more than there is has another file under way; it checks what it has at the end.
        return min(size, total), is_done


def _warn(name: str, what: str) -> None:
    logger().warning("File %s %s; it is not sent, and all else is.", name, what)
