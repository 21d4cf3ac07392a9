"""A section and metadata put into READMEs as people keep them: what is not ours keeps its bytes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.cards.made import METADATA, SECTION
from trackio.cards import CardError, merge, merge_bytes, remove, remove_bytes

EMISSIONS = METADATA["co2_eq_emissions"]
OURS = (
    "co2_eq_emissions:\n  emissions: 12.1\n"
    '  source: "trackio 0.50.0: measured"\n  geographical_location: "NO"\n  hardware_used: "2 x NVIDIA H200"\n'
)
NEW = f"---\ntags:\n- trackio\n{OURS}---\n"
METER = """\
co2_eq_emissions:  # ours
    emissions: 4e2  # grams
    # a meter's
    source: |
      text
    cloud: none
tags: [trackio]
"""
METER_AFTER = """\
co2_eq_emissions:  # ours
    emissions: 12.1  # grams
    # a meter's
    source: "trackio 0.50.0: measured"
    cloud: none
    geographical_location: "NO"
    hardware_used: "2 x NVIDIA H200"
tags: [trackio]
"""


def front(text: str) -> dict[str, Any]:
    """The metadata as the Hub's client loads it."""
    found: dict[str, Any] = yaml.safe_load(text.removeprefix("\ufeff").split("---", 2)[1])
    return found


def merged(block: str) -> str:
    """The metadata's text after a merge into it."""
    text = merge(f"---\n{block}---\n# Model\n", SECTION, METADATA)
    assert merge(text, SECTION, METADATA) == text
    assert front(text)["co2_eq_emissions"].items() >= EMISSIONS.items()
    assert "trackio" in front(text)["tags"]
    return text.split("---\n")[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{NEW}\n{SECTION}\n"),
        ("# Model\n", f"{NEW}# Model\n\n{SECTION}\n"),
        ("# Model", f"{NEW}# Model\n\n{SECTION}"),
        ("\ufeff# Model\n", f"\ufeff{NEW}# Model\n\n{SECTION}\n"),
        ("---\n---\n# Model\n", f"{NEW}# Model\n\n{SECTION}\n"),
        ("---\nlicense: mit\n---", f"---\nlicense: mit\ntags:\n- trackio\n{OURS}---\n\n{SECTION}"),
        ("\n\n---\nlicense: mit\n---\n", f"\n\n---\nlicense: mit\ntags:\n- trackio\n{OURS}---\n\n{SECTION}\n"),
        (f"a\n\n{SECTION}\n\nb\n", f"{NEW}a\n\n{SECTION}\n\nb\n"),
        (
            "a\n<!-- trackio:begin -->\n<!--trackio:end-->\nb",
            f"{NEW}a\n{SECTION}\nb",
        ),
        (
            "```html\n<!-- trackio:begin -->\n```\n",
            f"{NEW}```html\n<!-- trackio:begin -->\n```\n\n{SECTION}\n",
        ),
        ("Write `<!-- trackio:end -->` there.\n", f"{NEW}Write `<!-- trackio:end -->` there.\n\n{SECTION}\n"),
    ],
)
def test_a_readme_takes_the_section_and_the_metadata(before: str, after: str) -> None:
    assert merge(before, SECTION, METADATA) == after
    assert merge(after, SECTION, METADATA) == after


