"""The table of training results: a metric a row for one run, a run a row for several (pure)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from trackio.cards import escapes
from trackio.cards.contents import Card, CardRun, Result, Value
from trackio.energy import units
from trackio.numerals import short

MOST_ROWS = 20
"""So many runs stand in the table; the report has them all."""


def results(card: Card) -> list[str]:
    """Lines of Markdown; none without runs, or for one run without metrics."""
    if not card.runs:
        return []
    if len(card.runs) == 1:
        return _of_one(card.runs[0])
    return _of_several(card)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Cells that are escaped already; the first ``left`` columns are text, the others numbers."""
    rule = ["---" if place < left else "---:" for place in range(len(head))]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def number(value: float) -> str:
    """A value of a metric in six significant figures; what is no number in words."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return short(value)


def _of_one(run: CardRun) -> list[str]:
    if not run.results:
        return []
    rows = [[escapes.name(one.metric), _value(one.last), _value(one.best, _side(one))] for one in run.results]
    return table(["Metric", "Last", "Best"], rows)


def _of_several(card: Card) -> list[str]:
    metrics = list(dict.fromkeys(one.metric for run in card.runs for one in run.results))
    sides = {one.metric: _side(one) for run in card.runs for one in run.results}
    shown = card.runs[:MOST_ROWS]
    joules = {run.run_id: run.account.joules for run in card.energy.runs}
    unit = units.energy_unit([*joules.values(), card.energy.account.joules])
    head = ["Run"]
    for metric in metrics:
        head += [f"{escapes.name(metric)} last", f"{escapes.name(metric)} {sides[metric]}"]
    rows = [_row(run, metrics, joules, unit) for run in shown]
    lines = table([*head, "Energy"], rows)
    if len(shown) < len(card.runs):
        all_of_them = escapes.link("All of them", card.report_url) if card.report_url else "All of them"
        lines += ["", f"{len(shown)} of {len(card.runs):,} runs. {all_of_them} count in the energy below."]
    return lines


def _row(run: CardRun, metrics: Sequence[str], joules: Mapping[str, float | None], unit: units.EnergyUnit) -> list[str]:
    known = {one.metric: one for one in run.results}
    cells = [escapes.link(escapes.name(run.name), run.url) + ("" if run.status == "finished" else f" ({_status(run)})")]
    for metric in metrics:
        one = known.get(metric)
        cells += ["", ""] if one is None else [_value(one.last), _value(one.best)]
    return [*cells, units.energy(joules.get(run.id), unit=unit)]


def _status(run: CardRun) -> str:
    return escapes.prose(run.status)


def _side(one: Result) -> str:
    return "highest" if one.is_better_high else "lowest"


def _value(found: Value | None, word: str = "") -> str:
    if found is None:
        return ""
    told = [word] if word else []
    told += [] if found.step is None else [f"step {found.step:,}"]
    return number(found.value) + (f" ({', '.join(told)})" if told else "")
