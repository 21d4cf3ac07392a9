"""References: how they are told from other texts, which files they lead to, and how they are said in words."""

from __future__ import annotations

from typing import Any

import pytest

from trackio.references import decode, encode, files, words

NAME = "0" * 64 + ".png"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ({"_type": "trackio.image", "width": 640, "height": 480, "size": 12_345}, "image 640 x 480, 12,345 bytes"),
        ({"_type": "trackio.image", "caption": 'a "cat"'}, 'image "a \\"cat\\""'),
        ({"_type": "trackio.table", "rows": 1200, "size": 5}, "table 1,200 rows, 5 bytes"),
        ({"_type": "trackio.list", "items": [{}, {}]}, "list 2 items"),
        ({"_type": "trackio.array", "_value": [1, 2.5]}, "array [1, 2.5]"),
        ({"_type": "trackio.markdown", "_value": "x" * 100}, "markdown " + "x" * 79 + "…"),
        ({"_type": "trackio.histogram", "bins": [0, 1]}, "histogram"),
        ({"_type": "trackio.image", "width": "wide", "size": True, "items": 3}, "image"),
    ],
)
def test_a_reference_in_words(reference: dict[str, Any], text: str) -> None:
    assert words(reference) == text


@pytest.mark.parametrize("value", [None, 1.5, True, "", "plain", '{"_type":"other"}', '{"_type":"trackio.x"', "[1]"])
def test_what_is_no_reference_is_none(value: object) -> None:
    assert decode(value) is None


def test_a_reference_is_found_again_and_leads_to_its_files() -> None:
    inner = {"file": NAME, "caption": "file", "masks": {"m": {"file": NAME[:64]}}}
    reference = {"items": [inner, {"script_file": NAME}, {"file": "../etc"}], "_type": "trackio.list"}
    assert decode(encode(reference)) == reference
    assert list(files(reference)) == [NAME, NAME[:64], NAME]
