"""Summaries of event files, put together into rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trackio.importers.eventfiles import nanoseconds
from trackio.importers.hparams import take_hparams
from trackio.importers.imported import ImportedRun, Row, Watch
from trackio.importers.mark import Mark, exact, take_mark
from trackio.importers.summaries import EXACT_TAG, MARK_PLUGIN, Summaries
from trackio.media.base import Media
from trackio.records import Scalar


class Rows:
    """Puts the summaries of a run together into rows: those that it logged, or those of the machine."""

    def __init__(self, run: ImportedRun, watch: Watch, window_ns: int, *, of_machine: bool) -> None:
        self._run, self._window_ns, self._of_machine = run, window_ns, of_machine
        self._summaries = Summaries(lambda sentence: watch.note(f"{run.name}: {sentence}"))
        self._mark: Mark | None = None
        self._step, self._time_ns = 0, 0
        self._values: dict[str, Scalar | Media] = {}

    @property
    def has_system(self) -> bool:
        """Whether some of what was read are figures of the machine."""
        return self._mark is not None and bool(self._mark.system)

    def add(self, event: Any) -> Iterator[Row]:
        """Take in an event, and give the row before it if that is complete."""
        values: dict[str, Scalar | Media] = {}
        for one in event.summary.value:
            value = self._summaries.value(one)
            if value is not None and one.tag:
                values[one.tag] = value
            elif one.tag == EXACT_TAG:
                values.update(exact(one.metadata.plugin_data.content))
            elif one.HasField("metadata"):
                self._about(one)
        if values and (self._mark is not None or self._of_machine):
            values = self._as_marked(values)
        if not values:
            return
        step, time_ns = event.step, nanoseconds(event.wall_time)
        if (
            self._values
            and step == self._step
            and 0 <= time_ns - self._time_ns < self._window_ns
            and self._values.keys().isdisjoint(values)
        ):
            self._values.update(values)
            return
        yield from self.rest()
        self._step, self._time_ns, self._values = step, time_ns, values

    def rest(self) -> Iterator[Row]:
        """The row that was being put together."""
        if self._values:
            yield self._step, self._time_ns, self._values
            self._values = {}

    def _about(self, value: Any) -> None:
        """A summary that tells of the run and is no value."""
        plugin = value.metadata.plugin_data
        if plugin.plugin_name == MARK_PLUGIN:
            self._mark = take_mark(self._run, plugin.content)
            if self._mark is not None:
                # Our own export has one event a row.
                self._window_ns = 0
        elif plugin.plugin_name == "hparams" and self._mark is None:
            take_hparams(self._run, plugin.content)

    def _as_marked(self, values: dict[str, Scalar | Media]) -> dict[str, Scalar | Media]:
        if self._mark is None:
            return {}
        found: dict[str, Scalar | Media] = {}
        for tag, value in values.items():
            if (tag in self._mark.system) is not self._of_machine or tag in self._mark.not_logged:
                continue
            name = self._mark.system.get(tag, tag)
            found[name] = self._mark.typed(tag, value) if isinstance(value, float) else value
        return found
