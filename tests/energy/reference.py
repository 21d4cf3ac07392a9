"""The method once more, slowly: rule by rule, in exact fractions over whole seconds, to hold the fast one against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from trackio.energy import Sample, Session

SECOND = 10**9
LATE = 5


@dataclass
class Piece:
    """Joules that spread evenly over some seconds."""

    start: int
    end: int
    joules: Fraction
    method: str
    is_covered: bool
    is_idle: bool
    beside: Fraction | None = None
    """By power, where a counter's joules are."""


@dataclass
class Answer:
    joules: Fraction | None = None
    covered: int = 0
    seconds: int = 0
    by_device: dict[str, Fraction] = field(default_factory=dict)
    by_method: dict[str, Fraction] = field(default_factory=dict)
    idle_joules: Fraction = Fraction(0)
    idle_seconds: int = 0
    is_lower_bound: bool = False
    resets: int = 0
    implausible: int = 0
    ambiguous: int = 0
    sides: tuple[Fraction, Fraction] | None = None
    until: list[Fraction] = field(default_factory=list)
    """What was used before each second."""


@dataclass
class Row:
    time: int
    counter: int | None = None
    power: int | None = None
    load: float | None = None


@dataclass
class Interval:
    """What happened between two counters."""

    start: int
    end: int
    resets: int = 0
    implausible: int = 0
    ambiguous: int = 0


def answer(
    samples: Sequence[Sample],
    sessions: Sequence[Session],
    *,
    max_gap: float,
    window: tuple[int, int] | None = None,
    limits: Mapping[str, int] | None = None,
    ranges: Mapping[str, int] | None = None,
) -> Answer:
    """The account of samples whose times, as those of sessions and window, are whole seconds."""
    found = Answer()
    last = max([one.time_ns for one in samples] + [one.end_ns for one in sessions], default=0) // SECOND
    seconds = [second for second in range(last + 1) if _counts(second, sessions, window)]
    used = dict.fromkeys(range(last + 1), Fraction(0))
    for device in sorted({one.device for one in samples}):
        own = _Device(
            _rows([one for one in samples if one.device == device]),
            max_gap,
            (limits or {}).get(device),
            (ranges or {}).get(device),
        )
        pieces = list(own.pieces())
        found.seconds += len(seconds)
        for second in seconds:
            for piece in pieces:
                if piece.start <= second < piece.end:
                    share = piece.joules / (piece.end - piece.start)
                    used[second] += share
                    _add(found, device, piece, share)
        for interval in own.intervals:
            if any(interval.start <= second < interval.end for second in seconds):
                found.resets += interval.resets
                found.implausible += interval.implausible
                found.ambiguous += interval.ambiguous
    found.until = [sum((used[k] for k in range(second)), Fraction(0)) for second in range(last + 2)]
    return found


def _counts(second: int, sessions: Sequence[Session], window: tuple[int, int] | None) -> bool:
    start, end = second * SECOND, (second + 1) * SECOND
    if window is not None and not (window[0] <= start and end <= window[1]):
        return False
    return any(one.start_ns <= start and end <= one.end_ns for one in sessions)


def _add(found: Answer, device: str, piece: Piece, share: Fraction) -> None:
    found.joules = (found.joules or Fraction(0)) + share
    found.by_device[device] = found.by_device.get(device, Fraction(0)) + share
    found.by_method[piece.method] = found.by_method.get(piece.method, Fraction(0)) + share
    found.covered += piece.is_covered
    found.is_lower_bound |= not piece.is_covered
    if piece.is_idle:
        found.idle_joules += share
        found.idle_seconds += 1
    if piece.beside is not None and piece.is_covered:
        counter, power = found.sides or (Fraction(0), Fraction(0))
        found.sides = (counter + share, power + piece.beside / (piece.end - piece.start))


