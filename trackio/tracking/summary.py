"""``run.summary``: what a run comes to, under what the script sets itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from trackio import references
from trackio.tracking.config import Changed
from trackio.tracking.plain import mapping, plain
from trackio.tracking.sources import values as values_of


class _Part(MutableMapping[str, Any]):
    """What the summary and the mappings within it share: access by attribute and by item."""

    def _all(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def update(self, values: Any = None, **more: Any) -> None:  # type: ignore[override]
        """Set many at once."""
        raise NotImplementedError

    def __getitem__(self, name: str) -> Any:
        found = self._all()
        if name in found:
            value = found[name]
            return Within(self, name, lambda: self._all()[name]) if isinstance(value, dict) else value
        # Nested values are logged under names joined with a slash.
        prefix = f"{name}/"
        if any(one.startswith(prefix) for one in found):
            return Group(self, prefix)
        raise KeyError(name)

    def __setitem__(self, name: Any, value: Any) -> None:
        self.update({str(name): value})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"summary has no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"summary has no {name!r}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(dict(self._all()))


class Summary(_Part):
    """What a run comes to; own assignments stay over the values that are logged."""

    def __init__(self, own: Mapping[str, Any], last_values: Callable[[], Mapping[str, Any]], changed: Changed) -> None:
        object.__setattr__(self, "_own", dict(own))
        object.__setattr__(self, "_last_values", last_values)
        object.__setattr__(self, "_changed", changed)

    def update(self, values: Any = None, **more: Any) -> None:  # type: ignore[override]
        """Set many at once."""
        given = {**values_of(values), **mapping(more)}
        if given:
            # First: a run that is over refuses it, and the summary stays as recorded.
            self._changed(given, [])
            self._own.update(given)

    def _all(self) -> dict[str, Any]:
        return {**{name: references.opened(value) for name, value in self._last_values().items()}, **self._own}

    def __delitem__(self, name: str) -> None:
        """Give up an own assignment, so that the last value shows again."""
        if name not in self._own:
            raise KeyError(name)
        self._changed({}, [name])
        del self._own[name]

    def __deepcopy__(self, _memo: Any) -> dict[str, Any]:
        return {name: plain(value) for name, value in self._all().items()}

    def __reduce__(self) -> tuple[Any, ...]:
        # Goes to another process as what it holds.
        return dict, (self._all(),)


class Within(_Part):
    """A mapping inside the summary, whose changes are recorded with the whole of it."""

    def __init__(self, around: _Part, name: str, values: Callable[[], Mapping[str, Any]]) -> None:
        object.__setattr__(self, "_around", around)
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_values", values)

    def _all(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._values()
        return found

    def update(self, values: Any = None, **more: Any) -> None:  # type: ignore[override]
        """Set many at once."""
        self._around.update({self._name: {**self._all(), **values_of(values), **mapping(more)}})

    def __delitem__(self, name: str) -> None:
        left = dict(self._all())
        del left[name]
        self._around.update({self._name: left})


class Group(_Part):
    """What was logged under names that begin alike, as ``log({"train": {"loss": 1.0}})`` leaves it."""

    def __init__(self, around: _Part, prefix: str) -> None:
        object.__setattr__(self, "_around", around)
        object.__setattr__(self, "_prefix", prefix)

    def _all(self) -> Mapping[str, Any]:
        prefix = self._prefix
        return {name[len(prefix) :]: value for name, value in self._around._all().items() if name.startswith(prefix)}

    def update(self, values: Any = None, **more: Any) -> None:  # type: ignore[override]
        """Set many at once."""
        given = {**values_of(values), **mapping(more)}
        self._around.update({self._prefix + name: value for name, value in given.items()})

    def __delitem__(self, name: str) -> None:
        del self._around[self._prefix + name]
