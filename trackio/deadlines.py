"""A total time for an answer: what comes byte by byte keeps within every other limit, which are of single reads."""

from __future__ import annotations

import io
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import PoolManager


class Deadline:
    """When the requests of one thread have to be over; never until it is set."""

    def __init__(self) -> None:
        self._at: float | None = None

    def begin(self, seconds: float) -> None:
        """So much time is left from now."""
        self._at = monotonic() + seconds

    def seconds(self, most: float | None) -> float | None:
        """How long one read may take; raises TimeoutError when the time is over."""
        if self._at is None:
            return most
        left = self._at - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left if most is None else min(left, most)


def bind(pools: PoolManager, deadline: Deadline) -> PoolManager:
    """Let what the connections of these pools read be over in time; all others are as they were."""

    def bound(kind: Any) -> Any:
        class Bound(kind):  # type: ignore[misc]
            sock: Any

            def connect(self) -> None:
                super().connect()
                self.sock = _Socket(self.sock, deadline)

        return Bound

    classes: dict[str, Any] = dict(pools.pool_classes_by_scheme)
    pools.pool_classes_by_scheme = {
        scheme: type(pool.__name__, (pool,), {"ConnectionCls": bound(pool.ConnectionCls)})
        for scheme, pool in classes.items()
    }
    return pools


class _Socket:
    """A socket whose reads know of the deadline."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._most: float | None = sock.gettimeout()

    def settimeout(self, seconds: float | None) -> None:
        self._most = seconds
        self._sock.settimeout(seconds)

    def makefile(self, _mode: str = "rb", _buffering: int | None = None) -> io.BufferedReader:
        return io.BufferedReader(_Reads(self._sock.makefile("rb", buffering=0), self))

    def hurry(self) -> None:
        self._sock.settimeout(self._deadline.seconds(self._most))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Reads(io.RawIOBase):
    def __init__(self, raw: Any, sock: _Socket) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.hurry()
        found: int | None = self._raw.readinto(buffer)
        return found

    def close(self) -> None:
        # The socket is open for as long as this.
        self._raw.close()
        super().close()
