"""Axes: domains, ticks and their labels; the same as ``site/src/scales.js``.

Pictures, specs and the live view all take their ticks from here, so that none of them moves when another takes over.
Linear ticks are d3's; time is UTC.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise

import numpy as np

from trackio.grammar import View
from trackio.lines import KWH, Line
from trackio.series import Floats

PADDING = 0.04
"""The share of the range that stays free above and below the lines."""

MINUS = "\N{MINUS SIGN}"

_UNITS = (("MWh", 1000.0, 10_000.0), ("kWh", 1.0, 0.9995), ("Wh", 1e-3, 0.0009995))
"""Units of energy: names, their kWh, and from how many kWh on each is used."""

MINUTE, HOUR, DAY = 60, 3600, 86400
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(k * MINUTE for k in (1, 2, 5, 10, 15, 30)),
    *(k * HOUR for k in (1, 2, 3, 6, 12)),
    *(k * DAY for k in (1, 2, 7)),
)
_MONTHS = (1, 3, 6)
_PREFIXES = ("", "k", "M", "G", "T", "P")
# A float has at most 767 significant digits.
_EXACT = Context(prec=800)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LARGEST = 4e307
# Steps of less have no power of ten to divide by.
_SMALLEST = 1e-300
# JavaScript's dates and Python's both reach this far, in milliseconds.
_FIRST_TIME, _LAST_TIME = -62135596800000.0, 253402300799999.0


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a chart: what it spans and where its ticks and labels stand."""

    scale: str
    """``linear``, ``log``, and those drawn linearly: ``time`` (ms since the epoch), ``relative`` (seconds), ``kwh``."""
    domain: tuple[float, float]
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    title: str

    def place(self, values: Floats) -> Floats:
        """Where values lie from 0, the start of the domain, to 1, its end; outside it below 0 or above 1."""
        low, high = self.domain
        if self.scale != "log":
            return (values - low) / (high - low)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((np.log10(values) - math.log10(low)) / (math.log10(high) - math.log10(low)))

    def value(self, place: float) -> float:
        """The value at a place: the inverse of `place`."""
        low, high = self.domain
        if self.scale != "log":
            return low + place * (high - low)
        start, stop = math.log10(low), math.log10(high)
        return float(10 ** (start + place * (stop - start)))


def x_axis(lines: Sequence[Line], view: View, count: int = 6, axis: str | None = None) -> Axis:
    """The x-axis of these lines with about ``count`` ticks; ``axis`` is what `axis_of` found, if not the view's."""
    axis = axis or view.x
    low, high = _extent(line.x[line.first : line.last] for line in lines)
    kind = "log" if view.xscale == "log" else axis if axis in ("time", "relative", KWH) else "linear"
    domain = _limited(low, high, view.xmin, view.xmax, kind=kind, padding=0.0)
    unit = energy_unit(domain)[0] if kind == KWH else "kWh"
    title = {"time": "time (UTC)", "relative": "time since start", KWH: f"energy ({unit})"}.get(axis, axis)
    return _axis(kind, domain, count, title)


def y_axis(lines: Sequence[Line], view: View, count: int = 5, title: str = "") -> Axis:
    """The y-axis: room for every line, band and raw curve inside the window, and a little more."""
    arrays = []
    for line in lines:
        inside = slice(line.first, line.last)
        arrays += [a[inside] for a in (line.y, line.lo, line.hi, line.raw) if a is not None]
    low, high = _extent(arrays)
    kind = "log" if view.yscale == "log" else "linear"
    return _axis(kind, _limited(low, high, view.ymin, view.ymax, kind=kind, padding=PADDING), count, title)


def domain(low: float, high: float, *, scale: str = "linear", padding: float = PADDING) -> tuple[float, float]:
    """A domain with room around ``low`` to ``high``; never empty, and not below zero for values that never are.

    NaN for both means that there is nothing to show.
    """
    if math.isnan(low) or math.isnan(high):
        return (1.0, 10.0) if scale == "log" else (0.0, 1.0)
    if scale == "log":
        start, stop = math.log10(low), math.log10(high)
        if stop - start < 1e-9:
            return 10 ** max(start - 0.5, -323.0), 10 ** min(stop + 0.5, 308.0)
        room = (stop - start) * padding
        return 10 ** max(start - room, -323.0) if room else low, 10 ** min(stop + room, 308.0) if room else high
    span, size = high - low, max(abs(low), abs(high))
    # Means of equal values differ in their last digits; such a curve is constant.
    if span <= size * 1e-12:
        room = size * 0.1 or 1.0
        return low - room, high + room
    room = span * padding
    start = 0.0 if 0 <= low < room else low - room
    stop = 0.0 if -room < high <= 0 else high + room
    return start, stop


