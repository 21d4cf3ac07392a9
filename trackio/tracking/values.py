"""What ``log()`` is given becomes names, type codes and values that a journal can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf
from typing import TYPE_CHECKING, Any

from trackio.records import Scalar
from trackio.store.layout import clean
from trackio.tracking.late import Cell, Unstorable
from trackio.tracking.plain import DEEPEST, text

if TYPE_CHECKING:
    from trackio.tracking.devices import Copies

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1

_PLAIN_CODES = {float: "d", int: "q", bool: "?"}


def flatten(metrics: Mapping[Any, Any], drop: Callable[[str, str], None]) -> dict[str, Cell]:
    """A cell by name, nested mappings joined with ``/``; None stands for no value.

    What cannot be stored is left out, and ``drop(name, reason)`` is told.
    """
    reading = _Reading(drop)
    reading.add(metrics, "", ())
    if reading.copies is not None:
        reading.copies.mark()
    return reading.found


def scalar(value: Any) -> tuple[str, Scalar]:
    """The type code and plain value of a number, bool or text of any library; raises Unstorable."""
    if isinstance(value, bool):
        return "?", value
    if isinstance(value, int):
        return _whole(int(value))
    if isinstance(value, float):
        return "d", float(value)
    if isinstance(value, str):
        # Not as an enumeration of texts would show itself.
        return "s", clean(str.__str__(value))
    if value is None:
        raise Unstorable("it is None")
    try:
        return _foreign(value)
    except Unstorable:
        raise
    except Exception as error:  # the value's own code runs here, and may raise anything
        raise Unstorable(f"{type(value).__name__} is no single number or text") from error


def fixed_code(kind: type) -> str | None:
    """The type code where the type of a value alone decides it, so that rows of such values are packed unseen."""
    if kind.__module__ != "numpy":
        return _PLAIN_CODES.get(kind)
    name = kind.__name__
    if name in ("bool", "bool_"):
        return "?"
    if name.startswith("float"):
        return "d"
    return "q" if name.startswith(("int", "uint")) else None


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


def _whole(value: int) -> tuple[str, Scalar]:
    if LOWEST <= value <= HIGHEST:
        return "q", value
    raise Unstorable("it does not fit in 64 bits")


def _foreign(value: Any) -> tuple[str, Scalar]:
    """Scalars of numpy, torch, jax and the like, told by what they can do and not by what they are."""
    item = getattr(value, "item", None)
    if item is not None:
        size = value.numel() if hasattr(value, "numel") else getattr(value, "size", 1)
        if size != 1:
            raise Unstorable(f"{type(value).__name__} holds {size} values")
        plain = item()
        if isinstance(plain, (bool, int, float, str)):
            return scalar(plain)
        if isinstance(plain, complex):
            raise Unstorable("it is complex")
    elif hasattr(value, "__index__"):
        return _whole(value.__index__())
    # Decimal, Fraction, longdouble, bfloat16; a complex number has no float.
    if not hasattr(value, "__float__"):
        raise Unstorable(f"{type(value).__name__} is no single number or text")
    number = float(value)
    if isinf(number) and value != number:
        raise Unstorable("it does not fit in a float of 64 bits")
    return "d", number