@pytest.mark.parametrize(
    ("block", "after"),
    [
        ("license: mit\n", "license: mit\ntags:\n- trackio\n" + OURS),
        ("# only a comment\n", "# only a comment\ntags:\n- trackio\n" + OURS),
        ("# the Hub's own template\n{}\n", "# the Hub's own template\ntags:\n- trackio\n" + OURS),
        (
            "tags:\n- a   # first\n# between\n- 'b'\n\n# end\n",
            "tags:\n- a   # first\n# between\n- 'b'\n- trackio\n\n# end\n" + OURS,
        ),
        ("tags:\n    - a\nx: 1\n", "tags:\n    - a\n    - trackio\nx: 1\n" + OURS),
        ('tags: [a, "b"]  # two\n', 'tags: [a, "b", trackio]  # two\n' + OURS),
        ("tags: [\n  a, # one\n  b,\n]\n", "tags: [\n  a, # one\n  b, trackio,\n]\n" + OURS),
        ("tags: []\n", "tags: [trackio]\n" + OURS),
        ("tags:   # none yet\nx: 1\n", "tags:   # none yet\n- trackio\nx: 1\n" + OURS),
        ("tags: ~\n", "tags:\n- trackio\n" + OURS),
        ("tags: vision\n", "tags: [vision, trackio]\n" + OURS),
        ("tags: 'a, b' # c\n", 'tags: ["a, b", trackio] # c\n' + OURS),
        ("tags: >-\n  a\n  b\nx: 1\n", 'tags: ["a b", trackio]\nx: 1\n' + OURS),
        ("tags: [a, trackio]\n", "tags: [a, trackio]\n" + OURS),
        ("tags: trackio\n", "tags: trackio\n" + OURS),
        ("tags: ['trackio']\n", "tags: ['trackio']\n" + OURS),
        (
            "  license: mit\n  tags:\n  - a\n",
            "  license: mit\n  tags:\n  - a\n  - trackio\n" + "".join(f"  {line}\n" for line in OURS.splitlines()),
        ),
        (
            "tags: [trackio]\nco2_eq_emissions: 3.5 # by hand\nx: 1\n",
            "tags: [trackio]\n" + OURS.replace("emissions:\n", "emissions:  # by hand\n", 1) + "x: 1\n",
        ),
        ("tags: [trackio]\nco2_eq_emissions: {emissions: 3,\n  source: me}\nx: 1\n", f"tags: [trackio]\n{OURS}x: 1\n"),
        ("tags: [trackio]\nco2_eq_emissions:\n- 3\nx: 1\n", f"tags: [trackio]\n{OURS}x: 1\n"),
        (METER, METER_AFTER),
        ("text: |+\n  kept\n\n\ntags: [trackio]\n", "text: |+\n  kept\n\n\ntags: [trackio]\n" + OURS),
        ("date: 2024-99-99\nloop: &a [*a]\ntags: [trackio]\n", None),
        (
            "'tags': [a]\n\"co2_eq_emissions\": 1\n",
            "'tags': [a, trackio]\n\"co2_eq_emissions\"" + OURS.removeprefix("co2_eq_emissions"),
        ),
    ],
)
def test_metadata_keeps_its_text_around_our_keys(block: str, after: str | None) -> None:
    if after is None:
        assert merge(f"---\n{block}---\n", SECTION, METADATA) == f"---\n{block}{OURS}---\n\n{SECTION}\n"
    else:
        assert merged(block) == after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\n- a\n---\n", "not keys with values"),
        ("---\nonly words\n---\n", "not keys with values"),
        ("---\na: [1\n---\n", "no valid YAML in line 3"),
        ("---\na: 1\n\tb: 2\n---\n", "no valid YAML in line 3"),
        ("\n---\na: \x07\n---\n", "no valid YAML"),
        ("---\na: 1\nb: 2\na: 3\n---\n", "the key 'a' 2 times"),
        ("---\nx:\n  a: 1\n  a: 3\n---\n", "the key 'a' 2 times"),
        ("---\na: 1\n...\nb: 2\n---\n", "no valid YAML"),
        ("---\n{a: 1}\n---\n", "written in braces"),
        ("---\nx: &x [a]\ntags: *x\n---\n", "no list of their own"),
        ("---\ntags: {a: 1}\n---\n", "no list of their own"),
        ("---\ntags: &x [a]\ny: *x\n---\n", "cannot be changed alone"),
        ("---\nco2_eq_emissions: &x {emissions: 1}\ny: *x\n---\n", "cannot be changed alone"),
        ("---\nbase: &x {tags: [a]}\n<<: *x\n---\n", "by `<<`"),
        ("---\n? tags\n: [a]\n? co2_eq_emissions\n: 1\n---\n", "in a way of its own"),
        ("---\nlicense: mit\n\n# Model\n", "three dashes"),
        ("--- \nlicense: mit\n---\n", "three dashes"),
        ("<!-- trackio:begin -->\n", "begin"),
        ("<!-- trackio:end -->\n<!-- trackio:begin -->\n", "end, begin"),
        (f"{SECTION}\n{SECTION}\n", "begin, end, begin, end"),
        (f"<!-- trackio:begin -->\n{SECTION}\n", "begin, begin, end"),
        ("<!-- trackio:begin --> words\n<!-- trackio:end -->\n", "beside other text"),
        ("<!-- trackio:begin --><!-- trackio:end -->\n", "beside other text"),
        ("<!-- trackio:begin -->\n```\n<!-- trackio:end -->\n", "begin"),
        ("```\ncode that does not end\n", "does not end above it"),
        ("<pre>\n", "does not end above it"),
        ("<script>\n<!-- trackio:begin -->\n\n<!-- trackio:end -->\n</script>\n", "does not end above it"),
    ],
)
def test_a_readme_that_cannot_be_changed_is_an_error_that_says_why(text: str, said: str) -> None:
    with pytest.raises(CardError, match="not changed") as raised:
        merge(text, SECTION, METADATA)
    assert said in str(raised.value)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_line_ends_stay_as_they_are_and_new_lines_follow_the_most(newline: str) -> None:
    text = newline.join(["---", "license: mit", "---", "# Model", "text", ""]) + "odd\r\nodd\n"
    found = merge(text, SECTION, METADATA)
    assert found.startswith(newline.join(["---", "license: mit", "tags:", "- trackio", ""]))
    assert f"{newline}# Model{newline}text{newline}odd\r\nodd\n{newline}<!-- trackio:begin -->{newline}" in found
    assert merge(found, SECTION, METADATA) == found


