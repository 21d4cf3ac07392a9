"""Citations, whatever is in the names."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.conftest import Build, Record
from trackio.errors import UsageError
from trackio.records import RunSeries, Series
from trackio.report import citation, datahash
from trackio.report.build import Options
from trackio.report.citation import Cited, Credit
from trackio.report.gather import Run, Selection, gather
from trackio.report.single import single

HASH = "0123456789abcdef" * 4
YEAR_2024 = 1_732_000_000_000_000_000

_COMMAND = re.compile(r"\\(?:text[a-z]+\{\}|[$&#%_])|\{\"\}")


def cited(subject: str = "p: loss", **changes: object) -> Cited:
    values = {"digest": HASH, "updated_ns": YEAR_2024, "path": "p/charts/loss.html", "base_url": "https://me.example/"}
    return Cited(**{"subject": subject, "credit": Credit(), **values, **changes})  # type: ignore[arg-type]


def test_an_entry_says_what_who_when_and_where() -> None:
    found = citation.entry(cited(credit=Credit(["Doe, Jane", "John Roe"])), "v2/")
    assert found == (
        "@misc{trackio-p-loss-01234567,\n"
        "  title = {{p: loss}},\n"
        "  author = {Doe, Jane and John Roe},\n"
        "  year = {2024},\n"
        "  url = {https://me.example/v2/p/charts/loss.html},\n"
        "  note = {Training runs recorded with trackio, data hash 0123456789abcdef}\n"
        "}"
    )


def test_what_is_not_known_is_left_out() -> None:
    found = citation.entry(cited(base_url=None, updated_ns=0))
    assert [line.split(" = ")[0].strip() for line in found.splitlines()[1:-1]] == ["title", "note"]


@given(st.text())
def test_any_text_is_one_line_of_latex_with_nothing_left_to_escape(text: str) -> None:
    found = citation.latex(text)
    assert "\n" not in found
    assert not re.search(r"[\\{}$&#%_^~<>|\"]", _COMMAND.sub("", found))


@given(st.text(), st.lists(st.text(), max_size=3), st.text())
def test_braces_of_an_entry_are_in_pairs(subject: str, authors: list[str], base: str) -> None:
    found = citation.entry(cited(subject, credit=Credit(authors), base_url=base), "v1/")
    depth = 0
    for letter in found:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    assert found.endswith("}")
    key = found.split(",", 1)[0].removeprefix("@misc{")
    assert re.fullmatch("trackio-[-a-z0-9_]+", key)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Doe, Jane", "Doe, Jane"),
        ("{The AI Lab}", "{The AI Lab}"),
        ("Sand and Stone Ltd", "{Sand and Stone Ltd}"),
        ("Anders Land", "Anders Land"),
        ("R&D_team", r"R\&D\_team"),
        ("}{", r"\textbraceright{}\textbraceleft{}"),
    ],
)
def test_an_author_is_one_author(given_name: str, name: str) -> None:
    assert citation.author(given_name) == name


@given(st.text())
def test_a_panel_shows_the_entry_and_lets_nothing_out(subject: str) -> None:
    panel = citation.panel(cited(subject))
    pre = re.search("<pre[^>]*>(.*?)</pre>", panel, re.DOTALL)
    assert pre is not None
    plain = re.sub("<!--/?tk-at-->", "", pre[1])
    assert "<" not in plain
    assert unescape(plain) == citation.entry(cited(subject))


def test_every_page_has_a_citation(record: Record, built: Build, out: Path) -> None:
    record("p <script>", "r & d", {"100% _loss_": [1.0]}, config={"a": 1})
    built(credit=Credit(["Jane Doe"], "The {title}"))
    for page in out.rglob("*.html"):
        text = page.read_text()
        (entry,) = re.findall("(@misc.*?)</pre>", text, re.DOTALL)
        assert "author = {Jane Doe}" in entry
        assert r"The \textbraceleft{}title\textbraceright{}" in entry
        assert "<script" not in entry


def test_a_single_file_has_a_citation_and_the_hash_of_its_data(
    record: Record, built: Build, home: Path, out: Path, tmp_path: Path
) -> None:
    record("p", "a")
    built()
    single(Options(tmp_path / "one.html", home, workers=1, credit=Credit(["Jane Doe"])))
    text = (tmp_path / "one.html").read_text()
    (entry,) = re.findall("(@misc.*?)</pre>", text, re.DOTALL)
    assert "author = {Jane Doe}" in entry
    assert "url" not in entry
    (digest,) = re.findall('title="([0-9a-f]{64})"', text)
    assert digest in (out / "p/index.html").read_text()


def _digest(out: Path) -> str:
    found = re.search('"data_hash": "([0-9a-f]{64})"', (out / "manifest.json").read_text())
    assert found is not None
    return found[1]


def test_the_hash_is_of_the_data_and_not_of_how_it_is_stored(
    record: Record, built: Build, home: Path, out: Path
) -> None:
    record("p", "a", {"loss": [1.0, float("nan"), -0.0]}, config={"b": 1, "a": [1, {"x": None}]})
    built()
    before = _digest(out)
    for path in home.rglob("*.parquet"):
        path.unlink()
    built(base_url="https://me.example/", media="none")
    assert _digest(out) == before


def _run(home: Path, name: str) -> Run:
    (project,) = gather(home, Selection([name]))
    return project.runs[0]


def _series(values: list[float], first_step: int = 0) -> RunSeries:
    steps = np.arange(first_step, first_step + len(values))
    return RunSeries("id", "a", None, 0, 0, {}, "loss", Series(steps, steps, steps, np.asarray(values, float)), None)


@pytest.mark.parametrize(
    ("values", "first_step"),
    [([1.0, 0.5], 1), ([1.0], 0), ([1.0, 0.5000000001], 0), ([0.5, 1.0], 0), ([1.0, math.nan], 0)],
)
def test_every_change_of_the_points_changes_the_hash(values: list[float], first_step: int) -> None:
    before = datahash.of_series(_series([1.0, 0.5]))
    assert datahash.of_series(_series([1.0, 0.5])) == before
    assert datahash.of_series(_series(values, first_step)) != before


def test_nan_is_nan_whatever_made_it() -> None:
    odd = float(np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff", "<f8")[0])
    assert datahash.of_series(_series([odd])) == datahash.of_series(_series([math.nan]))


@pytest.mark.parametrize(
    "change",
    [{"name": "b"}, {"group": "g"}, {"config": {"lr": 0.2}}, {"tags": ("x",)}, {"notes": "more"}, {"job_type": "eval"}],
)
def test_every_change_of_a_run_changes_the_hash(record: Record, home: Path, change: dict[str, object]) -> None:
    record("p", "a", config={"lr": 0.1})
    run = _run(home, "p")
    changed = replace(run, record=replace(run.record, **change))  # type: ignore[arg-type]
    assert datahash.of_run(run, []) == datahash.of_run(replace(run), [])
    assert datahash.of_run(run, []) != datahash.of_run(changed, [])


def test_what_is_hidden_is_not_in_the_hash(record: Record, home: Path) -> None:
    record("p", "a", config={"api_key": "one"})
    run = _run(home, "p")
    other = replace(run, record=replace(run.record, config={"api_key": "two", "_private": 3}))
    assert datahash.of_run(run, []) == datahash.of_run(other, [])


def test_a_bad_label_is_told_before_anything_is_built(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    with pytest.raises(UsageError, match="label"):
        built(snapshot="")
    assert not out.exists()


def test_hashes_of_parts_make_those_of_the_whole() -> None:
    assert datahash.of_project("p", ["a", "b"]) != datahash.of_project("p", ["b", "a"])
    assert datahash.of_project("p", ["a"]) != datahash.of_project("q", ["a"])
    assert datahash.of_site({"p": "1", "q": "2"}) == datahash.of_site({"q": "2", "p": "1"})
