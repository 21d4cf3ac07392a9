"""Where dashboards and servers of a home listen: a file for each in ``HOME/listening``, so that links lead to one."""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from time import time_ns
from typing import Any

from trackio.addresses import DASHBOARD
from trackio.store import liveness


def address(scheme: str, host: str, port: int, root_path: str = "") -> str:
    """What a browser of this machine opens for a server that listens there."""
    # Costs 3 ms, which `import trackio` does without.
    from ipaddress import ip_address

    try:
        found = ip_address(host)
    except ValueError:
        shown = host
    else:
        # One that listens everywhere is reached nowhere but at a place.
        place = found if not found.is_unspecified else "127.0.0.1" if found.version == 4 else "::1"
        shown = f"[{place}]" if found.version == 6 else str(place)
    return f"{scheme}://{shown}:{port}{root_path}"


def announce(home: Path, url: str) -> Callable[[], None]:
    """Note that this process listens; what is given takes that back, which the end of the process does too.

    A home that cannot be written to has no such note, and is served all the same.
    """
    folder = _folder(home)
    path = folder / f"{os.urandom(6).hex()}.json"
    note = {"url": url, "since_ns": time_ns(), "process": liveness.identity()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for other, said in _notes(home):
            # Of a process of this machine that was killed.
            if liveness.is_here(said["process"]) and not liveness.is_alive(said["process"]):
                other.unlink(missing_ok=True)
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(note), encoding="utf-8")
        draft.replace(path)
    except OSError:
        return lambda: None
    own = os.getpid()

    def withdraw() -> None:
        if os.getpid() != own:
            # A child after a fork, which does not listen.
            return
        atexit.unregister(withdraw)
        try:
            path.unlink(missing_ok=True)
        except OSError:
            # It is not believed once this process has ended.
            return

    atexit.register(withdraw)
    return withdraw


def dashboard(home: Path) -> str:
    """The address of the dashboard or server that was started last of those that run here, else where one would be."""
    here = [
        said for _, said in _notes(home) if liveness.is_here(said["process"]) and liveness.is_alive(said["process"])
    ]
    return str(max(here, key=itemgetter("since_ns"))["url"]) if here else DASHBOARD


def _notes(home: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The notes that can be read."""
    try:
        paths = sorted(_folder(home).glob("*.json"))
    except OSError:
        return
    for path in paths:
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            is_note = (
                isinstance(said["url"], str)
                and said["url"].startswith(("http://", "https://"))
                and isinstance(said["since_ns"], int)
                and isinstance(said["process"]["pid"], int)
            )
        except (OSError, ValueError, KeyError, TypeError):
            # Taken back at this moment, or not ours.
            continue
        if is_note:
            yield path, said


def _folder(home: Path) -> Path:
    return home / "listening"
