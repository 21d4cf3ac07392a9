"""What of a run that was read may be changed, and written back with ``update()``, as wandb's public runs have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trackio import references
from trackio.errors import UsageError
from trackio.store import layout

if TYPE_CHECKING:
    from trackio.records import RunRecord
    from trackio.store.project import ProjectStore


class ReadSummary(dict[str, Any]):
    """A summary as a dict, also by attribute: ``run.summary.loss``."""

    @property
    def _json_dict(self) -> dict[str, Any]:
        """A plain copy, by the name that scripts which export runs of wandb use."""
        return dict(self)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"summary has no {name!r}") from None


class Editable:
    """Identity, config and summary of a run: changed here first, and recorded by ``update()``."""

    _store: ProjectStore
    _record: RunRecord

    def _take(self, record: RunRecord) -> None:
        """Begin from what is recorded."""
        self._record = record
        self._name, self._tags, self._notes = record.name, list(record.tags), record.notes
        self._config = _copy(record.config)
        self._summary = ReadSummary(_summary_of(record))

    @property
    def name(self) -> str:
        """The name, which other runs may share."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = layout.valid_name("run", name)

    @property
    def tags(self) -> list[str]:
        """The tags."""
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags):
            raise UsageError("tags are a list of words.")
        self._tags = [layout.clean(tag) for tag in tags]

    @property
    def notes(self) -> str | None:
        """Free text about the run."""
        return self._notes

    @notes.setter
    def notes(self, notes: str | None) -> None:
        self._notes = None if notes is None else layout.clean(str(notes))

    @property
    def config(self) -> dict[str, Any]:
        """The configuration."""
        return self._config

    @property
    def summary(self) -> ReadSummary:
        """The last value of every metric, overlaid with what the script set itself."""
        return self._summary

    @property
    def summary_metrics(self) -> dict[str, Any]:
        """The summary as a plain dict."""
        return dict(self._summary)

    def update(self) -> None:
        """Record what was changed of the name, the tags, the notes, the config and the summary.

        Raises UsageError for a value that JSON cannot hold, OSError where nothing can be written.
        """
        identity = {
            field: value
            for field, value, before in (
                ("name", self._name, self._record.name),
                ("tags", self._tags, list(self._record.tags)),
                ("notes", self._notes, self._record.notes),
            )
            if value != before
        }
        events: list[tuple[str, Mapping[str, Any]]] = [("run", identity)] if identity else []
        for event, now, before in (
            ("config", self._config, self._record.config),
            ("summary", self._summary, _summary_of(self._record)),
        ):
            values = {str(name): value for name, value in now.items() if name not in before or before[name] != value}
            removed = [name for name in before if name not in now]
            if values or removed:
                events.append((event, {"values": _jsonable(event, values), "remove": removed}))
        if events:
            from trackio.store.edits import edit

            edit(self._store, self._record.id, events)
        self._take(self._store.run(self._record.id))

    save = update

    def delete(self, delete_artifacts: bool = False) -> None:  # noqa: ARG002 - wandb's; artifacts outlive their runs
        """Remove the run with all that was recorded of it; there is no way back."""
        self._store.delete_run(self._record.id)


def _summary_of(record: RunRecord) -> dict[str, Any]:
    return _copy({name: references.opened(value) for name, value in record.summary.items()})


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Deep: nested values may be changed as well."""
    copy: dict[str, Any] = json.loads(json.dumps(values))
    return copy


def _jsonable(what: str, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return _copy(values)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The {what} cannot be recorded: {error}. Use numbers, texts, lists and dicts.") from None
