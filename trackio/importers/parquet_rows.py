"""The rows of a Parquet file as dicts, a batch of memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trackio.importers.imported import ImportFailed

BATCH_ROWS = 4096


def header(path: Path) -> list[str]:
    """The names of the columns; raises ImportFailed."""
    with opened(path) as file:
        return list(file.schema_arrow.names)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Each row with the columns that it has a value in; times are nanoseconds since the epoch. Raises ImportFailed."""
    with opened(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            names = batch.schema.names
            for values in zip(*(plain(column).to_pylist() for column in batch.columns), strict=True):
                yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file as pyarrow has it; raises ImportFailed when it is none, or damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ImportFailed(path, f"it is no Parquet file that can be read ({str(error).splitlines()[0]})") from None


def plain(column: Any) -> Any:
    """A column as integers where it holds times, as floats where it holds decimals."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("ns", kind.tz)).cast(pa.int64())
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("ns")).cast(pa.int64())
    return column.cast(pa.float64()) if pa.types.is_decimal(kind) else column
