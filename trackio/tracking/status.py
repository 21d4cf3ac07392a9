"""How a run goes, or how it ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

_BAD = frozenset({"failed", "failure", "error", "crashed", "killed", "aborted", "cancelled", "canceled", "stopped"})
"""What other trackers call a run that did not end well."""


class RunStatus(str):
    """``running``, or how a run ended; called, as wandb has it, it tells how much is still on its way elsewhere."""

    __slots__ = ()

    def __call__(self) -> Any:
        """How much has yet to be sent: nothing."""
        return SimpleNamespace(sync_items_total=0, sync_items_pending=0, sync_time=None)


def exit_code(given: Any) -> int:
    """The exit code that ``finish`` was given, a number or a word such as ``failed``; 1 for what is neither."""
    if isinstance(given, str) and not given.strip().isdecimal():
        return int(given.strip().lower() in _BAD)
    try:
        return int(given)
    except (TypeError, ValueError, OverflowError):
        return 1