def ticks(start: float, stop: float, count: int) -> list[float]:
    """About ``count`` round values from start to stop: 1, 2 or 5 times powers of ten, as in d3-array."""
    if not stop - start > _SMALLEST or count < 1:
        return [start] if start == stop else []
    first, last, step = _tick_spec(start, stop, count)
    return [k / -step if step < 0 else k * step for k in range(first, last + 1)]


def log_ticks(start: float, stop: float, count: int) -> list[float]:
    """Powers of ten, every second, third, ... of many; of less than two decades 1, 2, 5 or 1, 3, else linear."""
    low, high = math.log10(start), math.log10(stop)
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    powers = last - first + 1
    if powers >= 3:
        every = math.ceil(powers / max(count, 1))
        return [_power(1, k) for k in range(math.ceil(first / every) * every, last + 1, every)]
    for digits in ((1, 2, 5), (1, 3)):
        found = [_power(digit, k) for k in range(math.floor(low), last + 1) for digit in digits]
        found = [value for value in found if start <= value <= stop]
        if 3 <= len(found) <= count:
            return found
    return [_power(1, k) for k in range(first, last + 1)] if powers == 2 else ticks(start, stop, count)


def duration_ticks(start: float, stop: float, count: int) -> list[float]:
    """About ``count`` round durations, in seconds, from start to stop."""
    step = (stop - start) / max(count, 1)
    if step < 1:
        return ticks(start, stop, count)
    if step > 7 * DAY:
        return [value * DAY for value in ticks(start / DAY, stop / DAY, count)]
    size = _nearest(step, _STEPS)
    return [float(k * size) for k in range(math.ceil(start / size), math.floor(stop / size) + 1)]


