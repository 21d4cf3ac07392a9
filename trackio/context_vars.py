"""What is current: the run, its project, and the Space it is published to.

Each answers ``get()``, ``set(value)`` and ``reset(token)`` as a ``ContextVar`` does, so that two threads or tasks may
each have a run of their own. A context in which nothing was set, such as a thread started without a copied context,
sees what was set last in the process.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from trackio.tracking.run import Run

T = TypeVar("T")


class Shared(Generic[T]):
    """A context variable that falls back to the value set last anywhere in the process, and to None."""

    __slots__ = ("_latest", "own")

    def __init__(self, name: str) -> None:
        self.own: ContextVar[T | None] = ContextVar(name)
        """What was set in this very context."""
        self._latest: T | None = None

    def get(self, default: T | None = None) -> T | None:
        """The value of this context, else the latest one, else ``default``."""
        value = self.own.get(self._latest)
        return default if value is None else value

    def set(self, value: T | None) -> Token[T | None]:
        """Set the value here, and for every context without one of its own."""
        self._latest = value
        return self.own.set(value)

    def reset(self, token: Token[Any]) -> None:
        """Undo a ``set``."""
        self.own.reset(token)
        self._latest = self.own.get(None)


current_run: Shared[Run] = Shared("current_run")
current_project: Shared[str] = Shared("current_project")
current_space_id: Shared[str] = Shared("current_space_id")
