"""The summary of a report as Markdown, for a page of a job, a comment, or a file beside the report (pure).

It never has more than the bytes it is given: what does not fit is left out from the end, and a line says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass

from trackio.cards import escapes
from trackio.cards.results import number, table
from trackio.ci import sparks
from trackio.ci.facts import SHOWN, Amount, Drawing, Facts, Row
from trackio.ci.judging import Verdict
from trackio.ci.places import Address, Place
from trackio.energy import units
from trackio.numerals import rounded
from trackio.times import duration

LIMIT_BYTES = 1 << 20
"""What GitHub takes for one step; more fails the step's whole summary."""
COMMENT_CHARS = 65_536
"""What GitHub takes for a comment."""
_ROOM = 1024
"""Kept free below a limit, for what others append."""
IMAGE_WIDTH = 400
_NO_RUNS = (
    "## No runs yet\n\nNo run has logged anything yet; `trackio.log(...)` starts it. Where the runs lie in another "
    "folder than this job looked in, name it with `TRACKIO_DIR`, or with `home` in the action.\n"
)

Picture = Callable[[Drawing], str]
"""Where the picture of a drawing lies in the report."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """How much of each project is shown."""

    rows: int
    drawings: int
    rules: int = 1 << 30

    def left_out(self, found: Sequence[Facts]) -> str:
        """What is missing, in a sentence; empty where nothing is."""
        counts = (
            (sum(max(0, len(one.rows) - self.rows) for one in found), "metric"),
            (sum(max(0, len(one.drawings) - self.drawings) for one in found), "chart"),
            (sum(max(0, len(one.verdicts) - self.rules) for one in found), "rule"),
        )
        told = [f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
        return f"{' and '.join(told)} left out, as there is no room for more here; the report has all." if told else ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A project's summary in pieces, each written once."""

    facts: Facts
    lead: tuple[str, ...]
    rows: tuple[str, ...]
    """Of the tables; those after the first `SHOWN` have no trend."""
    rules: tuple[str, ...]
    drawings: tuple[str, ...]
    energy: str

    def blocks(self, cut: _Cut) -> list[str]:
        """As much of it as is wanted."""
        shown, more = self.rows[: min(SHOWN, cut.rows)], self.rows[SHOWN : cut.rows]
        blocks = [*self.lead]
        blocks += ["\n".join([*_head(self.facts, has_trend=True), *shown])] if shown else []
        blocks += ["\n".join([*_RULES_HEAD, *self.rules[: cut.rules]])] if self.rules[: cut.rules] else []
        blocks += [escapes.prose(note) for note in self.facts.notes]
        blocks += [self.energy, *filter(None, self.drawings[: cut.drawings])]
        if more:
            inner = "\n".join([*_head(self.facts, has_trend=False), *more])
            blocks.append(f"<details><summary>{len(more):,} more metrics</summary>\n\n{inner}\n\n</details>")
        return blocks


