"""Who writes a journal, and whether that process still lives."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

HEARTBEAT_SECONDS = 10.0
"""How often a writer touches its journal."""

SILENT_SECONDS = 60.0
"""A writer on another machine that left its journal untouched for so long counts as silent."""

FORGOTTEN_SECONDS = 365 * 86400.0
"""And as gone when it was never heard of again. Its journal may go on after an outage of any length, a holiday or the
repair of a cluster, and could not be read any more once it is given up; what is kept until then is a file."""

RECEIVED = "received"
"""What the journals that come over HTTP have true beside their writer: it is elsewhere, even when it says that it is a
process of this machine, for what it wrote may still be on its way when it has ended."""

Standing: TypeAlias = Literal["alive", "silent", "gone"]


def identity() -> dict[str, Any]:
    """What tells this process from every other one, on this machine and on others, now and after a reboot."""
    return {**_machine(), "pid": os.getpid(), "started": started(os.getpid())}


def standing(writer: Mapping[str, Any], touched_ns: int, now_ns: int) -> Standing:
    """How it is with the process that wrote a journal, last touched at ``touched_ns``.

    Only a process of this machine is known to be ``gone``; one elsewhere is ``silent`` and may be heard of again.
    """
    if not writer.get(RECEIVED) and is_here(writer):
        return "alive" if is_alive(writer) else "gone"
    quiet_seconds = (now_ns - touched_ns) / 1e9
    if quiet_seconds <= SILENT_SECONDS:
        return "alive"
    return "silent" if quiet_seconds <= FORGOTTEN_SECONDS else "gone"


def is_here(process: Mapping[str, Any]) -> bool:
    """Whether a process is, or was, one of this machine since it was started."""
    return all(process.get(name) == value for name, value in _machine().items())


def is_alive(process: Mapping[str, Any]) -> bool:
    """Whether a process of this machine goes on; its number may be another's by now."""
    now = started(int(process.get("pid", -1)))
    return now is not None and now == process.get("started")


@lru_cache(maxsize=1)
def _machine() -> dict[str, Any]:
    return {
        "host": _host(),
        "boot": _text("/proc/sys/kernel/random/boot_id"),
        # Containers may share host name and boot, but see other process numbers.
        "namespace": _link("/proc/self/ns/pid"),
    }


def _host() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    import platform

    return platform.node()


def started(pid: int) -> str | None:
    """When a living process started, in a form only good to compare; None when there is none or it is a zombie."""
    stat = _text(f"/proc/{pid}/stat")
    if stat:
        # The name in brackets may hold spaces and brackets of its own.
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    if Path("/proc/self/stat").exists():
        return None
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _text(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
