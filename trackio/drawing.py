"""From a project and the parameters of the URL grammar to an Altair chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from trackio import charts, flags, grammar, lines
from trackio.errors import UnknownMetric, UnknownRun, UsageError
from trackio.grammar import View
from trackio.lines import KWH, TIMES
from trackio.records import RunRecord, RunSeries

if TYPE_CHECKING:
    import altair as alt

    from trackio.store.project import ProjectStore

_LISTS = {"metrics": ("metrics", "metric"), "runs": ("runs", "run")}


def draw(
    store: ProjectStore,
    metrics: str | Sequence[str],
    parameters: Mapping[str, Any],
    *,
    theme: str = "light",
    subtitle: str | None = None,
) -> alt.LayerChart:
    """The chart; see ``Project.chart``. Raises for what a page would leave out with a note."""
    if theme not in ("light", "dark"):
        raise UsageError(f"theme={theme!r} is neither 'light' nor 'dark'.")
    view = view_of(metrics, parameters)
    store.catch_up()
    records = store.runs()
    found = gathered(store, records, view)
    notes = lines.notes(found, view)
    if notes:
        raise UsageError(" ".join(notes))
    drawn = lines.lines(found, view, groups=lines.groups_of(records))
    title = view.title or ", ".join(dict.fromkeys(one.metric for one in found))
    axis = lines.axis_of(lines.selected(found, view), view)
    return charts.chart(
        drawn,
        view,
        title=title,
        subtitle=subtitle,
        theme="dark" if theme == "dark" else "light",
        axis=axis,
        alerts=flags.placed(_raised(store, found), found, axis) if view.alerts == "shown" else (),
    )


def view_of(metrics: str | Sequence[str], parameters: Mapping[str, Any]) -> View:
    """The view that keyword arguments ask for, by way of the one reading of the grammar.

    Lists and single names may hold commas; a ``*`` stands for any text. Raises UsageError for each thing that the
    grammar would ignore.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in {**parameters, "metrics": metrics}.items():
        if value is None:
            continue
        if name in _LISTS:
            pattern, verbatim = _LISTS[name]
            pairs += [(pattern if "*" in item else verbatim, item) for item in _names(name, value)]
        elif isinstance(value, datetime):
            pairs.append((name, grammar.number_text(value.timestamp() * 1000)))
        else:
            pairs.append((name, grammar.number_text(value) if _is_number(value) else str(value)))
    view, notes = grammar.parse(urlencode(pairs, errors="replace"))
    if notes:
        raise UsageError(" ".join(notes).replace("; it was ignored", ""))
    return view


def gathered(store: ProjectStore, records: Sequence[RunRecord], view: View) -> list[RunSeries]:
    """The series that the view asks for, each with that of its x-axis; raises for what nobody logged."""
    by_run = store.metrics_by_run()
    names = list(dict.fromkeys(metric.name for record in records for metric in by_run.get(record.id, ())))
    for missing in grammar.unmatched(names, view.metrics, view.metric_names):
        raise UnknownMetric(missing, names, f"project {store.name!r}")
    keys = [key for record in records for key in (record.id, record.name)]
    for missing in grammar.unmatched(keys, view.runs, view.run_names):
        raise UnknownRun(missing, keys, f"project {store.name!r}")
    wanted = grammar.chosen(names, view.metrics, view.metric_names)
    axes = [] if view.x in TIMES else [view.x]
    shown = set(grammar.chosen(keys, view.runs, view.run_names))
    found: list[RunSeries] = []
    for record in records:
        if not shown.isdisjoint((record.id, record.name)):
            series = store.series(record.id, [*wanted, *axes])
            found += [
                RunSeries.of(record, name, series[name], series.get(view.x) if axes else None)
                for name in wanted
                if name in series and len(series[name])
            ]
    return _over_energy(store, found) if view.x == KWH and KWH not in names else found


def _over_energy(store: ProjectStore, found: Sequence[RunSeries]) -> list[RunSeries]:
    """The series with what their runs had used as x-axis."""
    from trackio.consumption import run_energy
    from trackio.energy.axis import along

    energies = {run: run_energy(store, run) for run in dict.fromkeys(one.run_id for one in found)}
    return [along(one, None if (own := energies[one.run_id]) is None else own.curve) for one in found]


def _raised(store: ProjectStore, found: Sequence[RunSeries]) -> list[flags.Alert]:
    """The alerts of the runs on the chart."""
    raised = store.raised()
    runs = {one.run_id: one.created_ns for one in found if one.run_id in raised}
    return [flags.marked(one, created) for run, created in runs.items() for one in raised[run].newest]


def _names(name: str, value: object) -> list[str]:
    given: Iterable[object] = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    items = list(given)
    names = [item for item in items if isinstance(item, str)]
    if len(names) < len(items):
        raise UsageError(f"{name}={value!r} is neither a name nor a list of names.")
    return names


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")
