"""``run.config``: the settings of a run, by attribute and by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from trackio.tracking.plain import mapping, plain

Changed = Callable[[dict[str, Any], list[str]], None]
"""Told what was set, and which names were removed."""


class Config(MutableMapping[str, Any]):
    """A mapping of settings whose changes are recorded at once, also after the first ``log()``."""

    def __init__(self, values: Mapping[str, Any], changed: Changed) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_changed", changed)

    def update(  # type: ignore[override]
        self,
        values: Any = None,
        allow_val_change: bool | None = None,  # noqa: ARG002 - wandb's; here a value may always change
        **more: Any,
    ) -> None:
        """Set many at once, from a mapping, a Namespace or pairs."""
        given = dict(values) if isinstance(values, (list, tuple)) else values
        self._set({**mapping(given), **mapping(more)})

    def setdefaults(self, values: Any) -> None:
        """Set what is not set yet."""
        self._set({name: value for name, value in mapping(values).items() if name not in self._values})

    def as_dict(self) -> dict[str, Any]:
        """A copy as a plain dict."""
        return dict(self._values)

    def _set(self, values: dict[str, Any]) -> None:
        if values:
            self._values.update(values)
            self._changed(values, [])

    def __getitem__(self, name: Any) -> Any:
        return self._values[str(name)]

    def __setitem__(self, name: Any, value: Any) -> None:
        self._set({str(name): plain(value)})

    def __delitem__(self, name: Any) -> None:
        del self._values[str(name)]
        self._changed({}, [str(name)])

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(f"config has no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"config has no {name!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return str(name) in self._values

    def __repr__(self) -> str:
        return repr(self._values)