def _rows(samples: Sequence[Sample]) -> list[Row]:
    rows: dict[int, Row] = {}
    for one in samples:
        row = rows.setdefault(one.time_ns // SECOND, Row(one.time_ns // SECOND))
        for name, value in (
            ("counter", one.counter_mj),
            ("power", one.power_mw),
            ("load", one.utilization_percent),
        ):
            known = [old for old in (getattr(row, name), value) if old is not None]
            setattr(row, name, max(known, default=None))
    return [rows[time] for time in sorted(rows)]


class _Device:
    def __init__(self, rows: list[Row], max_gap: float, limit: int | None, counter_range: int | None) -> None:
        self.rows, self.max_gap, self.limit, self.range = rows, max_gap, limit, counter_range
        self.intervals: list[Interval] = []

    def pieces(self) -> Iterator[Piece]:
        counted = self._in_order([row for row in self.rows if row.counter is not None])
        if not counted:
            yield from self._by_power(self.rows, "power")
            return
        yield from self._by_power([row for row in self.rows if row.time <= counted[0].time], "power")
        for before, after in pairwise(counted):
            yield from self._between(before, after)
        yield from self._by_power([row for row in self.rows if row.time >= counted[-1].time], "power")

    def _between(self, before: Row, after: Row) -> Iterator[Piece]:
        assert before.counter is not None
        assert after.counter is not None
        inside = [row for row in self.rows if before.time <= row.time <= after.time]
        seconds = after.time - before.time
        interval = Interval(before.time, after.time)
        self.intervals.append(interval)
        used = self._delta(before.counter, after.counter)
        is_idle = after.load is not None and after.load < 5
        beside = self._throughout(inside)
        if used is None:
            interval.resets = 1
            if beside is not None:
                yield from self._by_power(inside, "reset")
                return
            used = after.counter
        elif self.limit and self.range and used + self.range <= self._most(seconds):
            interval.ambiguous = 1
        if self._is_too_much(used, seconds):
            interval.implausible = 1
            yield from self._by_power(inside, "reset" if interval.resets else "power")
        elif interval.resets:
            yield Piece(before.time, after.time, Fraction(used, 1000), "reset", False, False)
        else:
            sure = not interval.ambiguous
            joules = Fraction(used, 1000)
            yield Piece(before.time, after.time, joules, "counter", sure, is_idle and sure, beside)

    def _delta(self, before: int, after: int) -> int | None:
        """None for a reset."""
        if after >= before:
            return after - before
        if self.range and after - before + self.range >= 0:
            return after - before + self.range
        return None

    def _by_power(self, rows: list[Row], method: str) -> Iterator[Piece]:
        powered = [row for row in rows if row.power is not None]
        for before, after in pairwise(powered):
            if after.time - before.time <= self.max_gap:
                assert before.power is not None
                assert after.power is not None
                joules = Fraction(before.power + after.power, 2000) * (after.time - before.time)
                is_idle = after.load is not None and after.load < 5
                yield Piece(before.time, after.time, joules, method, True, is_idle)

    def _throughout(self, rows: list[Row]) -> Fraction | None:
        """By power from the first row to the last; None where it is not known all the way."""
        if rows[0].power is None or rows[-1].power is None:
            return None
        pieces = list(self._by_power(rows, "power"))
        if sum(piece.end - piece.start for piece in pieces) < rows[-1].time - rows[0].time:
            return None
        return sum((piece.joules for piece in pieces), Fraction(0))

    def _most(self, seconds: int) -> Fraction:
        return Fraction(3, 2) * (self.limit or 0) * seconds

    def _is_too_much(self, used: int, seconds: int) -> bool:
        return bool(self.limit) and used > self._most(max(seconds, 1))

    def _in_order(self, counted: list[Row]) -> list[Row]:
        """Without the counters that another process overtook."""
        kept: list[Row] = []
        highest = -1
        for place, row in enumerate(counted):
            assert row.counter is not None
            if place and self._is_restart(counted[place - 1], row):
                highest = -1
            if row.counter >= highest:
                kept.append(row)
            highest = max(highest, row.counter)
        return kept

    def _is_restart(self, before: Row, after: Row) -> bool:
        assert before.counter is not None
        assert after.counter is not None
        fall, seconds = before.counter - after.counter, after.time - before.time
        if fall <= 0:
            return False
        if self.limit:
            used = self._delta(before.counter, after.counter)
            can_be = not self._is_too_much(after.counter if used is None else used, seconds)
            return can_be or fall > self._most(LATE)
        if self.range:
            return 2 * fall >= self.range or seconds > LATE
        return True
