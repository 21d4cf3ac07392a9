"""The URL grammar: a query string becomes a `View` and a view becomes the shortest query string that gives it back.

``site/src/grammar.js`` is the same in the browser; ``tests/cases/grammar.json`` runs through both. Nothing here fails:
what cannot be used is left out and said in a note, one short sentence each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows; one field per parameter of the grammar. The defaults are the grammar's own."""

    project: str | None = None
    metrics: tuple[str, ...] = ()
    """Names, exact or with ``*``; empty with empty ``metric_names`` means all."""
    metric_names: tuple[str, ...] = ()
    """Names taken verbatim: the repeated ``metric=``."""
    runs: tuple[str, ...] = ()
    run_names: tuple[str, ...] = ()
    group: str | None = None
    """Show the runs of this group only."""
    smoothing: float = 0.0
    """0 is off, below 1 the weight of a moving average that decays, from 1 on the points of a centred window."""
    xmin: float | None = None
    xmax: float | None = None
    ymin: float | None = None
    ymax: float | None = None
    x: str = "step"
    """``step``, ``time`` (ms since the epoch), ``relative`` (seconds of the run), ``kwh``, or a metric's name."""
    xscale: str = "linear"
    yscale: str = "linear"
    groupby: str | None = None
    """A config key or ``group``; None leaves it to the page, ``none`` is off."""
    band: str = "minmax"
    sidebar: str = "shown"
    footer: bool = True
    accordion: str = "shown"
    legend: str = "auto"
    alerts: str = "shown"
    title: str | None = None
    """None is the page's own title, ``none`` is no title."""
    theme: str = "auto"
    height: int | None = None
    refresh: float | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table in ``docs/urls.md``."""

    name: str
    values: str
    meaning: str
    aliases: tuple[str, ...] = ()


CHOICES = {
    "xscale": ("linear", "log"),
    "yscale": ("linear", "log"),
    "band": ("minmax", "std", "ci95", "none"),
    "sidebar": ("shown", "hidden", "collapsed"),
    "accordion": ("shown", "hidden"),
    "legend": ("auto", "bottom", "right", "none"),
    "alerts": ("shown", "hidden"),
    "theme": ("light", "dark", "auto"),
}
"""Parameters with a fixed set of values; the lists are also what a note offers."""

LIMITS = (80, 10_000)
"""The heights, in pixels, that a chart can take."""

PARAMETERS = (
    Parameter("project", "a name", "Opens this project; on the root page."),
    Parameter(
        "metrics",
        "names with commas between, exact or with `*`",
        "On a project's page: which charts. On a chart page: which curves share the chart.",
    ),
    Parameter("metric", "one name, verbatim; repeat it for more", "As `metrics`, for names with commas or stars."),
    Parameter("runs", "names or ids with commas between, exact or with `*`", "Which runs."),
    Parameter("run", "one name or id, verbatim; repeat it for more", "As `runs`, for names with commas or stars."),
    Parameter("group", "a name", "Only the runs of this group."),
    Parameter(
        "smoothing",
        "`0`, a weight below 1, or a number of points",
        "`0` is off, the default. From `1` on: centred moving average; of N points asked for and n there are, "
        "the window is `W = max(3, min(N, n))`: `W // 2` points either side, cut at the ends. Between 0 and 1: "
        "exponential moving average, `s = w*s + (1-w)*y` divided by `1 - w^k` after k values, so that it starts "
        "without a lag. NaN and infinities are skipped and never spread. The raw curve stays faintly visible.",
    ),
    Parameter("xmin", "a number; a date such as `2024-11-21T15:00` when `x=time`", "Left edge. Each edge works alone."),
    Parameter("xmax", "likewise", "Right edge. Curves are smoothed before they are cut."),
    Parameter("ymin", "a number", "Bottom edge."),
    Parameter("ymax", "a number", "Top edge."),
    Parameter(
        "x",
        "`step`, `time`, `relative`, `kwh`, or a metric such as `epoch`",
        "What the x-axis shows: the step, the default; the time of day (UTC, numbers in milliseconds since 1970); "
        "the seconds since the run began; the energy used since then in kWh, where it was measured; or another metric "
        "of the run. A logged metric named `kwh` goes before the measured one.",
        ("x_axis",),
    ),
    Parameter("xscale", "`linear`, `log`", "Scale of the x-axis."),
    Parameter(
        "yscale",
        "`linear`, `log`",
        "Scale of the y-axis. Values at or below zero are left out of a log axis, and counted.",
    ),
    Parameter("groupby", "a config key, `group`, or `none`", "One line a group: the mean of its runs, with a band."),
    Parameter(
        "band",
        "`minmax`, `std`, `ci95`, `none`",
        "What the band shows: smallest to largest, one standard deviation, 95 % confidence of the mean, nothing.",
    ),
    Parameter("sidebar", "`shown`, `hidden`, `collapsed`", "The panel of filters and runs."),
    Parameter("footer", "`true`, `false`", "The line under the chart."),
    Parameter("accordion", "`shown`, `hidden`", "The headings that fold groups of charts."),
    Parameter(
        "legend",
        "`auto`, `bottom`, `right`, `none`",
        "Where the names of the curves stand; `auto` puts few at the line ends.",
    ),
    Parameter("alerts", "`shown`, `hidden`", "The marks on the x-axis where runs raised alerts."),
    Parameter("title", "text, or `none`", "The title over the chart."),
    Parameter("theme", "`light`, `dark`, `auto`", "Colours; `auto` follows the reader's system.", ("__theme",)),
    Parameter("height", "pixels, 80 to 10000", "The height of the chart, not of the page."),
    Parameter(
        "refresh",
        "seconds, `0` for never",
        "Time between looks for newer data. The pages of a report are static and take no notice.",
    ),
)

_ALIASES = {alias: p.name for p in PARAMETERS for alias in p.aliases}
_NAMES = frozenset(p.name for p in PARAMETERS)
_LISTS = {"metrics": "metrics", "metric": "metric_names", "runs": "runs", "run": "run_names"}
_FALSE, _TRUE = ("false", "0", "no", "off", "hidden"), ("true", "1", "yes", "on", "shown")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?Z?")
# What mail and social sites hang onto any address, and what a static Space adds for itself: no reader asked for these.
_QUIET = re.compile(r"(?:utm_.*|__.*|fbclid|gclid|mc_cid|mc_eid|ref)")
_LARGEST = 1e300
_SPACE = " \t\n\r\f\v"
_SAFE = "-_.~*/,:"


def parse(query: str, defaults: View | None = None) -> tuple[View, list[str]]:
    """The view that a query string asks for, over the page's defaults, and a note for each thing that was ignored.

    An empty value (``xmin=``) sets a parameter back to the grammar's own default. Of one given twice the last holds.
    """
    view, plain = defaults or View(), View()
    notes: list[str] = []
    given: dict[str, list[str]] = {}
    for raw_name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True, errors="replace"):
        name = _ALIASES.get(raw_name, raw_name)
        if name in _NAMES:
            given.setdefault(name, []).append(value)
        elif not _QUIET.fullmatch(raw_name):
            _note(notes, f"There is no parameter {_short(raw_name)}; it was ignored.")
    changes: dict[str, Any] = {}
    for pair in (("metrics", "metric"), ("runs", "run")):
        if any(name in given for name in pair):
            changes.update({_LISTS[name]: () for name in pair})
    for name, values in given.items():
        if name in _LISTS:
            changes[_LISTS[name]] = _names(values, is_list=name in ("metrics", "runs"))
            continue
        if len(set(values)) > 1:
            _note(notes, f"{name} was given more than once; the last one holds.")
        text = values[-1].strip(_SPACE)
        if not text:
            changes[name] = getattr(plain, name)
            continue
        is_time = name in ("xmin", "xmax") and (given.get("x") or [view.x])[-1].strip(_SPACE) == "time"
        read = _time if is_time else _READERS[name]
        value_or_none = read(name, text, notes)
        if value_or_none is not None:
            changes[name] = value_or_none
    return _consistent(replace(view, **changes), notes), notes


def query(view: View, defaults: View | None = None) -> str:
    """The canonical query string, without ``?``: only what differs from the defaults, in the order of the grammar."""
    base = defaults or View()
    parts: list[str] = []
    for several, one in (("metrics", "metric"), ("runs", "run")):
        patterns, verbatim = getattr(view, _LISTS[several]), getattr(view, _LISTS[one])
        if (patterns, verbatim) == (getattr(base, _LISTS[several]), getattr(base, _LISTS[one])):
            continue
        if patterns:
            # A star stands for any text, so it may stand in for the comma that a list cannot hold.
            parts.append(f"{several}=" + ",".join(_quoted(p.replace(",", "*")) for p in patterns))
        parts += [f"{one}={_quoted(name)}" for name in verbatim]
        if not patterns and not verbatim:
            parts.append(f"{several}=")
    for field in fields(View):
        value = getattr(view, field.name)
        if field.name in _LISTS.values() or value == getattr(base, field.name):
            continue
        parts.append(f"{field.name}={'' if value is None else _quoted(_text(value))}")
    order = [p.name for p in PARAMETERS]
    return "&".join(sorted(parts, key=lambda part: order.index(part.partition("=")[0])))


def chosen(names: Sequence[str], patterns: Sequence[str] = (), verbatim: Sequence[str] = ()) -> list[str]:
    """Those of ``names`` that are asked for, each once, in the order asked; all of them when nothing is asked.

    A pattern that is a name itself means that name alone; otherwise its ``*`` stand for any text.
    """
    if not patterns and not verbatim:
        return list(dict.fromkeys(names))
    found: dict[str, None] = {}
    known = dict.fromkeys(names)
    for pattern in patterns:
        found.update(_matches(known, pattern))
    for name in verbatim:
        if name in known:
            found[name] = None
    return list(found)


def unmatched(names: Sequence[str], patterns: Sequence[str] = (), verbatim: Sequence[str] = ()) -> list[str]:
    """What was asked for and is no name among ``names``; a page says so in a note."""
    known = dict.fromkeys(names)
    missing = [p for p in patterns if not _matches(known, p)] + [n for n in verbatim if n not in known]
    return list(dict.fromkeys(missing))


def number_text(value: float) -> str:
    """A finite number as JavaScript writes it: the shortest digits that read back (``5``, ``0.1``, ``1e-7``)."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if 0 < point <= 21:
        body = text + "0" * (point - len(text)) if point >= len(text) else f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        body = "0." + "0" * -point + text
    else:
        body = f"{text[0]}{'.' if len(text) > 1 else ''}{text[1:]}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return "-" * sign + body


