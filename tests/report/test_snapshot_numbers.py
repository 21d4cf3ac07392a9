"""What snapshots are called, and which of them go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.errors import UsageError
from trackio.report.snapshots import numbers, slots

COUNTS = st.integers(1, 999_999_999)
LABELS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=","), min_size=1, max_size=80)


@given(COUNTS)
def test_a_name_says_its_number(number: int) -> None:
    assert numbers.number(numbers.name(number)) == number
    assert numbers.is_kept(f"{numbers.name(number)}/p/index.html")


@pytest.mark.parametrize("folder", ["", "v", "v0", "v01", "V1", "v1.part", ".v1.part", "v-1", "latest", "v\u0661"])
def test_other_folders_are_no_snapshots(folder: str) -> None:
    assert numbers.number(folder) is None
    assert not numbers.is_kept(f"{folder}/index.html")
    assert not numbers.is_kept("v1")


@given(st.lists(st.sampled_from(["keep", "prune"]), max_size=40), st.data())
def test_a_number_is_given_once_whatever_goes(acts: list[str], data: st.DataObject) -> None:
    there: list[int] = []
    given_: list[int] = []
    for act in acts:
        if act == "keep":
            number = numbers.following(given_)
            assert number not in given_
            assert all(number > one for one in given_)
            there.append(number)
            given_.append(number)
        elif there:
            keep = data.draw(st.integers(1, 4))
            gone = numbers.pruned(str(keep), [(one, None) for one in there])
            there = [one for one in there if one not in gone]
            assert there == sorted(there)[-keep:]
    assert given_ == list(range(1, len(given_) + 1))


@given(st.sets(COUNTS, min_size=1, max_size=9), st.data())
def test_those_that_are_named_go_and_no_others(known: set[int], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(known)), min_size=1))
    text = " , ".join(numbers.name(one) for one in chosen)
    assert numbers.pruned(text, [(one, None) for one in known]) == sorted(set(chosen))


@given(LABELS)
def test_a_label_is_kept_as_given_or_refused(text: str) -> None:
    try:
        found = numbers.label(text)
    except UsageError:
        assert text.isdecimal() or text.lower() == "latest" or numbers.number(text.lower()) is not None
        return
    assert found == text
    assert numbers.pruned(found, [(3, found), (4, None)]) == [3]


@pytest.mark.parametrize("text", ["", "  ", "v3", "V3", "latest", "3", "a,b", "two\nlines", "x" * 81, "\x00"])
def test_what_would_be_taken_for_something_else_is_no_label(text: str) -> None:
    with pytest.raises(UsageError, match="--snapshot"):
        numbers.label(text)


@given(st.text(), st.text())
def test_places_are_filled_again_and_again_and_nothing_else_changes(before: str, after: str) -> None:
    page = f"{before}{slots.slot(slots.AT)}{after}".encode("utf-8", "replace")
    once = slots.filled(page, slots.kept("p/index.html", "v3", "a & b"))
    assert b"v3/" in once
    assert slots.filled(once, slots.current("p/index.html", "v4")).count(b"v4/") == page.count(b"v4/") + 1
    assert slots.filled(once, {}) == page