def test_another_section_takes_the_place_of_the_first_and_nothing_else_changes() -> None:
    before = merge("---\nlicense: mit\n---\nabove\n", SECTION, METADATA) + "below\r\n"
    other = SECTION.replace("12.1 g", "13.7 g\n\nmore")
    after = merge(before, other, METADATA)
    assert after == before.replace("12.1 g", "13.7 g\n\nmore")


def test_emissions_that_are_not_known_any_more_go_when_they_were_ours() -> None:
    before = merge("---\nlicense: mit\n---\n", SECTION, METADATA)
    assert front(merge(before, SECTION, {"tags": ["trackio"]})) == {"license": "mit", "tags": ["trackio"]}


def test_emissions_of_others_stay_where_we_have_none() -> None:
    text = "---\nco2_eq_emissions:\n  emissions: 3\n  source: codecarbon\n---\n"
    found = front(merge(text, SECTION, {"tags": ["trackio"]}))
    assert found["co2_eq_emissions"] == {"emissions": 3, "source": "codecarbon"}


def test_a_place_that_an_earlier_card_of_ours_named_goes_with_it() -> None:
    before = merge("---\nlicense: mit\n---\n", SECTION, METADATA)
    less = {"emissions": 9.0, "source": "trackio 0.50.0: given by the user"}
    found = front(merge(before, SECTION, {"tags": ["trackio"], "co2_eq_emissions": less}))
    assert found["co2_eq_emissions"] == less


def test_a_training_type_that_the_user_wrote_stays() -> None:
    text = "---\nco2_eq_emissions:\n  emissions: 3\n  training_type: fine-tuning\n---\n"
    assert front(merge(text, SECTION, METADATA))["co2_eq_emissions"]["training_type"] == "fine-tuning"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Model\n",
        "# Model",
        "\ufeff# Model\r\n",
        "---\nlicense: mit\n---\n# Model\n\n\n",
        "---\nlicense: mit\ntags:\n  - a # one\n  - b\n---\n\ntext",
        "---\ntags: [a, b]\n---\n",
        "---\r\nlicense: mit\r\n---\r\n\r\n# Model\r\n",
    ],
)
def test_what_is_taken_out_again_leaves_the_readme_as_it_was(text: str) -> None:
    assert remove(merge(text, SECTION, METADATA)) == text
    assert remove(text) == text


@pytest.mark.parametrize(
    ("block", "after"),
    [
        ("tags: trackio\n", ""),
        ("tags: [trackio, a]\n", "tags: [a]\n"),
        ("tags: [a, trackio, b]\n", "tags: [a, b]\n"),
        ("tags:\n- a\n- trackio  # ours\n- b\n", "tags:\n- a\n- b\n"),
        ("tags: [a]\nco2_eq_emissions: 3\n", "tags: [a]\nco2_eq_emissions: 3\n"),
    ],
)
def test_taking_out_touches_only_our_tag_and_emissions(block: str, after: str) -> None:
    assert remove(f"---\n{block}x: 1\n---\n") == f"---\n{after}x: 1\n---\n"


def test_bytes_that_are_no_utf8_are_an_error() -> None:
    with pytest.raises(CardError, match="not UTF-8 text"):
        merge_bytes(b"# M\xe9moire\n", SECTION, METADATA)
    data = "# Mémoire\r\n".encode()
    assert remove_bytes(merge_bytes(data, SECTION, METADATA)) == data


def test_a_text_that_nests_deeper_than_the_stack_is_kept() -> None:
    block = f"deep: {'[' * 1500}{']' * 1500}\n"
    assert merge(f"---\n{block}---\n", SECTION, METADATA).startswith(f"---\n{block}tags:\n")


def test_metadata_of_no_key_of_ours_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        merge("---\nlicense: mit\n---\n", SECTION, {"license": "apache-2.0"})
