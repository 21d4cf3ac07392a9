"""Which alerts a run raises by itself, as a script or the environment says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from trackio.errors import UsageError, nearest

EVENT = "alert_rules"
"""The event of a run that tells its rules, for whoever finds it crashed."""

_SWITCHES = ("nan", "crash")
_NUMBERS = ("silence_minutes", "gpu_memory")
_OTHER_NAMES = {"silence": "silence_minutes"}
_YES, _NO = frozenset({"", "1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What is looked for."""

    nan: bool = False
    """Metrics that become NaN or infinite."""
    silence_minutes: float | None = None
    """No row for so long."""
    gpu_memory: float | None = None
    """So much of a GPU's memory in use, of 1."""
    crash: bool = False
    """A run that ends badly."""

    def changed(self, **said: Any) -> Rules:
        """These rules with what is said of some; None leaves one as it is. Raises UsageError."""
        found: dict[str, Any] = {
            name: _number(name, value) if name in _NUMBERS else _switch(name, value)
            for name, value in said.items()
            if value is not None
        }
        return replace(self, **found)

    def fields(self) -> dict[str, Any]:
        """As the event has them."""
        return asdict(self)


def read(given: Any) -> Rules:
    """The rules of a text such as ``nan,crash,silence=10,gpu_memory=0.95``, a list or a mapping; raises UsageError."""
    if isinstance(given, Mapping):
        said = {str(name): value for name, value in given.items()}
    else:
        words = given.split(",") if isinstance(given, str) else given
        if not isinstance(words, (list, tuple, set, frozenset)) or not all(isinstance(word, str) for word in words):
            raise UsageError(f"alerts_on={given!r} is no text such as 'nan,crash,silence=10,gpu_memory=0.95'.")
        pairs = [word.partition("=") for word in words if word.strip()]
        said = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Rules().changed(**{_known(name): value for name, value in said.items()})


def _known(name: str) -> str:
    name = _OTHER_NAMES.get(name, name)
    known = [*_SWITCHES, *_NUMBERS]
    if name not in known:
        near = nearest(name, known)
        hint = f" Nearest: {near[0]}." if near else ""
        raise UsageError(f"No automatic alert is called {name!r}.{hint} There are nan, crash, silence and gpu_memory.")
    return name


def _switch(name: str, value: Any) -> bool:
    if isinstance(value, str) and value.lower() in _YES | _NO:
        return value.lower() in _YES
    if value is None or isinstance(value, (bool, int)):
        return bool(value)
    raise UsageError(f"{name}={value!r} is neither on nor off. Use True or False.")


def _number(name: str, value: Any) -> float | None:
    """Minutes above 0, or a share up to 1, also in percent; None for what switches it off."""
    if value is None or value is False or (isinstance(value, str) and value.lower() in _NO):
        return None
    try:
        number = math.nan if value is True else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if number == 0:
        return None
    if name == "gpu_memory" and 1 < number <= 100:
        number /= 100
    if not 0 < number <= (1 if name == "gpu_memory" else 1e6):
        wanted = "a share of the memory, such as 0.95" if name == "gpu_memory" else "a number of minutes, such as 10"
        raise UsageError(f"{name}={value!r} is not {wanted}.")
    return number