def table() -> str:
    """The Markdown table of every parameter, as ``docs/urls.md`` holds it."""
    rows = ["| parameter | values | meaning |", "|---|---|---|"]
    for p in PARAMETERS:
        # A name with underscores in front belongs to the host's page; readers need not know it.
        also = "".join(f" (`{alias}`)" for alias in p.aliases if not alias.startswith("_"))
        rows.append(f"| `{p.name}`{also} | {p.values} | {p.meaning} |")
    return "\n".join(rows)


def _names(values: Sequence[str], *, is_list: bool) -> tuple[str, ...]:
    if is_list:
        values = [part.strip(_SPACE) for value in values for part in value.split(",")]
    return tuple(dict.fromkeys(v for v in values if v))


def _matches(known: dict[str, None], pattern: str) -> dict[str, None]:
    if pattern in known or "*" not in pattern:
        return {pattern: None} if pattern in known else {}
    first, *inner, last = re.split(r"\*+", pattern)
    return {name: None for name in known if _has(name, first, inner, last)}


def _has(name: str, first: str, inner: Sequence[str], last: str) -> bool:
    """Whether a name begins and ends so, with the rest between in this order.

    By hand, as a regular expression with many stars tries every way to place them: on a long name, for years.
    """
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in inner:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _consistent(view: View, notes: list[str]) -> View:
    """Leave out limits that contradict each other or the scale."""
    changes: dict[str, Any] = {}
    for axis in ("x", "y"):
        lowest, highest = getattr(view, f"{axis}min"), getattr(view, f"{axis}max")
        if getattr(view, f"{axis}scale") == "log":
            for name, value in ((f"{axis}min", lowest), (f"{axis}max", highest)):
                if value is not None and value <= 0:
                    _note(notes, f"{name} must be above 0 on a log axis; it was ignored.")
                    changes[name] = None
        lowest, highest = changes.get(f"{axis}min", lowest), changes.get(f"{axis}max", highest)
        if lowest is not None and highest is not None and lowest >= highest:
            _note(notes, f"{axis}min is not below {axis}max; both were ignored.")
            changes.update({f"{axis}min": None, f"{axis}max": None})
    return replace(view, **changes)


