"""Tables keep what their cells were when they were logged."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import pickle
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image as Pillow

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.html import Html
from trackio.media.image import Image
from trackio.media.table import Table, UnknownColumn
from trackio.media.tables import EvalTable, JoinedTable, PartitionedTable

Read = Callable[[Media], Any]
PICTURE = Pillow.new("RGB", (3, 2), "red")


class Color(enum.Enum):
    RED = "red"
    PAIR = (1, 2)


class Wordless:
    def __str__(self) -> str:
        raise RuntimeError("no words")


LOOP: list[Any] = [1]
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (1, 1),
        (None, None),
        (True, True),
        (2**70, 2**70),
        ("a <b>\n\ud800", "a <b>\n\ufffd"),
        (float("inf"), math.inf),
        (np.float32(0.5), 0.5),
        (np.int8(-3), -3),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.float64(1.5), 1.5),
        (np.array(3), 3),
        (np.arange(3), [0, 1, 2]),
        (np.array([[True], [False]]), [[True], [False]]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([1, None, "x"], object), [1, None, "x"]),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (np.datetime64("NaT", "s"), None),
        (np.timedelta64(90, "s"), 90.0),
        (np.array(["2024-01-02", "NaT"], "M8[D]"), ["2024-01-02", None]),
        (dt.datetime(2024, 1, 2, 3, tzinfo=dt.timezone.utc), "2024-01-02T03:00:00+00:00"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (dt.time(3, 4), "03:04:00"),
        (dt.timedelta(minutes=1), 60.0),
        (pd.Timestamp("2024-01-02"), "2024-01-02T00:00:00"),
        (pd.NaT, None),
        (pd.NA, None),
        (decimal.Decimal("1.5"), 1.5),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("a/b"), "a/b"),
        (b"ab\xff", "ab\ufffd"),
        (1 + 2j, "(1+2j)"),
        (np.complex64(1), "(1+0j)"),
        (Color.RED, "red"),
        (Color.PAIR, "PAIR"),
        ([1, [2, None]], [1, [2, None]]),
        ((1, 2), [1, 2]),
        ({3, 1}, [1, 3]),
        ({"a": {1: np.int64(2)}}, {"a": {"1": 2}}),
        (Wordless(), "<Wordless>"),
        (LOOP, [1, "[1, [...]]"]),
        ({}, {}),
        ([], []),
    ],
)
def test_a_cell_of_any_kind_is_kept_as_json_can_hold_it(cell: Any, expected: Any, document: Read) -> None:
    assert document(Table(columns=["a"], data=[[cell]])) == {"columns": ["a"], "data": [[expected]]}


def test_not_a_number_is_kept(document: Read) -> None:
    (row,) = document(Table(columns=["a", "b"], data=[[float("nan"), np.float16("nan")]]))["data"]
    assert all(map(math.isnan, row))


def test_media_in_cells_are_stored_in_the_same_place(document: Read, place: Place) -> None:
    image = Image(PICTURE, caption="x")
    cells = [image, PICTURE, [image, PICTURE], {"best": image}, Html("<p>"), [image, 3], []]
    (row,) = document(Table(columns=list(range(7)), data=[cells]))["data"]
    reference = image.reference(place)
    bare = {key: value for key, value in reference.items() if key != "caption"}
    assert row[:2] == [reference, bare]
    assert row[2] == {"_type": "trackio.list", "items": [reference, bare]}
    assert row[3] == {"best": reference}
    assert row[4]["_type"] == "trackio.html"
    assert row[5] == {"_type": "trackio.list", "items": [reference, {"_type": "trackio.array", "_value": 3}]}
    assert place.blobs.read(reference["file"])


def test_a_table_within_a_table_is_a_reference(document: Read) -> None:
    inner = Table(columns=["b"], data=[[1]])
    assert document(Table(columns=["a"], data=[[inner]]))["data"][0][0]["rows"] == 1


def test_what_is_added_after_logging_is_not_in_what_was_logged(document: Read) -> None:
    array = np.zeros(2)
    table = Table(columns=["a", "b"], data=[[1, array]])
    logged = table.as_logged()
    table.add_data(2, array)
    array[:] = 7
    table.data[0][0] = 9
    assert document(logged)["data"] == [[1, [0, 0]]]
    assert document(table)["data"] == [[9, [7, 7]], [2, [7, 7]]]


def test_rows_that_a_script_made_itself_keep_their_own_cells(document: Read) -> None:
    table = Table(columns=["a", "b"], data=[[1, Image(PICTURE)]])
    table.data += [[2], [], [3, 4, [5]]]
    assert document(table)["data"][1:] == [[2], [], [3, 4, [5]]]


def test_a_logged_table_can_wait_on_disk(document: Read) -> None:
    table = Table(columns=["a", "b"], data=[[np.arange(2), PICTURE]])
    table.add_data(table.get_index()[0], None)
    logged = table.as_logged()
    assert document(pickle.loads(pickle.dumps(logged))) == document(logged)


FRAME = pd.DataFrame({"n": [1, 2], "s": ["a", None], "t": pd.to_datetime(["2024-01-01", "2025-01-01"])})
ROWS = [[1, "a", "2024-01-01T00:00:00"], [2, None, "2025-01-01T00:00:00"]]


@pytest.mark.parametrize("frame", [FRAME.astype({"s": object}).replace({float("nan"): None}), pl.from_pandas(FRAME)])
def test_a_data_frame_becomes_a_table(frame: Any, document: Read) -> None:
    for table in (Table(dataframe=frame), Table(data=frame), Table(frame)):
        assert document(table) == {"columns": ["n", "s", "t"], "data": ROWS}


def test_an_arrow_table_becomes_a_table(document: Read) -> None:
    pa = pytest.importorskip("pyarrow")
    assert document(Table(data=pa.table({"a": [1, 2]}))) == {"columns": ["a"], "data": [[1], [2]]}


def test_completions_as_trl_logs_them(document: Read) -> None:
    frame = pd.DataFrame({"step": [1], "images": [[Image(PICTURE), Image(PICTURE)]], "reward": [np.float32(0.5)]})
    (row,) = document(Table(dataframe=frame))["data"]
    assert (row[0], row[1]["_type"], len(row[1]["items"]), row[2]) == (1, "trackio.list", 2, 0.5)


def rows() -> Iterator[tuple[int, ...]]:
    yield from ((1, 2), (3, 4))


@pytest.mark.parametrize("data", [[[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]]), rows()])
def test_rows_come_in_many_shapes(data: Any, document: Read) -> None:
    assert document(Table(columns=["a", "b"], data=data))["data"] == [[1, 2], [3, 4]]


def test_names_of_columns_are_texts_or_numbers(document: Read) -> None:
    table = Table(columns=["a/../b", 1, ("x", "y"), "\ud800"])
    assert document(table)["columns"] == ["a/../b", 1, "('x', 'y')", "\ufffd"]
    assert Table().columns == ["Input", "Output", "Expected"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Table(columns=["a"], data=[[1, 2]]),
        lambda: Table(columns=["a"], data=[1]),
        lambda: Table(columns=["a"], data=["x"]),
        lambda: Table(columns=["a"], data="xyz"),
        lambda: Table(columns=["a"], data=3),
        lambda: Table(columns="abc"),
        lambda: Table(log_mode="SOMETIMES"),
        lambda: Table(columns=["a"], dtype=[int, str]),
        lambda: Table(columns=["a"], data=[[1]]).add_data(),
        lambda: Table(columns=["a"], data=[[1]]).add_column("a", [1]),
        lambda: Table(columns=["a"], data=[[1]]).add_column("b", [1, 2]),
        lambda: Table(columns=["a"], data=[[1]]).get_column("a", convert_to="torch"),
        lambda: Table(columns=["a"], data=[[1]]).index_ref(1),
    ],
)
def test_wrong_usage_is_an_error(wrong: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        wrong()


def test_an_unknown_column_tells_those_that_are_there() -> None:
    with pytest.raises(UnknownColumn, match="accuracy"):
        Table(columns=["accuracy"]).get_column("acuracy")


@pytest.mark.parametrize(
    ("dtype", "good", "bad"),
    [
        (int, [1, 1.5, np.int8(1), None], ["1", True, [1]]),
        (float, [1, np.float32(1)], ["1"]),
        (str, ["a"], [1]),
        (bool, [True, np.bool_(False)], [1]),
        (list, [[1], np.arange(2)], [1]),
        (dict, [{}], [[1]]),
        (dt.datetime, [dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc), dt.date(2024, 1, 1)], ["2024"]),
        (Image, [Image(PICTURE)], [PICTURE]),
        (Image(PICTURE), [Image(PICTURE)], [1]),
        (5, [6], ["a"]),
        (Any, [1, "a"], []),
    ],
)
def test_a_declared_column_takes_its_kind_of_values(dtype: Any, good: list[Any], bad: list[Any]) -> None:
    table = Table(columns=["a"], dtype=dtype)
    for value in good:
        table.add_data(value)
    for value in bad:
        with pytest.raises(UsageError, match="Column 'a' takes"):
            table.add_data(value)
    assert len(table.data) == len(good)


def test_none_is_refused_where_it_is_not_optional() -> None:
    table = Table(columns=["a", "b"], dtype=[int, int], optional=[True, False])
    table.add_data(None, 1)
    with pytest.raises(UsageError):
        table.add_data(1, None)


def test_mixed_types_may_be_allowed() -> None:
    assert Table(columns=["a"], data=[[1], ["x"]], dtype=int, allow_mixed_types=True).get_column("a") == [1, "x"]


def test_a_cast_that_does_not_fit_changes_nothing() -> None:
    table = Table(columns=["a"], data=[[1]])
    with pytest.raises(UsageError):
        table.cast("a", str)
    table.add_data(2)
    table.cast("a", int)
    with pytest.raises(UsageError):
        table.add_data("x")


def test_columns_are_added_and_read_as_in_wandb() -> None:
    table = Table(columns=["a"], data=[[1], [2]])
    table.add_row(3)
    table.add_column("b", np.array([4, 5, 6]))
    table.add_computed_columns(lambda number, row: {"sum": row["a"] + row["b"], "n": number})
    assert table.data == [[1, 4, 5, 0], [2, 5, 7, 1], [3, 6, 9, 2]]
    assert np.array_equal(table.get_column("sum", convert_to="numpy"), [5, 7, 9])
    assert table.get_dataframe()["n"].tolist() == [0, 1, 2]
    empty = Table(columns=[])
    empty.add_column("x", [1, 2])
    assert empty.data == [[1], [2]]


def test_the_number_of_a_row_leads_back_to_it() -> None:
    table = Table(columns=["a"], data=[["x"], ["y"]])
    other = Table(columns=["row"], data=[[index] for index in table.get_index()])
    assert [index.get_row() for (index,) in other.data] == [{"a": "x"}, {"a": "y"}]
    assert [(index, row) for index, row in table.iterrows()] == [(0, ["x"]), (1, ["y"])]
    assert table.index_ref(1) == 1


def test_keys_name_columns_that_are_there() -> None:
    one, two = Table(columns=["id"], data=[[1]]), Table(columns=["of"], data=[[1]])
    one.set_pk("id")
    two.set_fk("of", one, "id")
    with pytest.raises(UnknownColumn):
        two.set_fk("of", one, "nothing")
    with pytest.raises(UsageError, match="another table"):
        one.set_fk("id", one, "id")


def test_tables_are_equal_when_their_cells_are() -> None:
    def make() -> Table:
        return Table(columns=["a", "b", "c"], data=[[1, np.arange(2), float("nan")]])

    assert make() == make()
    assert make() != Table(columns=["a", "b", "c"], data=[[2, np.arange(2), float("nan")]])
    assert make() != Table(columns=["a", "b", "d"], data=[[1, np.arange(2), float("nan")]])


def test_joined_tables_are_one_table(document: Read) -> None:
    left = Table(columns=["id", "x"], data=[[1, "a"], [2, "b"], [3, "c"]])
    right = Table(columns=["y", "of"], data=[["A", 1], ["AA", 1], ["B", 2]])
    found = document(JoinedTable(left, right, ["id", "of"]))
    assert found == {"columns": ["id", "x", "y"], "data": [[1, "a", "A"], [1, "a", "AA"], [2, "b", "B"]]}
    with pytest.raises(UnknownColumn):
        JoinedTable(left, right, "id")
    with pytest.raises(UsageError):
        JoinedTable(left, "t.table.json", "id")


def test_a_table_of_an_evaluation_names_its_columns_by_their_part() -> None:
    table = EvalTable(input_columns=["q"], output_columns=["a"], score_columns=["s"], data=[[1, 2, 3]])
    assert table.columns == ["q", "a", "s"]


def test_a_partitioned_table_says_where_it_belongs(place: Place) -> None:
    with pytest.raises(UsageError, match="artifact"):
        PartitionedTable("parts").reference(place)


def test_a_long_table_is_kept_whole(document: Read, place: Place) -> None:
    table = Table(columns=["a", "b"], data=[[number, "x"] for number in range(20_001)])
    assert table.reference(place)["rows"] == 20_001
    assert document(table)["data"] == table.data
    assert document(Table(columns=["a"])) == {"columns": ["a"], "data": []}
