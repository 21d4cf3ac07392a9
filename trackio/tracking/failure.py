"""Whether a run ends inside an exception."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from trackio.tracking.terminal import is_notebook

_ENDS_WELL = (StopIteration, StopAsyncIteration, GeneratorExit)


class Failures:
    """Remembers the exceptions that were about when a run began; only later ones are its own."""

    def __init__(self) -> None:
        self._handled = id(sys.exc_info()[1])
        self._uncaught = id(_last_uncaught())
        self._bootstrap = _bootstrap()
        if self._bootstrap is not None:
            _watch(self._bootstrap)
        self._exits: dict[int, int] = {}

    def handled_code(self) -> int:
        """The exit code of the exception that is being handled right now, as in ``finally: run.finish()``.

        0 when there is none that came after the run began.
        """
        error = sys.exc_info()[1]
        return 0 if id(error) == self._handled else code_of(error)

    def exit_code(self, step: int) -> int | None:
        """What the process ends with when it ends badly; None when it ends well.

        ``step`` is the run's now: one that went on after a call of ``sys.exit`` shows that somebody caught it.
        """
        if self._bootstrap is not None:
            # Set to 0 when the target has returned, and to another number or not at all otherwise.
            return 1 if self._bootstrap.f_locals.get("exitcode", 1) != 0 else None
        error = _last_uncaught()
        if error is not None and id(error) != self._uncaught and is_failure(error):
            return 1
        return self._exits.pop(step, None) or None

    def error(self) -> BaseException | None:
        """The exception that the run ends with: the one handled right now, or one that nobody caught; else None."""
        told = ((sys.exc_info()[1], self._handled), (_last_uncaught(), self._uncaught), (_printed.get("error"), 0))
        for error, earlier in told:
            if error is not None and id(error) != earlier and is_failure(error):
                return error
        return None

    def leaving(self, code: int, step: int) -> None:
        """Told that the main thread calls ``sys.exit`` with this code, while the run is at this step."""
        self._exits = {step: code}


def on_exit(told: Callable[[int], None]) -> None:
    """Have ``sys.exit`` say with which code it was called in the main thread; nothing else of the process tells."""
    leave = sys.exit

    def exit(status: Any = None, /) -> NoReturn:  # noqa: A001 - stands in its place
        if threading.current_thread() is threading.main_thread():
            told(0 if status is None else status if isinstance(status, int) else 1)
        leave(status)

    sys.exit = exit


def is_failure(error: BaseException | None) -> bool:
    """Whether an exception means that something went wrong; leaving with exit code 0 does not."""
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    return error is not None and not isinstance(error, _ENDS_WELL)


def code_of(error: BaseException | None) -> int:
    """The exit code that an exception stands for; 0 for none, and for one that is no failure."""
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return int(is_failure(error))


def _last_uncaught() -> BaseException | None:
    # Set before any excepthook is called.
    error: BaseException | None = getattr(sys, "last_value", None)
    # Notebooks set it for every failed cell, and go on.
    return None if is_notebook() else error


_printed: dict[str, Any] = {}
"""The ``frame`` whose exceptions are watched for, and the ``error`` that it printed."""


def _watch(frame: FrameType) -> None:
    """Note the exception that a child of ``multiprocessing`` prints: since Python 3.13 runs end after that."""
    if _printed.get("frame") is frame:
        return
    _printed["frame"] = frame
    # In such children alone.
    import traceback

    print_exc = traceback.print_exc

    def noted(*args: Any, **options: Any) -> None:
        if sys._getframe(1) is frame:
            _printed["error"] = sys.exc_info()[1]
        print_exc(*args, **options)

    traceback.print_exc = noted


def _bootstrap() -> FrameType | None:
    """The frame that runs a child of ``multiprocessing``, which prints an exception and tells nobody else of it."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is None or processes.parent_process() is None:
        return None
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "_bootstrap" and frame.f_globals.get("__name__") == "multiprocessing.process":
            return frame
        frame = frame.f_back
    return None
