"""Whether processes that have nothing to do with this training use a GPU, by the numbers that the driver gives them.

Only what is certain counts. In a container older drivers give numbers of the host, and newer ones leave others out or
give numbers of threads. So a number means something only on the host itself, or where the driver names a process of our
own by the number that we know it by; and a number that no process bears now says nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings

if TYPE_CHECKING:
    from psutil import Process

_HOST = "pid:[4026531836]"
"""The first namespace of processes; its number is a constant of Linux (PROC_PID_INIT_INO)."""


def are_there(pids: Collection[int], *, is_host: bool | None = None) -> bool:
    """Whether one of these processes is a stranger: alive, and neither an ancestor of ours nor of our family.

    The family are this process and its descendants, and for one of several ranks or a child of multiprocessing also its
    siblings. ``is_host`` says whether we number processes as the driver does; None finds it out.
    """
    if set(pids) <= {os.getpid()}:
        return False
    import psutil

    family = _family()
    if family.isdisjoint(pids) and not (_is_host() if is_host is None else is_host):
        return False
    for pid in set(pids) - family:
        if not psutil.pid_exists(pid):
            continue
        try:
            # NVIDIA's server that several processes share a GPU through: it does no work of its own.
            if not psutil.Process(pid).name().startswith("nvidia-cuda-mps"):
                return True
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            return True
    return False


def _family() -> set[int]:
    import psutil

    try:
        own = psutil.Process()
        ancestors = own.parents()
        members = [own, *ancestors, *_head(own, ancestors).children(recursive=True)]
    except psutil.Error:
        # Where /proc shows too little, as with hidepid.
        return {os.getpid(), os.getppid()}
    return {member.pid for member in members}


def _head(own: Process, ancestors: list[Process]) -> Process:
    """The process that began this training: the launcher of ranks, also around a wrapper of each; else our own."""
    if not ancestors:
        return own
    parent, *elders = ancestors
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        return parent
    if settings.rank() is None:
        return own
    return elders[0] if elders and elders[0].pid > 1 and len(parent.children()) == 1 else parent


def _is_host() -> bool:
    try:
        return str(Path("/proc/self/ns/pid").readlink()) == _HOST
    except OSError:
        return False
