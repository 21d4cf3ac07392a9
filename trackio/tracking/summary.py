"""``run.summary``: the last value of every metric, under what the script sets itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from trackio.tracking.config import Changed
from trackio.tracking.plain import mapping, plain


class Summary(MutableMapping[str, Any]):
    """What a run comes to; own assignments stay over the values that are logged."""

    def __init__(self, own: Mapping[str, Any], last_values: Callable[[], Mapping[str, Any]], changed: Changed) -> None:
        object.__setattr__(self, "_own", dict(own))
        object.__setattr__(self, "_last_values", last_values)
        object.__setattr__(self, "_changed", changed)

    def update(self, values: Any = None, **more: Any) -> None:  # type: ignore[override]
        """Set many at once."""
        given = {**mapping(values), **mapping(more)}
        if given:
            self._own.update(given)
            self._changed(given, [])

    def _all(self) -> dict[str, Any]:
        return {**self._last_values(), **self._own}

    def __getitem__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        return self._last_values()[name]

    def __setitem__(self, name: Any, value: Any) -> None:
        self.update({str(name): plain(value)})

    def __delitem__(self, name: str) -> None:
        """Give up an own assignment, so that the last value shows again."""
        del self._own[name]
        self._changed({}, [name])

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"summary has no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())
