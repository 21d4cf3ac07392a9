"""The bars of what runs used as files: the same picture in Vega-Lite, SVG and PNG, and all the numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import altair as alt

from trackio import charts
from trackio.energy import units
from trackio.energy.records import KINDS
from trackio.energy.statement import JOULES_PER_KWH, RunEnergy
from trackio.grammar import number_text
from trackio.palette import THEMES
from trackio.report import words
from trackio.report.energy.bars import NAMES, TITLE, Entry, by_kind, hues, total
from trackio.report.exports import PNG_SCALE
from trackio.report.gather import Project, Run

IN_FILES = 40
"""So many runs have bars in pictures."""

OPACITY = {"gpu": 1.0, "cpu": 0.55, "dram": 0.3, "soc": 1.0}
"""How strong a run's colour is in the parts of its bar; ``site/energy.css`` says the same."""

LETTERS = 34
"""Longer names of runs are cut."""

WIDTH, BAR = 520, 20
"""The plot's width, and the height for each bar, in pixels."""


def files(project: Project, found: Sequence[tuple[Run, RunEnergy]], *, is_transparent: bool) -> dict[str, bytes]:
    """The bars as ``svg``, ``png``, ``vl.json``, and all runs as ``csv``."""
    import vl_convert

    spec = chart(project, by_kind(found)).to_dict()
    svg = charts.svg(spec)
    png = charts.png(spec, scale=PNG_SCALE, transparent=True) if is_transparent else None
    return {
        "svg": svg.encode(),
        "png": png or bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE)),
        "csv": _csv(found),
        "vl.json": json.dumps(spec, ensure_ascii=True, separators=(",", ":")).encode() + b"\n",
    }


def chart(project: Project, entries: Sequence[Entry]) -> alt.LayerChart:
    """The bars in Vega-Lite, those of the most at the top."""
    shown = entries[:IN_FILES]
    unit = units.energy_unit(total(entry) for entry in shown)
    colors, own = THEMES["light"], hues(project)
    names = _names([run for run, _ in shown])
    rows = [
        {"run": name, "kind": NAMES[part.kind], "energy": part.joules / units.JOULES[unit], "order": place}
        for name, (_, parts) in zip(names, shown, strict=True)
        for place, part in enumerate(parts)
    ]
    sums = [
        {"run": name, "energy": total(entry) / units.JOULES[unit], "text": units.in_unit(total(entry), unit)}
        for name, entry in zip(names, shown, strict=True)
    ]
    kinds = [kind for kind in KINDS if any(part.kind == kind for _, parts in shown for part in parts)]
    y = alt.Y("run:N", sort=names, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=260, labelPadding=8))
    x = alt.X("energy:Q", title=unit, axis=alt.Axis(grid=True, domain=False, tickCount=5, titleAnchor="end"))
    painted = alt.Scale(domain=names, range=[colors.color(own[run.record.id]) for run, _ in shown])
    legend = None
    if len(kinds) > 1:
        legend = alt.Legend(orient="bottom", title=None, symbolFillColor=colors.foreground, symbolStrokeWidth=0)
    strengths = alt.Scale(
        type="ordinal", domain=[NAMES[kind] for kind in kinds], range=[OPACITY[kind] for kind in kinds]
    )
    strength = alt.Opacity("kind:N", scale=strengths, legend=legend)
    base = alt.Chart(alt.InlineData(values=rows)).mark_bar(height={"band": 0.62})
    bars = base.encode(x, y, color=alt.Color("run:N", scale=painted, legend=None), opacity=strength, order="order:Q")
    text = alt.Chart(alt.InlineData(values=sums)).mark_text(align="left", dx=5, color=colors.muted)
    texts = text.encode(alt.X("energy:Q"), y, text="text:N")
    more = f", the {len(shown)} that used most" if len(shown) < len(entries) else ""
    subtitle = f"{project.name}: {words.count(len(entries), 'run')}{more}"
    title = alt.TitleParams(text=TITLE, subtitle=charts.cut(subtitle, WIDTH // 6))
    drawn = alt.layer(bars, texts).properties(width=WIDTH, height=max(2, len(shown)) * BAR, title=title)
    result: alt.LayerChart = drawn.configure(**charts.config(colors))
    return result


def _csv(found: Sequence[tuple[Run, RunEnergy]]) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(["run", "run_id", "group", "joules", "kwh", *(f"{kind}_joules" for kind in KINDS), "seconds", "coverage"])
    for run, energy in found:
        account = energy.account
        own = [energy.by_kind[kind].joules if kind in energy.by_kind else None for kind in KINDS]
        kwh = None if account.joules is None else account.joules / JOULES_PER_KWH
        record = run.record
        texts = [text.replace("\0", "\ufffd") for text in (record.name, record.id, record.group or "")]
        numbers = [account.joules, kwh, *own, energy.seconds, account.coverage if account.joules is not None else None]
        write([*texts, *("" if value is None else number_text(value) for value in numbers)])
    return out.getvalue().encode("utf-8", "replace")


def _names(runs: Sequence[Run]) -> list[str]:
    """Names, told apart where two are the same."""
    found: list[str] = []
    for run in runs:
        name = charts.cut(run.record.name, LETTERS)
        number, unique = 2, name
        while unique in found:
            number, unique = number + 1, f"{name} ({number})"
        found.append(unique)
    return found
