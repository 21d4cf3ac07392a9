"""Whether a run ends inside an exception."""

from __future__ import annotations

import sys

_ENDS_WELL = (StopIteration, StopAsyncIteration, GeneratorExit)


class Failures:
    """Remembers the exceptions that were about when a run began; only later ones are its own."""

    def __init__(self) -> None:
        self._handled = id(sys.exc_info()[1])
        self._uncaught = id(_last_uncaught())

    def is_handling(self) -> bool:
        """An exception that came after the run began is being handled right now, as in ``finally: run.finish()``."""
        error = sys.exc_info()[1]
        return error is not None and id(error) != self._handled and is_failure(error)

    def was_uncaught(self) -> bool:
        """The interpreter ends because of an exception that nobody caught."""
        error = _last_uncaught()
        return error is not None and id(error) != self._uncaught and is_failure(error)


def is_failure(error: BaseException | None) -> bool:
    """Whether an exception means that something went wrong; leaving with exit code 0 does not."""
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    return error is not None and not isinstance(error, _ENDS_WELL)


def _last_uncaught() -> BaseException | None:
    # Set before any excepthook is called; `last_value` until Python 3.12.
    error: BaseException | None = getattr(sys, "last_value", None)
    # Notebooks set it for every failed cell, and go on.
    return None if "IPython" in sys.modules and hasattr(sys, "ps1") else error
