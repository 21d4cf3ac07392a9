"""``run.config``: the settings of a run, by attribute and by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from trackio.tracking.faults import Faults
from trackio.tracking.plain import mapping, plain
from trackio.tracking.sources import values as values_of

Changed = Callable[[dict[str, Any], list[str]], None]
"""Told what was set, and which names were removed."""


class Config(MutableMapping[str, Any]):
    """A mapping of settings whose changes are recorded at once, also after the first ``log()``."""

    def __init__(self, values: Mapping[str, Any], changed: Changed, faults: Faults | None = None) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_changed", changed)
        object.__setattr__(self, "_faults", faults or Faults())
        object.__setattr__(self, "_locked", {})

    def update(  # type: ignore[override]
        self,
        values: Any = None,
        allow_val_change: bool | None = None,  # noqa: ARG002 - wandb's; here a value may always change
        **more: Any,
    ) -> None:
        """Set many at once, from a mapping, a Namespace, pairs, or the path of a YAML or JSON file."""
        self._set({**values_of(values, self._faults), **mapping(more)})

    def setdefaults(self, values: Any) -> None:
        """Set what is not set yet."""
        given = values_of(values, self._faults)
        self._set({name: value for name, value in given.items() if name not in self._values})

    def update_locked(self, values: Any, user: str | None = None, _allow_val_change: bool | None = None) -> None:
        """Set many, which then stay: later changes to them have no effect, and say so. Sweeps set theirs so."""
        given = values_of(values, self._faults)
        for name in given:
            self._locked.pop(name, None)
        self._set(given)
        self._locked.update(dict.fromkeys(given, user or "the sweep"))

    merge_locked = update_locked

    def as_dict(self) -> dict[str, Any]:
        """A copy as a plain dict."""
        return dict(self._values)

    def persist(self) -> None:
        """Record everything anew: for what was changed inside a list or dict of it."""
        self._values.update({name: plain(value) for name, value in self._values.items()})
        if self._values:
            self._changed(dict(self._values), [])

    def _set(self, values: dict[str, Any]) -> None:
        for name in [name for name in values if name in self._locked]:
            if values.pop(name) != self._values.get(name):
                self._faults.warn(
                    f"locked {name}", f"config: {name!r} is set by {self._locked[name]} and stays as it is."
                )
        if values:
            # First: a run that is over refuses it, and the config stays as recorded.
            self._changed(values, [])
            self._values.update(values)

    def __getitem__(self, name: Any) -> Any:
        return self._values[str(name)]

    def __setitem__(self, name: Any, value: Any) -> None:
        self._set({str(name): plain(value)})

    def __delitem__(self, name: Any) -> None:
        if str(name) not in self._values:
            raise KeyError(name)
        self._changed({}, [str(name)])
        del self._values[str(name)]

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

    def __deepcopy__(self, _memo: Any) -> dict[str, Any]:
        return {name: plain(value) for name, value in self._values.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        # Goes to another process as what it holds.
        return dict, (dict(self._values),)

    def __repr__(self) -> str:
        return repr(self._values)


class ConfigStatic(Mapping[str, Any]):
    """``run.config_static``: the config as it is, to be read only."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(f"config has no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("run.config_static is only read; change run.config.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self._values))