def _number(text: str) -> float | None:
    # A plus sign in an address reads as a space, so `1e+5` arrives as `1e 5`.
    text = re.sub("([eE]) ", r"\1+", text)
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    # Beyond this the span between two limits could be more than a float holds.
    return value + 0.0 if abs(value) <= _LARGEST else None


def _edge(name: str, text: str, notes: list[str]) -> float | None:
    value = _number(text)
    if value is None:
        _note(notes, f"{name}={_short(text)} is no number; it was ignored.")
    return value


def _time(name: str, text: str, notes: list[str]) -> float | None:
    value = _number(text)
    match = _DATE.fullmatch(text)
    if value is None and match:
        try:
            when = datetime(*(int(part or 0) for part in match.groups()), tzinfo=timezone.utc)  # type: ignore[arg-type,misc]
        except ValueError:
            pass
        else:
            return when.timestamp() * 1000
    if value is None:
        _note(notes, f"{name}={_short(text)} is no date or number; it was ignored.")
    return value


def _smoothing(name: str, text: str, notes: list[str]) -> float | None:
    value = _number(text)
    if value is None:
        _note(notes, f"{name}={_short(text)} is no number; it was ignored.")
    elif value < 0:
        _note(notes, f"{name}={_short(text)} is below 0; it was ignored.")
        return None
    elif value > 1 and value % 1:
        _note(notes, f"{name}={_short(text)} is no whole number of points; it was rounded down.")
        value //= 1
    return value


