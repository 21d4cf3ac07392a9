"""The clock that readings are stamped with, and which start of which machine it belongs to."""

from __future__ import annotations

import sys
import time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Linux: made anew at each start; the same in all containers of a machine, as are the counters of its devices."""

_FUZZ_SECONDS = 600.0


def clock_ns() -> int:
    """``CLOCK_MONOTONIC``: one clock for all processes since the machine was started, which nobody can set."""
    if hasattr(time, "clock_gettime_ns"):
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return time.monotonic_ns()


@lru_cache(maxsize=1)
def boot_id() -> str:
    """What tells this start of this machine from every other."""
    return _linux(BOOT_ID) or (_macos() if sys.platform == "darwin" else None) or fallback(time.time(), clock_ns())


def fallback(wall_seconds: float, monotonic_ns: int) -> str:
    """A digest of the host's name and of when it was started, to ten minutes, where the system has no id.

    Two processes of one boot get different ids when the wall clock was set in between, or when the start lies at the
    edge of ten minutes. Their readings then count as those of two machines.
    """
    import platform

    started = round((wall_seconds - monotonic_ns / 1e9) / _FUZZ_SECONDS)
    return sha256(f"{platform.node()} {started}".encode()).hexdigest()[:32]


def _linux(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _macos() -> str | None:
    import subprocess

    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
