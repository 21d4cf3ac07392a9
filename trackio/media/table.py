"""Tables, whose cells may be media."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from trackio.errors import NotFound, UsageError
from trackio.media import cells
from trackio.media import rows as given_rows
from trackio.media.base import Media, Place, file_reference
from trackio.media.dtypes import accepts, kind_name
from trackio.store.layout import clean

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LOG_MODES = ("IMMUTABLE", "MUTABLE", "INCREMENTAL")


class UnknownColumn(NotFound):
    """No column of that name in the table."""

    noun = "column"


class Index(int):
    """The number of a row, which leads back to it."""

    _table: Table

    @staticmethod
    def of(number: int, table: Table) -> Index:
        """The number of a row of a table."""
        made = Index(number)
        made._table = table
        return made

    def get_row(self) -> dict[str | int, Any]:
        """The row, by column."""
        return dict(zip(self._table.columns, self._table.data[self], strict=True))

    def __reduce__(self) -> tuple[Any, ...]:
        # What waits on disk need not take the table along.
        return int, (int(self),)


class Table(Media):
    """Rows and columns, given as ``data`` (a list of rows, an array, a DataFrame), or row by row with ``add_data``.

    Cells are numbers, texts, dates, None, arrays, media of trackio, Pillow images, figures, and lists of these. What is
    logged is the table as it stands at that moment: log it again after adding rows, and both are kept; ``log_mode``
    changes nothing. ``dtype``, one type or one for each column, says what cells must be, and ``optional``, one bool or
    one for each, whether they may be None as well; without ``dtype`` a column takes anything.
    """

    MAX_ROWS = 10_000
    MAX_ARTIFACT_ROWS = 200_000
    # As in wandb; here all rows are kept.

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
    ) -> None:
        if log_mode is not None and log_mode not in LOG_MODES:
            raise UsageError(f"log_mode={log_mode!r} is none of {', '.join(LOG_MODES)}.")
        self.log_mode = log_mode
        given: Any
        frame = next((value for value in (dataframe, data, columns) if given_rows.is_frame(value)), None)
        if frame is not None:
            names, given = given_rows.frame(frame)
        else:
            names = ["Input", "Output", "Expected"] if columns is None else given_rows.names(columns)
            given = rows if data is None else data
        self.columns: list[str | int] = names
        self.data: list[list[Any]] = []
        """The rows as they were given."""
        self._types: dict[str | int, Any] = {}
        self._key: str | int | None = None
        self._declare(None if allow_mixed_types else dtype, optional)
        for row in given_rows.rows(given):
            self.add_data(*row)

    def add_data(self, *data: Any) -> None:
        """Add a row: one value for each column."""
        if len(data) != len(self.columns):
            raise UsageError(f"A row of this table has {len(self.columns)} cells: {self.columns}, not {len(data)}.")
        for name, value in zip(self.columns, data, strict=True) if self._types else ():
            self._check(name, value)
        self.data.append(list(data))

    def add_row(self, *row: Any) -> None:
        """The older name of ``add_data``."""
        self.add_data(*row)

    def add_column(self, name: str, data: Any, optional: bool = False) -> None:  # noqa: ARG002 - wandb's; any cell may be None
        """Add a column: one value for each row. In an empty table they make its rows."""
        if name in self.columns:
            raise UsageError(f"The table has a column {name!r} already.")
        values = list(data)
        if self.columns and len(values) != len(self.data):
            raise UsageError(f"Column {name!r} has {len(values)} values; the table has {len(self.data)} rows.")
        if not self.columns:
            self.data = [[] for _ in values]
        self.columns.append(name)
        for row, value in zip(self.data, values, strict=True):
            row.append(value)

    def get_column(self, name: str | int, convert_to: str | None = None) -> list[Any] | np.ndarray[Any, Any]:
        """The values of a column; as an array with ``convert_to="numpy"``."""
        if convert_to not in (None, "numpy"):
            raise UsageError(f'convert_to={convert_to!r}: it is "numpy", or left out.')
        place = self._place(name)
        found = [row[place] for row in self.data]
        if convert_to is None:
            return found
        import numpy as np

        pictured = [np.asarray(value.image) if hasattr(value, "image") else value for value in found]
        return np.array(pictured)

    def get_dataframe(self) -> pd.DataFrame:
        """The table as a DataFrame of pandas."""
        import pandas as pd

        return pd.DataFrame.from_records(self.data, columns=self.columns)

    def add_computed_columns(self, fn: Callable[[int, dict[str | int, Any]], Mapping[str, Any]]) -> None:
        """Add the columns that ``fn(number, row)`` gives for each row, as a dict; ``row`` is a dict too."""
        made = [fn(number, dict(zip(self.columns, row, strict=True))) for number, row in enumerate(self.data)]
        for name in dict.fromkeys(chain.from_iterable(made)):
            self.add_column(name, [new.get(name) for new in made])

    def iterrows(self) -> Iterator[tuple[Index, list[Any]]]:
        """Number and cells of each row; the number, in another table, leads back to the row."""
        for number, row in enumerate(self.data):
            yield Index.of(number, self), row

    def get_index(self) -> list[Index]:
        """The numbers of the rows."""
        return [Index.of(number, self) for number in range(len(self.data))]

    def index_ref(self, index: int) -> Index:
        """The number of one row."""
        if not 0 <= index < len(self.data):
            raise UsageError(f"The table has {len(self.data)} rows, and none of number {index}.")
        return Index.of(index, self)

    def cast(self, col_name: str | int, dtype: Any, optional: bool = False) -> None:
        """Say what the cells of a column must be; raises UsageError when some are not."""
        place = self._place(col_name)
        previous = self._types.get(col_name)
        self._types[col_name] = (dtype, optional)
        try:
            for row in self.data:
                self._check(col_name, row[place])
        except UsageError:
            self._types[col_name] = previous
            raise

    def set_pk(self, col_name: str | int) -> None:
        """Name the column whose values tell the rows apart."""
        if self._key not in (None, col_name):
            raise UsageError(f"The table has a primary key already: {self._key!r}.")
        self._place(col_name)
        self._key = col_name

    def set_fk(self, col_name: str | int, table: Table, table_col: str | int) -> None:
        """Name a column whose values are those of a column of another table."""
        if table is self:
            raise UsageError("A foreign key leads to another table.")
        self._place(col_name)
        table._place(table_col)

    def as_logged(self) -> LoggedTable:
        """The table as it stands."""
        # One list, however many rows: as many new lists would have Python look for garbage among them again and again.
        taken, held = list(chain.from_iterable(self.data)), 0
        if not cells.PLAIN.issuperset(map(type, taken)):
            for number, value in enumerate(taken):
                if type(value) not in cells.PLAIN:
                    taken[number] = own = cells.taken(value)
                    held += cells.nbytes(own)
        return LoggedTable(list(self.columns), taken, list(map(len, self.data)), held)

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the table and the media in it, and return what stands in the row."""
        return self.as_logged().reference(place)

    def __repr__(self) -> str:
        return f"Table({len(self.data)} rows of {self.columns})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        if self.columns != other.columns or len(self.data) != len(other.data):
            return False
        pairs = zip(chain.from_iterable(self.data), chain.from_iterable(other.data), strict=True)
        return all(_is_same(one, two) for one, two in pairs)

    __hash__ = None  # type: ignore[assignment]

    def _declare(self, dtype: Any, optional: bool | list[bool]) -> None:
        if dtype is None:
            return
        types = dtype if isinstance(dtype, list) else [dtype] * len(self.columns)
        may_be_none = optional if isinstance(optional, list) else [optional] * len(self.columns)
        if len(types) != len(self.columns) or len(may_be_none) != len(self.columns):
            raise UsageError(f"dtype and optional, as lists, have one item for each of {len(self.columns)} columns.")
        self._types = dict(zip(self.columns, zip(types, may_be_none, strict=True), strict=True))

    def _check(self, name: str | int, value: Any) -> None:
        """Raises UsageError for a value that the column was not declared to take."""
        declared = self._types.get(name)
        if declared is not None and not (value is None and declared[1]) and not accepts(declared[0], value):
            raise UsageError(f"Column {name!r} takes {kind_name(declared[0])}, not {value!r}.")

    def _place(self, name: str | int) -> int:
        try:
            return self.columns.index(name)
        except ValueError:
            raise UnknownColumn(str(name), [str(column) for column in self.columns], "the table") from None


