"""Tables made of tables, and tables with a purpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from trackio.errors import UsageError
from trackio.media import cells
from trackio.media.base import Media, Place
from trackio.media.table import Table

if TYPE_CHECKING:
    import pandas as pd


class EvalTable(Table):
    """A table whose columns are inputs, outputs or scores; kept and shown as any other."""

    def __init__(  # noqa: PLR0917 - as in wandb
        self,
        columns: Iterable[str | int] | None = None,
        data: Any = None,
        rows: Iterable[Iterable[Any]] | None = None,
        dataframe: pd.DataFrame | None = None,
        dtype: Any = None,
        optional: bool | list[bool] = True,
        allow_mixed_types: bool = False,
        log_mode: str | None = "IMMUTABLE",
        *,
        input_columns: list[str] | None = None,
        output_columns: list[str] | None = None,
        score_columns: list[str] | None = None,
        backend: str | None = None,  # noqa: ARG002 - wandb's; there is one place here
        unsupported_media_mode: str = "stub",  # noqa: ARG002 - wandb's; all media are kept here
    ) -> None:
        roles = [*(input_columns or []), *(output_columns or []), *(score_columns or [])]
        if columns is None and dataframe is None and roles:
            columns = roles
        super().__init__(columns, data, rows, dataframe, dtype, optional, allow_mixed_types, log_mode)


class PartitionedTable(Media):
    """Tables of an artifact, in one folder of it; no row of a run can hold it, as in wandb."""

    def __init__(self, parts_path: str) -> None:
        self.parts_path = parts_path

    def reference(self, place: Place) -> dict[str, Any]:
        """Raises UsageError."""
        raise UsageError(f"{place.name}: a PartitionedTable belongs into an artifact; log its parts as Tables.")


class JoinedTable(Media):
    """Two tables and the column, or the pair of columns, by which their rows belong together."""

    def __init__(self, table1: Any, table2: Any, join_key: str | list[str]) -> None:
        if not isinstance(table1, Table) or not isinstance(table2, Table):
            raise UsageError("JoinedTable takes two Tables.")
        keys = [join_key, join_key] if isinstance(join_key, str) else list(join_key)
        if len(keys) != 2:
            raise UsageError("join_key is the name of a column, or a list of two.")
        for table, key in zip((table1, table2), keys, strict=True):
            table.get_column(key)
        self._tables: tuple[Table, Table] = (table1, table2)
        self._keys = keys

    def as_logged(self) -> Media:
        """The joined table as it stands."""
        left, right = self._tables
        one, two = left.columns.index(self._keys[0]), right.columns.index(self._keys[1])
        by_key: dict[Any, list[list[Any]]] = {}
        for row in right.data:
            by_key.setdefault(_hashable(row[two]), []).append([*row[:two], *row[two + 1 :]])
        columns = [*left.columns, *(name for place, name in enumerate(right.columns) if place != two)]
        joined = Table(
            columns=columns, data=[[*row, *r] for row in left.data for r in by_key.get(_hashable(row[one]), [])]
        )
        return joined.as_logged()

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the joined table."""
        return self.as_logged().reference(place)


def _hashable(value: Any) -> Any:
    return value if type(value) in cells.PLAIN else repr(value)
