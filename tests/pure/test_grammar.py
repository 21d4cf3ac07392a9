from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio import grammar
from trackio.grammar import CHOICES, PARAMETERS, View, chosen, parse, query

DOCS = Path(__file__).parents[2] / "docs" / "urls.md"
names = [p.name for p in PARAMETERS]


@given(st.text())
def test_no_text_fails(text: str) -> None:
    view, notes = parse(text)
    assert isinstance(view, View)
    assert all(note.endswith(".") for note in notes)


@given(st.lists(st.tuples(st.sampled_from(names), st.text() | st.floats().map(str) | st.sampled_from(["log", "none"]))))
def test_a_view_comes_back_from_its_query(pairs: list[tuple[str, str]]) -> None:
    from urllib.parse import urlencode

    view, _ = parse(urlencode(pairs))
    again, notes = parse(query(view))
    assert again == view
    assert notes == []
    assert query(again) == query(view)


@given(st.text(alphabet="ab*.+[(", max_size=6), st.lists(st.text(alphabet="ab*.+[(", max_size=6)))
def test_no_pattern_fails(pattern: str, known: list[str]) -> None:
    assert set(chosen(known, [pattern])) <= set(known)


@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=10))
def test_stars_stand_for_any_text(pattern: str, name: str) -> None:
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    assert chosen([name], [pattern]) == ([name] if wanted.fullmatch(name) else [])


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_every_choice_is_taken_and_documented(name: str) -> None:
    (row,) = (p for p in PARAMETERS if p.name == name)
    for choice in CHOICES[name]:
        assert getattr(parse(f"{name}={choice}")[0], name) == choice
        assert f"`{choice}`" in row.values


def test_every_parameter_has_a_field() -> None:
    fields = {"metric": "metric_names", "run": "run_names"}
    assert [fields.get(name, name) for name in names] == list(View.__slots__)


def test_the_docs_hold_the_table() -> None:
    assert grammar.table() in DOCS.read_text(encoding="utf-8")


def test_every_query_of_the_docs_is_understood() -> None:
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    queries = [line.partition("?")[2] for line in lines if line.startswith("    ") and "?" in line]
    assert len(queries) >= 5
    for text in queries:
        assert parse(text)[1] == [], text
