"""Large files of a report in parts: all of them is there, and what is added at the end leaves the first ones alone."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hub.emulator import is_large
from trackio.publish import parts
from trackio.publish.contents import contents

NAMES = st.text(st.sampled_from('ab,"\n é'), max_size=8)
ROWS = st.lists(st.tuples(NAMES, st.integers(0, 9)), max_size=60)
HOST = "https://ada-charts.static.hf.space/"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "WHOLE_BYTES", 40)
    monkeypatch.setattr(parts, "LEAST_BYTES", 40)
    monkeypatch.setattr(parts, "BLOCK_BYTES", 200)


def table(rows: list[tuple[str, int]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("run", "value"), *rows])
    return out.getvalue().encode()


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def script(runs: int) -> bytes:
    series = [{"run": f"id-{k}", "y": "x" * 30} for k in range(runs)]
    value = {"metric": "lo</ss", "complete": True, "series": series}
    return f"trackioData({json.dumps('lo.full')},{json.dumps(value, separators=(',', ':'))})\n".encode()


@pytest.mark.usefixtures("small")
@given(ROWS)
def test_the_parts_of_a_table_are_tables_that_make_up_the_whole(rows: list[tuple[str, int]]) -> None:
    whole = table(rows)
    found = dict(parts.parts("p/charts/lo ss.csv", whole, HOST))
    index = read(found.pop("p/charts/lo ss.csv"))
    assert index == [
        ["csv", "bytes"],
        *([f"{HOST}{name.replace(' ', '%20')}", str(len(part))] for name, part in found.items()),
    ]
    assert [row for part in found.values() for row in read(part)[1:]] == read(whole)[1:]
    assert all(read(part)[0] == ["run", "value"] for part in found.values())


@pytest.mark.usefixtures("small")
@given(ROWS, st.integers(0, 5))
def test_rows_that_are_added_change_the_end_alone(rows: list[tuple[str, int]], count: int) -> None:
    before = parts.parts("p/charts/loss.csv", table(rows), HOST)
    after = parts.parts("p/charts/loss.csv", table([*rows, *[("new", 1)] * count]), HOST)
    changed = [name for name in before if after.get(name) != before[name]]
    # At most the index, and the small parts that a block takes the place of.
    assert len(changed) <= 2 + (200 // 40)


@pytest.mark.usefixtures("small")
def test_series_that_are_added_change_the_last_part_of_a_script_alone() -> None:
    before, after = (parts.parts("p/data/lo.full.js", script(runs), HOST) for runs in (9, 10))
    assert [name for name in before if after[name] != before[name]] in ([], ["p/data/lo.full.js"])
    assert len(before) > 3
    assert b"".join(part for name, part in before.items() if re.search(r"\.\d+\.js$", name)).count(b'"run"') == 9


@pytest.mark.parametrize(
    ("path", "size", "expected"),
    [
        ("p/charts/loss.csv", 10**7, True),
        ("v1/p/charts/loss.csv", 10**7, True),
        ("p/data/loss.full.js", 10**7, True),
        ("p/charts/loss.csv", 10**6, False),
        ("p/data/loss.js", 10**7, False),
        ("p/media/x.table.csv", 10**7, False),
        ("p/data/runs/a.parquet", 10**7, False),
    ],
)
def test_tables_and_series_of_charts_are_parted_when_they_are_large(path: str, size: int, expected: bool) -> None:
    assert parts.is_parted(path, size) is expected


def test_a_script_that_is_not_as_expected_stays_whole() -> None:
    odd = b"trackioData(1)\n"
    assert parts.parts("p/data/loss.full.js", odd, HOST) == {"p/data/loss.full.js": odd}


def test_large_parts_go_through_lfs_and_the_last_ones_inside_the_commit() -> None:
    row = b"x" * 99 + b"\n"
    found = list(parts.parts("p/charts/loss.csv", b"a\n" + row * 200_000, HOST).items())[1:]
    large = [is_large(name, len(part)) for name, part in found]
    assert large == [True] + [False] * (len(large) - 1)
    assert all(len(part) < 251_000 for _, part in found[1:])


@pytest.mark.usefixtures("small")
def test_every_part_has_its_own_content_on_its_way(tmp_path: Path) -> None:
    site, scratch = tmp_path / "site", tmp_path / "scratch"
    (site / "p" / "charts").mkdir(parents=True)
    scratch.mkdir()
    for name in ("a", "b"):
        (site / "p" / "charts" / f"{name}.csv").write_bytes(table([(name, k) for k in range(99)]))
    (site / "manifest.json").write_text('{"projects": []}')
    found = contents(site, HOST, scratch)
    for name in ("a", "b"):
        expected = parts.parts(f"p/charts/{name}.csv", (site / "p" / "charts" / f"{name}.csv").read_bytes(), HOST)
        for part, content in expected.items():
            place = found[part]
            assert isinstance(place, Path)
            assert place.read_bytes() == content