class LoggedTable(Media):
    """A table as it was when it was logged."""

    def __init__(self, columns: list[str | int], taken: list[Any], widths: list[int], held: int) -> None:
        self._columns = [clean(name) if isinstance(name, str) else name for name in columns]
        # The cells of all rows one after the other, and how many each row has.
        self._cells, self._widths = taken, widths
        # Beside media and arrays, a guess at what small numbers and texts take.
        self._nbytes = held + 64 * len(taken)

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._nbytes

    def __len__(self) -> int:
        return len(self._widths)

    def plain_column(self, name: str | int) -> list[Any]:
        """The values of a column; those that are more than a number or a text as text."""
        place = self._columns.index(name)
        return [cells.plain(row[place]) for row in self._rows()]

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the table and the media in it, and return what stands in the row."""
        rows = [[cells.stored(value, place) for value in row] for row in self._rows()]
        document = "".join(cells.encoded({"columns": self._columns, "data": rows}))
        blob = place.blobs.put(document.encode(), ".table.json")
        return file_reference("table", blob, columns=[str(name) for name in self._columns], rows=len(rows))

    def _rows(self) -> Iterator[list[Any]]:
        left = iter(self._cells)
        return (list(islice(left, width)) for width in self._widths)


def _is_same(one: Any, two: Any) -> bool:
    if one is two:
        return True
    same = one == two
    # Arrays compare value by value.
    found = bool(same.all()) if hasattr(same, "all") else bool(same)
    # NaN stands for the same nothing.
    return found or (isinstance(one, float) and isinstance(two, float) and one != one and two != two)  # noqa: PLR0124
