"""Lines on the terminal, and what is said only once in a process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from trackio import settings
from trackio.tracking.faults import Faults

_STDERR = 2

_told: set[str] = set()
_once = Faults()

INSTEAD: dict[str, str] = {
    "anonymous": "there are no accounts",
    "base_url": "it is wandb's setting for its own server; server_url= names one of ours",
    "bucket_id": "it is where a Space backs itself up; name the Space with space_id=",
    "dataset_id": "it is where a Space backs itself up; name the Space with space_id=",
    "force": "there is no login",
    "monitor_gym": "log videos with trackio.Video",
    "resume_from": "nothing that was logged is taken back: the run goes on after that step, and keeps what came later",
    "sync_tensorboard": "import event files afterwards with `trackio import tfevents`",
}
"""Arguments of ``init`` that are accepted, and what there is in the place of what they ask for."""


def unsupported(asked: Iterable[str]) -> None:
    """Say of each of these arguments of ``init``, once in a process, what happens instead."""
    for name in asked:
        _once.warn(name, f"init({name}=) has no effect: {INSTEAD[name]}.")


def say_once(topic: str, message: str) -> None:
    """Warn once in a process."""
    _once.warn(topic, message)


def termlog(string: str = "", newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Print a line to the standard error, unless ``TRACKIO_SILENT`` is set; only the first time when not ``repeat``."""
    if not settings.is_silent():
        _print(string, "", newline=newline, repeat=repeat, prefix=prefix)


def termwarn(string: str, newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Likewise a warning."""
    _print(string, "WARNING ", newline=newline, repeat=repeat, prefix=prefix)


def termerror(string: str, newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Likewise an error."""
    _print(string, "ERROR ", newline=newline, repeat=repeat, prefix=prefix)


def coloured(text: str, code: str) -> str:
    """The text in a colour of ANSI's, where the standard error is a terminal and nobody asked for none."""
    try:
        is_terminal = sys.stderr.isatty()
    except (ValueError, AttributeError):
        is_terminal = False
    return f"\x1b[{code}m{text}\x1b[0m" if is_terminal and settings.wants_colours() else text


def say(string: str) -> None:
    """Print a line that is told in any case."""
    _print(string, "", newline=True, repeat=True, prefix=True)


def is_notebook() -> bool:
    """Whether this is a notebook, or a console of IPython."""
    return "IPython" in sys.modules and hasattr(sys, "ps1")


def termsetup(settings: object = None, logger: object = None) -> None:
    """Accepted as wandb has it; ``TRACKIO_SILENT`` decides what is printed."""


def _print(text: str, word: str, *, newline: bool, repeat: bool, prefix: bool) -> None:
    if not repeat:
        if text in _told:
            return
        _told.add(text)
    begin = "trackio: " if prefix else ""
    lines = "\n".join(f"{begin}{word}{line}" for line in str(text).split("\n"))
    line = lines + ("\n" if newline else "")
    try:
        sys.stderr.write(line)
        sys.stderr.flush()
    except RuntimeError:
        # A signal handler's, in the middle of another line: past the buffer that both would use.
        with suppress(OSError):
            os.write(_STDERR, line.encode("utf-8", "replace"))
    except (OSError, ValueError, AttributeError):
        # No terminal to write to, as in a service; ValueError says that it is closed.
        return