def markdown(found: Sequence[Facts], place: Place, picture: Picture, *, limit: int = LIMIT_BYTES) -> str:
    """The summary in at most ``limit`` bytes of UTF-8; of several projects one after the other.

    Empty where not even the heading fits.
    """
    limit -= min(_ROOM, limit // 8)
    if not found:
        return _NO_RUNS if len(_NO_RUNS) <= limit else ""
    parts = [_parts(one, place, picture) for one in found]

    def whole(cut: _Cut) -> str:
        blocks = [block for one in parts for block in one.blocks(cut)]
        blocks += [f"<sub>{told}</sub>"] if (told := cut.left_out(found)) else []
        blocks += [_job(place)] if place.job is not None else []
        return "\n\n".join(blocks) + "\n"

    def fits(make: Callable[[int], _Cut]) -> Callable[[int], bool]:
        return lambda count: len(whole(make(count)).encode()) <= limit

    rows, drawings, rules = (max(map(len, some), default=0) for some in _lengths(found))
    # Pictures go first, then metrics, and rules last of all.
    steps: tuple[tuple[Callable[[int], _Cut], int], ...] = (
        (lambda count: _Cut(rows, count, rules), drawings),
        (lambda count: _Cut(count, 0, rules), rows),
        (lambda count: _Cut(0, 0, count), rules),
    )
    for make, most in steps:
        kept = _most(fits(make), most)
        if kept is not None:
            return whole(make(kept))
    return ""


def _lengths(found: Sequence[Facts]) -> tuple[list[Sized], list[Sized], list[Sized]]:
    return [one.rows for one in found], [one.drawings for one in found], [one.verdicts for one in found]


def _parts(one: Facts, place: Place, picture: Picture) -> _Parts:
    return _Parts(
        one,
        (
            f"## {escapes.link(escapes.name(one.project), place.page(one.page))}",
            *(f"**There is nothing to compare with.** {escapes.prose(reason)}" for reason in one.missing),
            _lead(one, place),
        ),
        tuple(_line(one, row, place.page, has_trend=count < SHOWN) for count, row in enumerate(one.rows)),
        tuple(map(_rule, one.verdicts)),
        tuple(_drawing(drawing, place, picture) for drawing in one.drawings),
        _energy(one),
    )


def _job(place: Place) -> str:
    return f"{escapes.link(escapes.prose(place.job_words), place.job)} have the report, to be opened from disk."


def _most(fits: Callable[[int], bool], high: int) -> int | None:
    """The greatest number up to ``high`` that fits; None where not even 0 does."""
    if not fits(0):
        return None
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _lead(one: Facts, place: Place) -> str:
    run = escapes.link(escapes.name(one.run), place.page(one.run_page))
    told = f"Run {run}: {one.status}, {duration(one.seconds)}."
    if one.more:
        told += f" With {one.more:,} more run{'' if one.more == 1 else 's'}, of which last values and energy are means."
    if one.baseline:
        shown = ", ".join(map(escapes.name, one.baseline[:3]))
        shown += f" and {len(one.baseline) - 3:,} more" if len(one.baseline) > 3 else ""
        kind = "the mean of " if len(one.baseline) > 1 else ""
        told += f" Compared with {kind}{shown}."
    if one.others:
        told += f" The report has {one.others:,} other run{'' if one.others == 1 else 's'}."
    return told


def _head(one: Facts, *, has_trend: bool) -> list[str]:
    head = ["Metric", "This run", "Baseline", "Change", ""] if one.baseline else ["Metric", "Last", "Best"]
    return table([*head, *(["Trend"] if has_trend else [])], [])


def _line(one: Facts, row: Row, page: Address, *, has_trend: bool) -> str:
    if one.baseline:
        cells = [_metric(row, page), number(row.value), _baseline(row), _change(row), row.word]
    else:
        cells = [_metric(row, page), number(row.value), "" if row.best is None else number(row.best)]
    return f"| {' | '.join([*cells, *([row.trend] if has_trend else [])])} |"


def _metric(row: Row, page: Address) -> str:
    return escapes.link(escapes.name(row.metric), page(row.page))


def _baseline(row: Row) -> str:
    if row.baseline is None:
        return ""
    return number(row.baseline) + (f" ± {rounded(row.spread, 2)}" if row.spread is not None else "")


def _change(row: Row) -> str:
    if row.change is None or row.baseline is None:
        return ""
    return _signed(row.change, row.baseline)


def _signed(change: float, before: float, words: Callable[[float], str] = lambda size: rounded(size, 3)) -> str:
    """A change with its share of what was before; ``words`` writes its size."""
    if change == 0:
        return "0"
    share = change / abs(before) * 100 if before else math.inf
    percent = f" ({_sign(share)}{rounded(abs(share), 2)} %)" if math.isfinite(share) and abs(share) < 1e6 else ""
    return f"{_sign(change)}{words(abs(change))}{percent}"


def _sign(value: float) -> str:
    return "+" if value > 0 else "\N{MINUS SIGN}"


_RULES_HEAD = table(["", "Rule", ""], [], left=3)


def _rule(one: Verdict) -> str:
    word = "held" if one.passed else f"**{'failed' if one.tier == 'fail' else 'warned'}**"
    return f"| {word} | {_code(one.rule)} | {escapes.prose(one.reason or one.hint or '')} |"


def _code(rule: str) -> str:
    line = escapes.clean(rule)
    return escapes.prose(line) if set(line) & set("`|\\") else f"`{line}`"


def _energy(one: Facts) -> str:
    if one.kwh.value is None:
        return f"Energy: not known. {escapes.prose(one.kwh.reason)}".rstrip()
    told = f"Energy: {units.energy(one.kwh.value * 3.6e6)}{_beside(one.kwh, lambda kwh: units.energy(kwh * 3.6e6))}"
    if one.co2e_kg.value is not None:
        told += f", {units.carbon(one.co2e_kg.value * 1000)} CO2e"
    return f"{told}."


def _beside(amount: Amount, words: Callable[[float], str]) -> str:
    if amount.baseline is None or amount.value is None:
        return ""
    change = _signed(amount.value - amount.baseline, amount.baseline, words)
    return f" (baseline {words(amount.baseline)}, change {change})"


def _drawing(one: Drawing, place: Place, picture: Picture) -> str:
    source, page = place.image(picture(one)), place.page(one.page)
    if source is not None:
        target, href = escapes.address(source), escapes.address(page)
        image = f'<img src="{target}" alt="{escapes.prose(one.metric)}" width="{IMAGE_WIDTH}">'
        return image if href is None else f'<a href="{href}">{image}</a>'
    lines = sparks.mermaid(one.metric, one.run, one.baseline)
    if not lines:
        return ""
    words = "blue: this run, grey: the baseline" if one.baseline is not None else "this run"
    return "\n".join(
        [*lines, "", f"<sub>{escapes.prose(one.metric)}, {words}; {sparks.POINTS} points in between.</sub>"]
    )
