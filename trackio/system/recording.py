"""What one process measures for one run, as the events that ``store/energy.py`` takes."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from dataclasses import asdict
from math import isfinite
from typing import Any, Protocol

from trackio.energy.records import Device, Kind
from trackio.system.boot import boot_id
from trackio.system.meter import KINDS, Meter, Moment, Part

LATE_SECONDS = 5.0
"""Readings further apart are noted: between them, power says nothing of what was used."""

UNANSWERED = "its driver had not answered when the run ended"
THREADLESS = "the thread that reads it could not be started, or has broken down"


class Record(Protocol):
    """Appends an event to the journal of a run; False when the run is over."""

    def __call__(self, event: str, /, **fields: Any) -> bool:
        """The fields must be what JSON can hold."""


class Recording:
    """One session of a run: begun once, sampled any number of times, ended once.

    The sampler's thread begins it and brings readings; whoever ends the run ends it, from any thread.
    """

    def __init__(self, parts: Collection[Part], record: Record, start: Moment) -> None:
        self.parts = tuple(part for part in KINDS if part in parts)
        self._record, self._start = record, start
        self._base = {"session": os.urandom(8).hex()}
        self._devices: list[tuple[Part, int, Device]] = []
        self._told: set[tuple[int, str]] = set()
        self._last_ns = 0
        self._early: list[tuple[Moment, str]] = []
        # Reentrant: a signal handler may end the run at any moment.
        self._lock = threading.RLock()
        self._is_begun = self._is_ended = False

    @property
    def has_devices(self) -> bool:
        """Whether there is anything to read."""
        return bool(self._devices)

    def begin(self, meter: Meter) -> None:
        """Look for the sensors, and say what is measured, from the start of the run on, and why the rest is not."""
        readers = {part: meter.reader(part) for part in self.parts}
        found = [
            (part, place, device) for part, reader in readers.items() for place, device in enumerate(reader.devices)
        ]
        notes = {(part, place, note) for part in self.parts for place, note in meter.notes(part)}
        missing = {kind: why for reader in readers.values() for kind, why in reader.missing.items()}
        described = []
        for part, place, device in found:
            here = [note for own, number, note in sorted(notes) if (own, number) == (part, place)]
            described.append({**asdict(device), "notes": list(dict.fromkeys([*device.notes, *here]))})
        with self._lock:
            if self._begins():
                self._devices = found
                self._told = {(place, note) for place, one in enumerate(described) for note in one["notes"]}
                self._tell_begin(described, missing)

    def sample(self, moment: Moment, mark: str | None = None) -> None:
        """Record readings, and under what name the script knows the moment; nothing when nothing was read.

        A moment that is named before the session could begin is recorded when it does.
        """
        with self._lock:
            if self._is_begun and not self._is_ended:
                self._sample(moment, mark)
            elif not self._is_begun and mark is not None:
                self._early.append((moment, mark))

    def _sample(self, moment: Moment, mark: str | None) -> None:
        rows = [
            [place, counter, power, _short(load)]
            for place, (part, number, _) in enumerate(self._devices)
            for counter, power, load in moment.readings.get(part, ())[number : number + 1]
            if counter is not None or power is not None
        ]
        if not rows and mark is None:
            return
        if rows and self._last_ns and moment.clock_ns - self._last_ns > LATE_SECONDS * 1e9:
            for place in range(len(self._devices)):
                self._note(place, "late")
        self._last_ns = moment.clock_ns if rows else self._last_ns
        named = {} if mark is None else {"mark": mark}
        self._record("energy", time_ns=moment.time_ns, **self._base, clock_ns=moment.clock_ns, rows=rows, **named)

    def note(self, meter: Meter) -> None:
        """Record what has come up about the devices."""
        for place, (part, number, _) in enumerate(self._devices):
            for at, note in meter.notes(part):
                if at == number:
                    self._note(place, note)

    def end(self, moment: Moment, unread: str = UNANSWERED) -> None:
        """Record the last readings and the end; also of a session that never began, and ``unread`` says why."""
        with self._lock:
            if self._begins():
                self._tell_begin([], {kind: unread for part in self.parts for kind in KINDS[part]})
        self.sample(moment)
        with self._lock:
            was_ended, self._is_ended = self._is_ended, True
        if not was_ended:
            self._record("energy_end", time_ns=moment.time_ns, **self._base, clock_ns=moment.clock_ns)

    def _begins(self) -> bool:
        with self._lock:
            was_begun, self._is_begun = self._is_begun, True
        return not was_begun

    def _tell_begin(self, devices: list[dict[str, Any]], missing: dict[Kind, str]) -> None:
        off: dict[Kind, str] = {
            kind: f"switched off with auto_log_{part}=False"
            for part, kinds in KINDS.items()
            for kind in kinds
            if part not in self.parts
        }
        start = {"time_ns": self._start.time_ns, "clock_ns": self._start.clock_ns}
        self._record("energy_begin", **self._base, **start, boot=boot_id(), devices=devices, missing={**missing, **off})
        for moment, mark in self._early:
            self._sample(moment, mark)

    def _note(self, place: int, note: str) -> None:
        if (place, note) not in self._told:
            self._told.add((place, note))
            self._record("energy_note", **self._base, device=place, note=note)


def _short(load: float | None) -> float | None:
    """A number with as few digits as it needs."""
    if load is None or not isfinite(load):
        return None
    return int(load) if load == int(load) else load
