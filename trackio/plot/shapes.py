"""Charts of the columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trackio.errors import UsageError
from trackio.media.table import Table
from trackio.plot.chart import CustomChart, plot_table


def line(  # noqa: PLR0917 - as in wandb
    table: Table, x: str, y: str, stroke: str | None = None, title: str = "", split_table: bool = False
) -> CustomChart:
    """Lines of column ``y`` over column ``x``, one for each value of column ``stroke``."""
    return plot_table("wandb/line/v0", table, {"x": x, "y": y, "stroke": stroke}, {"title": title}, split_table)


def scatter(table: Table, x: str, y: str, title: str = "", split_table: bool = False) -> CustomChart:
    """A point for each row."""
    return plot_table("wandb/scatter/v0", table, {"x": x, "y": y}, {"title": title}, split_table)


def bar(table: Table, label: str, value: str, title: str = "", split_table: bool = False) -> CustomChart:
    """A bar for each row."""
    return plot_table("wandb/bar/v0", table, {"label": label, "value": value}, {"title": title}, split_table)


def histogram(table: Table, value: str, title: str = "", split_table: bool = False) -> CustomChart:
    """How often values of a column occur."""
    return plot_table("wandb/histogram/v0", table, {"value": value}, {"title": title}, split_table)


def line_series(  # noqa: PLR0917 - as in wandb
    xs: Iterable[Any],
    ys: Iterable[Iterable[Any]],
    keys: Iterable[str] | None = None,
    title: str = "",
    xname: str = "x",
    split_table: bool = False,
) -> CustomChart:
    """A line for each of ``ys``, over ``xs`` or the one of several ``xs`` at its place; ``keys`` are their names."""
    lines = [_values(line) for line in ys]
    given = list(xs)
    is_shared = not given or isinstance(given[0], (str, bytes)) or not hasattr(given[0], "__iter__")
    places = [_values(given)] * len(lines) if is_shared else [_values(one) for one in given]
    if len(places) != len(lines):
        raise UsageError(f"{len(places)} series of x go with as many of y, not with {len(lines)}.")
    names = [f"line_{number}" for number in range(len(lines))] if keys is None else list(keys)
    if len(names) != len(lines):
        raise UsageError(f"{len(names)} keys go with as many lines, not with {len(lines)}.")
    rows = [
        [x, name, y]
        for name, one, line in zip(names, places, lines, strict=True)
        # A line ends where its x or its y does.
        for x, y in zip(one, line, strict=False)
    ]
    table = Table(columns=["step", "lineKey", "lineVal"], data=rows)
    fields = {name: name for name in ("step", "lineKey", "lineVal")}
    return plot_table("wandb/lineseries/v0", table, fields, {"title": title, "xname": xname}, split_table)


def _values(given: Iterable[Any]) -> Sequence[Any]:
    found = given.tolist() if hasattr(given, "tolist") else list(given)
    return [value.item() if hasattr(value, "item") else value for value in found]
