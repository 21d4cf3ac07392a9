"""Projects with energy, made as a training leaves them: real journals, folded into a real database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackio import journal
from trackio.store import layout
from trackio.store.project import ProjectStore

BOOT = "3f1c9a52-0000-4000-8000-000000000001"
START_NS = 1_763_640_000_000_000_000
"""Wall time at second 0."""

H200: Mapping[str, Any] = {
    "id": "GPU-8c1f6a2e-0000-0000-0000-000000000000",
    "kind": "gpu",
    "name": "NVIDIA H200",
    "index": 0,
    "power_limit_mw": 700_000,
}
PACKAGE: Mapping[str, Any] = {
    "id": "cpu/package-0",
    "kind": "cpu",
    "name": "AMD EPYC 9654",
    "scope": "package",
    "counter_range_mj": 65_532_610,
}

Row = tuple[float, float | None, float | None, float | None]
"""Seconds, counter in joules, power in watts, utilization in percent; None for no reading."""


def steady(
    seconds: float, watts: float, *, start: float = 0.0, first_joules: float = 1e6, load: float = 97.0, every: int = 1
) -> list[Row]:
    """A reading each second, or ``every`` so many, of a device that draws the same all the time."""
    return [
        (start + second, first_joules + (start + second) * watts, watts, load)
        for second in range(0, round(seconds) + 1, every)
    ]


class Recorded:
    """A run of a project; ``write`` leaves it finished."""

    def __init__(self, project: ProjectStore, run: str, *, name: str | None = None, start: float = 0.0) -> None:
        self._project, self._run, self._sessions = project, run, 0
        self._start = start
        self._events: list[tuple[float, str, dict[str, Any]]] = [(start, "run", {"name": name or run})]
        self._rows: list[tuple[float, dict[str, float]]] = []

    def session(
        self,
        devices: Mapping[int, tuple[Mapping[str, Any], Sequence[Row]]]
        | Sequence[tuple[Mapping[str, Any], Sequence[Row]]],
        *,
        boot: str = BOOT,
        start: float | None = None,
        end: float | None = None,
        missing: Mapping[str, str] | None = None,
        marks: Iterable[tuple[float, str]] = (),
        is_killed: bool = False,
    ) -> Recorded:
        """What one process measured; it lasts as long as its readings unless said otherwise."""
        self._sessions += 1
        session = {"session": f"{self._run}-{self._sessions}"}
        times = sorted({row[0] for _, rows in devices for row in rows})
        first = start if start is not None else times[0] if times else self._start
        last = end if end is not None else times[-1] if times else first
        described = [dict(device) for device, _ in devices]
        begin = {**session, "boot": boot, "clock_ns": _ns(first), "devices": described, "missing": dict(missing or {})}
        self._events.append((first, "energy_begin", begin))
        named = dict(marks)
        for time in sorted({*times, *named}):
            rows = [
                [number, *_reading(row)] for number, (_, own) in enumerate(devices) for row in own if row[0] == time
            ]
            mark = {"mark": named[time]} if time in named else {}
            self._events.append((time, "energy", {**session, "clock_ns": _ns(time), "rows": rows, **mark}))
        if not is_killed:
            self._events.append((last, "energy_end", {**session, "clock_ns": _ns(last)}))
        return self

    def log(self, time: float, **values: float) -> Recorded:
        """A row of the run at a second."""
        self._rows.append((time, {name.replace("__", "/"): value for name, value in values.items()}))
        return self

    def event(self, time: float, name: str, **fields: Any) -> Recorded:
        """Something else that the run recorded at a second."""
        self._events.append((time, name, fields))
        return self

    def write(self, status: str = "finished") -> Recorded:
        """Leave the journal, and fold it."""
        created = _wall(self._start)
        frames = [journal.header(self._run, self._project.name, created, {"edited": True})]
        for time, name, fields in self._events:
            frames.append(journal.frame(journal.EVENT, journal.event(name, _wall(time), **fields)))
        shapes: dict[tuple[str, ...], journal.Schema] = {}
        for step, (time, values) in enumerate(self._rows):
            key = tuple(values)
            if key not in shapes:
                shapes[key] = journal.Schema(len(shapes), key, "d" * len(key))
                frames.append(shapes[key].declaration())
            shape = shapes[key]
            packed = shape.pack(shape.id, step, _wall(time), *map(float, values.values()))
            frames.append(journal.frame(journal.ROW, packed))
        end = max([time for time, *_ in self._events] + [time for time, _ in self._rows])
        frames.append(journal.frame(journal.EVENT, journal.event("finish", _wall(end), status=status, exit_code=0)))
        path = layout.journal(self._project.directory, self._run, "recorded")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(frames))
        self._project.fold()
        return self


def _reading(row: Row) -> list[float | int | None]:
    _, counter, power, load = row
    return [None if counter is None else round(counter * 1e3), None if power is None else round(power * 1e3), load]


def _ns(seconds: float) -> int:
    return 7_000_000_000_000 + round(seconds * 1e9)


def _wall(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)
