"""A chart made of a table: its spec is written, and the table kept beside it, after ``log()`` has returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.table import LoggedTable, Table, UnknownColumn
from trackio.media.vega import spec_reference
from trackio.plot import specs


class CustomChart(Media):
    """A chart of some columns of a table."""

    def __init__(self, table: Table, spec_name: str, fields: Mapping[str, str], strings: Mapping[str, str]) -> None:
        self.table, self.spec_name = table, spec_name
        self.fields, self.string_fields = dict(fields), dict(strings)

    def as_logged(self) -> Media:
        """The chart of the table as it stands."""
        return _LoggedChart(self, self.table.as_logged())

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the chart and its table, and return what stands in the row."""
        return self.as_logged().reference(place)

    def __repr__(self) -> str:
        return f"CustomChart({self.spec_name}, {self.fields})"


class _LoggedChart(Media):
    def __init__(self, chart: CustomChart, table: LoggedTable) -> None:
        self._spec_name, self._fields, self._strings = chart.spec_name, chart.fields, chart.string_fields
        self._table = table

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._table.nbytes

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the chart and its table, and return what stands in the row."""
        table = self._table.reference(place)
        make = specs.MAKERS.get(self._spec_name)
        if make is None:
            # Its spec lies on a server of wandb's; what it would show is here.
            return table
        values = {field: self._table.plain_column(column) for field, column in self._fields.items()}
        spec = specs.dressed(make(values, self._fields, self._strings), self._strings, len(self._table))
        return spec_reference(spec, place, table=table)


def plot_table(
    vega_spec_name: str,
    data_table: Table,
    fields: Mapping[str, Any],
    string_fields: Mapping[str, Any] | None = None,
    split_table: bool = False,  # noqa: ARG001 - wandb's; the table is kept with the chart
) -> CustomChart:
    """A chart by the name of its spec, such as ``wandb/line/v0``, with the columns that its fields stand for.

    Of a spec that is not one of wandb's own, which only a server of theirs knows, the table is shown.
    """
    if not isinstance(data_table, Table):
        raise UsageError(f"A chart is made of a Table, not of {type(data_table).__name__}.")
    if not isinstance(vega_spec_name, str):
        raise UsageError(f"vega_spec_name={vega_spec_name!r} is no name of a spec.")
    known = specs.FIELDS.get(vega_spec_name)
    used = {name: column for name, column in fields.items() if column is not None and (known is None or name in known)}
    for name in known or ():
        if name not in used and name not in specs.OPTIONAL:
            raise UsageError(f"A chart of {vega_spec_name} needs fields={{{name!r}: a column}}.")
    for column in used.values() if known else ():
        if column not in data_table.columns:
            raise UnknownColumn(str(column), [str(name) for name in data_table.columns], "the table")
    strings = {str(name): str(value) for name, value in (string_fields or {}).items() if value is not None}
    return CustomChart(data_table, vega_spec_name, used, strings)


def visualize(id: str, value: Table) -> CustomChart:  # noqa: A002 - wandb's
    """The older form of ``plot_table``, for specs that a server of wandb's knows: the table is shown."""
    return plot_table(id, value, {})
