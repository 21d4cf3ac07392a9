"""What MLflow lets metrics and parameters be called (pure)."""

from __future__ import annotations

import posixpath
import re

LONGEST = 250

_FORBIDDEN = re.compile(r"[^\w/.\- ]")


class Names:
    """Names as MLflow takes them, no two the same."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    @property
    def changed(self) -> dict[str, str]:
        """The names that could not stay as they are, by those that stand for them."""
        return {new: old for old, new in self._given.items() if new != old}

    def of(self, name: str) -> str:
        """The name for a metric or parameter; the same one each time."""
        known = self._given.get(name)
        if known is None:
            known = self._free(_allowed(name))
            self._given[name] = known
            self._taken.add(known)
        return known

    def _free(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self._taken:
            count += 1
            ending = f"_{count}"
            name = wanted[: LONGEST - len(ending)] + ending
        return name


def _allowed(name: str) -> str:
    # Metrics may be files, so names are paths that stay where they are.
    parts = [part for part in _FORBIDDEN.sub("_", name).split("/") if part not in ("", ".", "..")]
    return posixpath.normpath("/".join(parts))[:LONGEST].rstrip("/") if parts else "_"
