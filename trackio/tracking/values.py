"""What ``log()`` is given becomes names, type codes and values that a journal can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trackio.store.layout import clean
from trackio.tracking.late import Cell, Unstorable
from trackio.tracking.plain import DEEPEST, text
from trackio.tracking.scalars import scalar

if TYPE_CHECKING:
    from trackio.tracking.devices import Copies


def flatten(metrics: Mapping[Any, Any], drop: Callable[[str, str], None]) -> dict[str, Cell]:
    """A cell by name, nested mappings joined with ``/``; None stands for no value.

    What cannot be stored is left out, and ``drop(name, reason)`` is told.
    """
    reading = _Reading(drop)
    reading.add(metrics, "", ())
    if reading.copies is not None:
        reading.copies.mark()
    return reading.found


class _Reading:
    """What one call of ``log()`` was given, cell by cell."""

    __slots__ = ("_drop", "copies", "found")

    def __init__(self, drop: Callable[[str, str], None]) -> None:
        self.found: dict[str, Cell] = {}
        self.copies: Copies | None = None
        """What devices were asked for; None while there was no reason to look."""
        self._drop = drop

    def add(self, metrics: Mapping[Any, Any], prefix: str, around: tuple[int, ...]) -> None:
        """Take in a mapping; ``around`` has those that it lies in."""
        for key, value in metrics.items():
            name = clean(prefix + (key if isinstance(key, str) else text(key)))
            if isinstance(value, Mapping):
                if id(value) in around or len(around) >= DEEPEST:
                    self._drop(name, "it holds itself" if id(value) in around else "it is nested too deep")
                else:
                    self.add(value, f"{name}/", (*around, id(value)))
            elif value is None:
                continue
            elif not name:
                self._drop(name, "its name is empty")
            else:
                try:
                    self.found[name] = self._cell(value, name)
                except Unstorable as reason:
                    self._drop(name, str(reason))

    def _cell(self, value: Any, name: str) -> Cell:
        if isinstance(value, (float, int, str)):
            return scalar(value)
        # Loaded when something else than numbers and texts is logged.
        from trackio.tracking.contents import content
        from trackio.tracking.devices import Copies

        if self.copies is None:
            self.copies = Copies()
        try:
            return content(value, name, self.copies, self._drop)
        except Unstorable:
            raise
        except Exception as error:  # the value's own code runs here, and may raise anything
            raise Unstorable(f"{type(value).__name__} cannot be read ({type(error).__name__}: {error})") from error