def _height(name: str, text: str, notes: list[str]) -> int | None:
    value = _number(text.removesuffix("px"))
    if value is None:
        _note(notes, f"{name}={_short(text)} is no number; it was ignored.")
        return None
    if not LIMITS[0] <= value <= LIMITS[1]:
        _note(notes, f"{name}={_short(text)} is outside {LIMITS[0]} to {LIMITS[1]}; the nearest was taken.")
    return int(min(max(value, LIMITS[0]), LIMITS[1]))


def _refresh(name: str, text: str, notes: list[str]) -> float | None:
    value = _number(text)
    if value is None or value < 0:
        _note(notes, f"{name}={_short(text)} is no number of seconds; it was ignored.")
        return None
    return value


def _choice(name: str, text: str, notes: list[str]) -> str | None:
    if text.lower() in CHOICES[name]:
        return text.lower()
    _note(notes, f"{name}={_short(text)} is none of {', '.join(CHOICES[name])}; it was ignored.")
    return None


def _switch(name: str, text: str, notes: list[str]) -> bool | None:
    if text.lower() in _FALSE or text.lower() in _TRUE:
        return text.lower() in _TRUE
    _note(notes, f"{name}={_short(text)} is neither true nor false; it was ignored.")
    return None


def _string(name: str, text: str, notes: list[str]) -> str | None:  # noqa: ARG001 - one shape for all readers
    return text


_READERS: dict[str, Callable[[str, str, list[str]], Any]] = {
    **dict.fromkeys(("project", "group", "x", "groupby", "title"), _string),
    **dict.fromkeys(("xmin", "xmax", "ymin", "ymax"), _edge),
    **dict.fromkeys(CHOICES, _choice),
    "smoothing": _smoothing,
    "footer": _switch,
    "height": _height,
    "refresh": _refresh,
}


def _note(notes: list[str], text: str) -> None:
    if text not in notes:
        notes.append(text)


def _short(text: str) -> str:
    """The reader's own words in quotes, cut where a note would grow long."""
    text = re.sub(r"[\x00-\x1f\x7f]", " ", text)
    return f'"{text[:39]}…"' if len(text) > 40 else f'"{text}"'


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, (int, float)) else str(value)


def _quoted(text: str) -> str:
    return quote(re.sub("[\ud800-\udfff]", "\ufffd", text), safe=_SAFE)