def time_ticks(start: float, stop: float, count: int) -> list[float]:
    """About ``count`` round times (UTC), in milliseconds since the epoch, from start to stop."""
    step = (stop - start) / max(count, 1) / 1000
    if step < 1 or start < _FIRST_TIME or stop > _LAST_TIME:
        return ticks(start, stop, count)
    if step > 300 * DAY:
        years = ticks(_date(start).year, _date(stop).year + 1, count)
        found = [_month(int(year), 0) for year in years if year == int(year) and 1 <= year <= 9999]
    elif step > 15 * DAY:
        every = _nearest(step / (30 * DAY), _MONTHS)
        first, last = _date(start), _date(stop)
        months = range(first.year * 12, last.year * 12 + 12, every)
        found = [_month(month // 12, month % 12) for month in months]
    else:
        size = _nearest(step, _STEPS) * 1000
        # Weeks begin on Monday, and the epoch was a Thursday.
        shift = 4 * DAY * 1000 if size == 7 * DAY * 1000 else 0
        found = [
            float(k * size + shift)
            for k in range(math.ceil((start - shift) / size), math.floor((stop - shift) / size) + 1)
        ]
    return [value for value in found if start <= value <= stop]


def energy_ticks(start: float, stop: float, count: int) -> list[float]:
    """About ``count`` amounts from start to stop, in kWh, that are round in the unit which fits."""
    unit = energy_unit((start, stop))[1]
    return [value * unit for value in ticks(start / unit, stop / unit, count)]


def energy_unit(values: Sequence[float]) -> tuple[str, float]:
    """The unit that fits the largest of these amounts in kWh, and how many kWh it is."""
    size = max((abs(value) for value in values), default=0.0)
    return next(((name, unit) for name, unit, least in _UNITS if size >= least), ("mWh", 1e-6))


def labels(values: Sequence[float]) -> list[str]:
    """Labels for linear ticks: the digits that tell them apart, ``k`` to ``P`` from 1000 on, else powers of ten."""
    size = max((abs(value) for value in values), default=0.0)
    if size == 0:
        return ["0" for _ in values]
    step = min((b - a for a, b in pairwise(values)), default=0.0) or size
    if size >= 1e18 or size < 1e-3:
        exponent = math.floor(math.log10(size) + 1e-12)
        digits = _decimals(step / _power(1, exponent))
        return [f"{fixed(value / _power(1, exponent), digits)}e{exponent}" if value else "0" for value in values]
    return [_prefixed(value, step) for value in values]


def log_labels(values: Sequence[float]) -> list[str]:
    """Labels for ticks on a log axis, each with the digits that it needs itself."""
    if all(value == float(f"{value:.0e}") for value in values):
        return [labels([value])[0] for value in values]
    return labels(values)


def fixed(value: float, digits: int, *, trim: bool = False) -> str:
    """The number with so many decimals, halves away from zero, behind a real minus sign; ``trim`` drops idle zeros."""
    text = f"{Decimal(abs(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT):f}"
    text = _trimmed(text) if trim else text
    return MINUS + text if value < 0 and text.strip("0.") else text


def number_label(value: float) -> str:
    """One number for a tooltip or a table: five significant digits, far from one with a power of ten."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if size and (size >= 1e15 or size < 1e-4):
        exact = Decimal(size)
        exponent = exact.adjusted()
        mantissa = exact.scaleb(-exponent).quantize(Decimal("1.0000"), ROUND_HALF_UP, _EXACT)
        if mantissa >= 10:
            mantissa, exponent = mantissa / 10, exponent + 1
        return f"{MINUS if value < 0 else ''}{_trimmed(f'{mantissa:f}')}e{exponent}"
    if size >= 1e5:
        whole = f"{math.floor(size + 0.5):,}"
        return MINUS + whole if value < 0 else whole
    digits = 4 if size == 0 else max(0, 4 - math.floor(math.log10(size)))
    return fixed(value, min(digits, 15), trim=True)


def duration_label(seconds: float) -> str:
    """A duration in at most two units: ``90 s`` is ``1m 30s``."""
    sign, rest = (MINUS if seconds < 0 else ""), abs(seconds)
    if rest < MINUTE:
        return f"{sign}{fixed(rest, 3, trim=True)}s" if rest else "0"
    whole = math.floor(rest + 0.5)
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s"))
    place = next(k for k, (size, _) in enumerate(units) if whole >= size)
    size, name = units[place]
    text = f"{whole // size:,}{name}"
    if place + 1 < len(units):
        smaller, small_name = units[place + 1]
        part = whole % size // smaller
        text += f" {part}{small_name}" if part else ""
    return sign + text


def duration_labels(values: Sequence[float]) -> list[str]:
    """Labels for ticks in durations."""
    return [duration_label(value) for value in values]


def energy_labels(values: Sequence[float], span: Sequence[float]) -> list[str]:
    """Labels for ticks in kWh, in the unit which fits ``span``; the axis names it."""
    unit = energy_unit(span)[1]
    return labels([value / unit for value in values])


def energy_label(kwh: float) -> str:
    """One amount for a tooltip, such as ``312.4 Wh``."""
    name, unit = energy_unit([kwh])
    return f"{number_label(kwh / unit)} {name}" if kwh else "0"


def time_labels(values: Sequence[float]) -> list[str]:
    """Labels for ticks in time (UTC): the day where it begins, else the hour, and seconds where they matter."""
    if any(not _FIRST_TIME <= value <= _LAST_TIME for value in values):
        return labels(values)
    step = min((b - a for a, b in pairwise(values)), default=DAY * 1000.0)
    result, day = [], None
    for value in values:
        when = _date(value)
        name = f"{_MONTH_NAMES[when.month - 1]} {when.day}"
        if step >= 28 * DAY * 1000:
            label = str(when.year) if when.month == 1 else _MONTH_NAMES[when.month - 1]
            if day is None and when.month > 1:
                label += f" {when.year}"
        elif value % (DAY * 1000) == 0:
            label = name
        else:
            exact = "milliseconds" if step < 1000 else "seconds" if step < MINUTE * 1000 else "minutes"
            label = when.time().isoformat(timespec=exact)
            # The first label says the day, and so does the first of each day.
            if day != name:
                label = f"{name} {label}"
        day = name
        result.append(label)
    return result


def time_label(milliseconds: float) -> str:
    """One time (UTC) for a tooltip, to the second."""
    if not _FIRST_TIME <= milliseconds <= _LAST_TIME:
        return number_label(milliseconds)
    return _date(milliseconds).isoformat(sep=" ", timespec="seconds")[:19]


def x_label(axis: Axis, value: float) -> str:
    """One x for a tooltip."""
    if axis.scale == "time":
        return time_label(value)
    if axis.scale == KWH:
        return energy_label(value)
    return duration_label(value) if axis.scale == "relative" else number_label(value)


def _axis(kind: str, span: tuple[float, float], count: int, title: str) -> Axis:
    marks, names = {
        "linear": (ticks, labels),
        "log": (log_ticks, log_labels),
        "time": (time_ticks, time_labels),
        "relative": (duration_ticks, duration_labels),
        KWH: (energy_ticks, lambda values: energy_labels(values, span)),
    }[kind]
    values = marks(*span, count)
    return Axis(kind, span, tuple(values), tuple(names(values)), title)


def _extent(arrays: Iterable[Floats]) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for array in arrays:
        finite = array[np.isfinite(array)]
        if len(finite):
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    # A quarter of what a float can hold leaves the difference of both ends within it.
    low, high = (min(max(end, -_LARGEST), _LARGEST) for end in ((low, high) if low <= high else (math.nan, math.nan)))
    return low, high


def _limited(
    low: float, high: float, least: float | None, most: float | None, *, kind: str, padding: float
) -> tuple[float, float]:
    """The domain of the data, with the ends that the reader set in place of its own."""
    low, high = low if least is None else least, high if most is None else most
    if math.isnan(low) or math.isnan(high):
        low = high if math.isnan(low) else low
        high = low
    if low > high:
        # The reader's one limit lies beyond all data; the other end follows it.
        low, high = (low, low) if least is not None else (high, high)
    start, stop = domain(low, high, scale="log" if kind == "log" else "linear", padding=padding)
    return start if least is None else least, stop if most is None else most


def _tick_spec(start: float, stop: float, count: float) -> tuple[int, int, float]:
    """The first and last multiple and the step; a negative step is the inverse of one, which divides more exactly."""
    step = (stop - start) / max(0.0, count)
    power = math.floor(math.log10(step))
    error = step / 10.0**power
    factor = 10 if error >= math.sqrt(50) else 5 if error >= math.sqrt(10) else 2 if error >= math.sqrt(2) else 1
    if power < 0:
        increment = 10.0**-power / factor
        first, last = _round(start * increment), _round(stop * increment)
        first += first / increment < start
        last -= last / increment > stop
        increment = -increment
    else:
        increment = 10.0**power * factor
        first, last = _round(start / increment), _round(stop / increment)
        first += first * increment < start
        last -= last * increment > stop
    if last < first and 0.5 <= count < 2:
        return _tick_spec(start, stop, count * 2)
    return first, last, increment


def _round(value: float) -> int:
    """Halves go up, as in JavaScript."""
    return math.floor(value + 0.5)


def _nearest(value: float, sizes: Sequence[int]) -> int:
    """The size whose ratio to the value is nearest to one."""
    place = min(bisect_left(sizes, value), len(sizes) - 1)
    if place and value / sizes[place - 1] < sizes[place] / value:
        place -= 1
    return sizes[place]


def _power(digit: int, exponent: int) -> float:
    """Read from text: a product would be off in the last digit."""
    return float(f"{digit}e{exponent}")


def _decimals(step: float) -> int:
    return min(max(0, -math.floor(math.log10(step) + 1e-9)), 15)


def _prefixed(value: float, step: float) -> str:
    if not value:
        return "0"
    power = max(0, min(5, math.floor((math.log10(abs(value)) + 1e-12) / 3)))
    unit = 1000.0**power
    return fixed(value / unit, _decimals(step / unit), trim=power > 0) + _PREFIXES[power]


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(milliseconds: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=math.floor(milliseconds))


def _month(year: int, month: int) -> float:
    return (datetime(year, month + 1, 1, tzinfo=timezone.utc) - _EPOCH).total_seconds() * 1000
