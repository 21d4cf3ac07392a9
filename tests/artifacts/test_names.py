"""What may be called how."""

from __future__ import annotations

import pytest

from trackio.artifacts import names
from trackio.artifacts.names import Address
from trackio.errors import InvalidArtifact, UsageError


@pytest.mark.parametrize("name", ["a", "model-1.2_x", "v3", "x" * 128, "..."])
def test_a_name_of_letters_digits_dashes_underscores_and_dots_is_taken(name: str) -> None:
    assert names.valid_name(name) == name


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a b", "é", "..", ".", "x" * 129, None, 3, "a\n"])
def test_any_other_name_is_refused_as_wandb_does_with_a_value_error(name: object) -> None:
    with pytest.raises(ValueError, match="artifact"):
        names.valid_name(name)


@pytest.mark.parametrize("text", ["source-my project/train.py", "ü", "..", "x" * 500])
def test_any_text_becomes_a_name(text: str) -> None:
    assert names.valid_name(names.safe_name(text))


@pytest.mark.parametrize(
    ("kind", "name"), [("wandb-x", "a"), ("job", "a"), ("code", "source-a"), ("a/b", "a"), ("a:b", "a"), ("", "a")]
)
def test_types_that_wandb_keeps_for_itself_are_refused(kind: str, name: str) -> None:
    with pytest.raises(InvalidArtifact):
        names.valid_type(kind, name)


@pytest.mark.parametrize("alias", ["a/b", "a:b", "v3", "", "v0", 3, "x" * 129])
def test_an_alias_with_a_separator_or_of_a_version_is_refused(alias: str) -> None:
    with pytest.raises(InvalidArtifact, match="is no alias"):
        names.valid_aliases([alias])


def test_one_alias_may_be_given_as_text_and_latest_need_not_be() -> None:
    assert names.valid_aliases("best") == ["best"]
    assert names.valid_aliases(["best", "latest", "best", "vision", "v3x"]) == ["best", "vision", "v3x"]


@pytest.mark.parametrize("tag", ["a/b", "a,b", "", " a", 3])
def test_a_tag_is_made_of_words(tag: str) -> None:
    with pytest.raises(InvalidArtifact):
        names.valid_tags([tag])


@pytest.mark.parametrize(
    "path",
    ["../a", "a/../../b", "/etc/passwd", "..", ".", "", "C:/a", "C:\\a", "..\\a", "a\\..\\b", "\\\\server\\a", "a\0b"],
)
def test_a_path_that_leaves_the_artifact_is_refused(path: str) -> None:
    with pytest.raises(InvalidArtifact, match="no path in an artifact"):
        names.valid_path(path)


@pytest.mark.parametrize(
    ("path", "found"), [("a//b/./c", "a/b/c"), ("naïve 文.txt", "naïve 文.txt"), ("a/b/", "a/b"), ("..a", "..a")]
)
def test_any_other_path_is_taken_in_its_plain_form(path: str, found: str) -> None:
    assert names.valid_path(path) == found


ADDRESSES = [
    ("data", ("data", "latest", None)),
    ("data:v3", ("data", "v3", None)),
    ("p/data:best", ("data", "best", "p")),
    ("team/p/data:best", ("data", "best", "p")),
]


@pytest.mark.parametrize(("text", "parts"), ADDRESSES)
def test_an_address_names_a_version_with_or_without_its_project(text: str, parts: tuple[str, str, str | None]) -> None:
    assert Address.read(text) == Address(*parts)


@pytest.mark.parametrize("text", ["", "a/b/c/d", "a b", "p/", ":v3", None])
def test_what_names_no_artifact_is_wrong_usage(text: object) -> None:
    with pytest.raises(UsageError):
        Address.read(text)
