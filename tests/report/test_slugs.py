"""File names from any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slugify import slugify

from trackio.report.slugs import LONGEST, RESERVED, slugs


def one(name: str) -> str:
    return slugs({name: name}, "metric")[name]


@given(st.text("aZ09_./ -", min_size=1, max_size=20))
def test_names_without_other_letters_are_read_as_all_others_are(name: str) -> None:
    whole = slugify(name, entities=False, hexadecimal=False, decimal=False, regex_pattern=r"[^-a-z0-9_]+").strip("_-")
    if whole and whole not in RESERVED:
        assert one(name) == whole


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("train/loss", "train-loss"),
        ("train_loss", "train_loss"),
        ("Val Accuracy", "val-accuracy"),
        ("损失", "sun-shi"),
        ("../../etc", "etc"),
        ("a\0b", "a-b"),
    ],
)
def test_a_slug_can_be_read(name: str, slug: str) -> None:
    assert one(name) == slug


@pytest.mark.parametrize("name", ["", "/", "..", "😀", "--", "\u202e", "con", "NUL", "com1", "x" * 300, "é" * 300])
def test_names_that_give_no_whole_slug_carry_a_hash(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+-[0-9a-f]{8}", one(name))


def test_names_that_look_alike_keep_apart_and_the_first_keeps_the_plain_slug() -> None:
    names = ["a/b", "a-b", "A/B", "a b"]
    found = slugs({name: name for name in names}, "metric")
    assert found["a/b"] == "a-b"
    assert len(set(found.values())) == 4


def test_a_name_added_later_changes_no_earlier_slug() -> None:
    before = slugs({"Loss": "Loss", "a/b": "a/b"}, "metric")
    after = slugs({"Loss": "Loss", "a/b": "a/b", "loss": "loss", "a-b": "a-b"}, "metric")
    assert after | before == after


def test_a_name_that_is_anothers_slug_with_its_hash_gets_another() -> None:
    first = slugs({"a/b": "a/b", "a-b": "a-b"}, "metric")["a-b"]
    found = slugs({"a/b": "a/b", first: first, "a-b": "a-b"}, "metric")
    assert len(set(found.values())) == 3


def test_runs_of_one_name_are_told_apart_by_their_ids() -> None:
    found = slugs({"id1": "same", "id2": "same"}, "run")
    assert found["id1"] == "same"
    assert found["id2"].startswith("same-")


def test_reserved_names_are_left_alone() -> None:
    assert slugs({"project": "project"}, "metric", ["project"])["project"] != "project"


@settings(deadline=None)  # the first example loads the tables of letters
@given(st.lists(st.text(), unique=True, max_size=20))
def test_any_names_give_safe_and_distinct_file_names(names: list[str]) -> None:
    found = slugs({name: name for name in names}, "metric")
    assert len({slug.lower() for slug in found.values()}) == len(names)
    for slug in found.values():
        assert re.fullmatch(r"[a-z0-9_-]+", slug)
        assert slug not in RESERVED
        assert len(slug) <= LONGEST + 65
