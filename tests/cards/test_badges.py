"""The badge: a picture of one line that needs nobody else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cards import made
from trackio.cards import badge


@pytest.mark.parametrize(("run", "told"), [("run-1", "217 Wh"), ("run-2", "not measured")])
def test_the_badge_says_the_energy_and_loads_nothing(tmp_path: Path, run: str, told: str) -> None:
    store = made.project(tmp_path)
    made.measured(store)
    made.unmeasured(store)
    drawn = badge(made.card(store, [run]))
    root = ET.fromstring(drawn)
    assert root.get("aria-label") == f"training energy: {told}"
    assert [one.text for one in root.iter() if one.tag.endswith("text")] == ["training energy", told]
    assert drawn.count("http") == 1, "the name of SVG itself"
    assert "href" not in drawn
