"""Whatever a README holds: merging twice is merging once, and every byte that is not ours stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.cards.made import METADATA, SECTION, html, tables
from trackio.cards import CardError, escapes, merge, remove
from trackio.cards.results import table

NEWLINES = st.sampled_from(["\n", "\r\n"])
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff"), max_size=12)

BODY_LINES = st.sampled_from(
    [
        "# Model",
        "",
        "words",
        "- item",
        "    code",
        "```",
        "~~~ html",
        "<div>",
        "</div>",
        "<!-- other -->",
        "| a | b |",
        "| - | - |",
        "> quoted",
        "1. one",
        "---",
        "<!-- trackio:other -->",
        "`<!-- trackio:begin -->`",
    ]
)
TAG_LINES = st.sampled_from(
    [
        (),
        ("tags: [a, b]  # both",),
        ("tags: []",),
        ("tags:", "- a   # one", "", "# between", "- 'b'"),
        ("tags:", "    - a"),
        ("tags: vision # one",),
        ("tags:",),
        ("tags: [", "  a,", "  b, # last", "]"),
        ("tags: [trackio]",),
    ]
)
EMISSION_LINES = st.sampled_from(
    [
        (),
        ("co2_eq_emissions: 12 # by hand",),
        ("co2_eq_emissions:",),
        ("co2_eq_emissions: {emissions: 1, source: 'x'}",),
        ("co2_eq_emissions: # c", "  emissions: 1 # d", "", "  # e", "  source: |", "    a", "    b"),
        ("co2_eq_emissions:", "    source: codecarbon", "    emissions: 3", "    more: [1, {a: b}]"),
    ]
)


@dataclass(frozen=True)
class Readme:
    """A file and what it is made of."""

    start: str
    """A byte order mark, or nothing."""
    front: tuple[str, ...]
    """Lines of the metadata with their ends; empty where there is none."""
    body: str

    @property
    def text(self) -> str:
        dashes = "---" + (self.front[0].lstrip("-") if self.front else "\n")
        block = "".join(self.front[1:])
        return self.start + (dashes + block + dashes if self.front else "") + self.body

    @property
    def metadata(self) -> dict[str, Any]:
        return yaml.safe_load("".join(self.front[1:])) or {}


@st.composite
def readmes(draw: st.DrawFn) -> Readme:
    """READMEs that merge() takes, most of them."""
    ends = st.sampled_from(["\n", "\r\n"]) if draw(st.booleans()) else st.just(draw(NEWLINES))
    values = st.one_of(WORDS, st.integers(), st.lists(WORDS, max_size=2), st.none(), st.dictionaries(WORDS, WORDS))
    others = draw(st.dictionaries(WORDS.filter(lambda key: key not in ("tags", "<<")), values, max_size=3))
    lines = yaml.safe_dump(others, allow_unicode=True).splitlines() if others else []
    parts = [lines, list(draw(TAG_LINES)), list(draw(EMISSION_LINES)), draw(st.sampled_from([[], ["# note"], [""]]))]
    block = [line + draw(ends) for part in draw(st.permutations(parts)) for line in part]
    front = ("---" + draw(ends), *block) if draw(st.booleans()) else ()
    body = "".join(line + draw(ends) for line in draw(st.lists(BODY_LINES, max_size=8)))
    body = body if draw(st.booleans()) else body.rstrip("\r\n")
    assume(front or not body.lstrip().startswith("---"))
    return Readme(draw(st.sampled_from(["", "\ufeff"])), front, body)


def merged(text: str) -> str:
    try:
        return merge(text, SECTION, METADATA)
    except CardError:
        # Such as a block of code that does not end; told, and the file is as it was.
        assume(False)
        raise


def split(text: str) -> tuple[str, str]:
    """The metadata and the body of what merge() made."""
    block, _, body = text.removeprefix("\ufeff").partition("---")[2].partition("\n---")
    return block, body.partition("\n")[2]


@given(readmes())
def test_merging_twice_is_merging_once(readme: Readme) -> None:
    once = merged(readme.text)
    assert merge(once, SECTION, METADATA) == once


@given(readmes())
def test_the_body_keeps_its_bytes_and_has_the_section_below(readme: Readme) -> None:
    found = merged(readme.text)
    assert found.startswith(readme.start)
    body = split(found)[1]
    assert body.startswith(readme.body)
    assert body[len(readme.body) :].replace("\r\n", "\n").strip("\n") == SECTION


@given(readmes())
def test_lines_of_other_keys_and_comments_keep_their_bytes_and_order(readme: Readme) -> None:
    found = iter(merged(readme.text).splitlines(keepends=True))
    ours = False
    for line in readme.front[1:]:
        # Ours are a key at the left and what is indented or listed below it.
        ours = line.startswith(("tags:", "co2_eq_emissions:")) or (ours and line[:1] in " -]\r\n#")
        if not ours:
            assert line in found


@given(readmes())
def test_metadata_loads_back_to_what_it_was_and_ours(readme: Readme) -> None:
    before, after = readme.metadata, yaml.safe_load(split(merged(readme.text))[0])
    tags = before.get("tags") or []
    tags = tags if isinstance(tags, list) else [tags]
    assert after["tags"] == tags + ["trackio"] * ("trackio" not in tags)
    emissions: Any = METADATA["co2_eq_emissions"]
    assert after["co2_eq_emissions"].items() >= emissions.items()
    ours = ("tags", "co2_eq_emissions")
    assert {k: v for k, v in after.items() if k not in ours} == {k: v for k, v in before.items() if k not in ours}
    assert [key for key in after if key in before] == list(before)


@given(readmes())
def test_what_is_taken_out_gives_back_the_body(readme: Readme) -> None:
    found = remove(merged(readme.text))
    assert found.endswith(readme.body)
    assert remove(found) == found


@given(st.text())
@example("---\n---\n---\n")
@example("---\n\u2028tags: 1\n---\n")
@example("---\r\ra: 1\r---\r\n")
@example("---\na: 1\n---\rtext")
@example("\ufeff\ufeff---\na: 1\n---\n")
@example("a\r")
def test_any_text_is_merged_the_same_twice_or_refused(text: str) -> None:
    once = merged(text)
    assert merge(once, SECTION, METADATA) == once


PIECES = st.sampled_from(
    [
        *"ab1~[]{},'\"#?",
        "tags",
        "co2_eq_emissions",
        "trackio",
        "&x ",
        "*x",
        "!t ",
        "...",
        ": ",
        ":\n",
        "- ",
        "\n",
        "\r\n",
        "\n  ",
        "\t",
        " ",
        " # c",
        "|\n  ",
        ">-\n  ",
        "<<: ",
    ]
)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(PIECES, max_size=16).map("".join))
def test_any_metadata_is_refused_or_merged_and_its_other_keys_say_the_same(block: str) -> None:
    once = merged(f"---\n{block}\n---\n")
    assert merge(once, SECTION, METADATA) == once
    try:
        before = yaml.safe_load(block + "\n") or {}
    except (yaml.YAMLError, ValueError, TypeError):
        # What does not load, as an unknown tag, is taken as it is written.
        return
    after = yaml.safe_load(split(once)[0])
    ours = ("tags", "co2_eq_emissions")
    assert {k: v for k, v in after.items() if k not in ours} == {k: v for k, v in before.items() if k not in ours}
    remove(once)


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=3))
def test_any_names_make_a_table_of_just_these_cells(rows: list[list[str]]) -> None:
    text = "\n".join(table(["a", "b"], [[escapes.name(cell) for cell in row] for row in rows]))
    found = tables(text)
    assert [len(row) for row in found[0]] == [2] * (len(rows) + 1)
    assert html(text) == []
    assert found[0][1:] == [[escapes.clean(cell) or "(no name)" for cell in row] for row in rows]
