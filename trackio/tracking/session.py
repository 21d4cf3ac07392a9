"""The runs of this process, and the current one: ``trackio.run``, ``trackio.config`` and ``trackio.summary``."""

from __future__ import annotations

from typing import Any, NoReturn

from trackio.errors import NoActiveRun, RunFinished
from trackio.tracking.process import Process
from trackio.tracking.run import Run

process = Process()


def current() -> Run | None:
    """The current run, or None."""
    return process.current()


def part(name: str) -> Any:
    """``config`` or ``summary`` of the current run, or a stand-in that raises NoActiveRun when it is used."""
    run = process.current()
    return Absent(name) if run is None else getattr(run, name)


class Absent:
    """Stands for ``trackio.config`` and ``trackio.summary`` while there is no run."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NoActiveRun(object.__getattribute__(self, "_name"))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    __setattr__ = __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = _refuse

    def __repr__(self) -> str:
        return f"<trackio.{object.__getattribute__(self, '_name')}: no run in progress>"


def demanded(call: str) -> Run:
    """The current run; raises RunFinished or NoActiveRun with the name of the call that needs it."""
    run = process.current()
    if run is not None:
        return run
    if process.last_name is not None:
        raise RunFinished(f"trackio.{call}()", process.last_name)
    raise NoActiveRun(call)
