"""What is built is what is committed, and the same everywhere."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.site.pages import DIST
from trackio.palette import DARK, LIGHT, Theme

SITE = DIST.parent
NAMES = {
    "bg": "background",
    "fg": "foreground",
    **{n: n for n in ("muted", "line", "grey", "accent", "warn", "error", "ok")},
}


def test_built_files_are_those_whose_sums_are_committed() -> None:
    sums = dict(reversed(line.split("  ")) for line in (DIST / "SHA256SUMS").read_text().splitlines())
    assert sums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in DIST.iterdir() if path.name != "SHA256SUMS"
    }


@pytest.mark.skipif(
    shutil.which("node") is None or not (SITE / "node_modules").is_dir(), reason="needs node, and `npm ci` in site/"
)
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    shutil.copytree(SITE, tmp_path / "site", symlinks=True)
    shutil.rmtree(tmp_path / "site" / "dist")
    subprocess.run(["node", "build.mjs"], cwd=tmp_path / "site", check=True, capture_output=True)
    assert (tmp_path / "site" / "dist" / "SHA256SUMS").read_text() == (DIST / "SHA256SUMS").read_text()


def test_nothing_evaluates_text_or_reaches_out() -> None:
    for name in ("boot.js", "runtime.js", "embed.js", "media.js", "plotly.js"):
        code = (DIST / name).read_text()
        assert not re.search(
            r"\beval\(|new Function|\bfetch\(|XMLHttpRequest|importScripts|innerHTML|document\.write", code
        ), name
        assert set(re.findall(r"https?://[^\s\"'`]+", code)) <= {"https://huggingface.co", "http://www.w3.org/2000/svg"}
        assert not re.search("</script|<!--", code), "would end an inline script"


def test_the_script_of_live_pages_evaluates_nothing_and_asks_its_own_server_alone() -> None:
    code = (DIST / "live.js").read_text()
    assert not re.search(r"\beval\(|new Function|importScripts|document\.write|\.innerHTML ?=[^=]", code)
    assert set(re.findall(r"https?://[^\s\"'`]+", code)) <= {
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/2000/svg",
    }


@pytest.mark.parametrize(("theme", "place"), [(LIGHT, 0), (DARK, 1), (DARK, 2)])
def test_the_styles_have_the_palettes_colours(theme: Theme, place: int) -> None:
    block = re.findall(r"\{([^{}]*--bg[^{}]*)\}", (SITE / "theme.css").read_text())[place]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    assert {name: colours[name] for name in NAMES} == {name: getattr(theme, field) for name, field in NAMES.items()}
    assert tuple(colours[f"series-{k + 1}"] for k in range(10)) == theme.series


def test_classes_over_pictures_have_the_colours_of_light_series() -> None:
    colours = re.findall(r"--class-\d+: (#[0-9a-f]{6});", (SITE / "classes.css").read_text())
    assert tuple(colours) == LIGHT.series


def test_components_use_no_colours_of_their_own() -> None:
    for path in SITE.glob("*.css"):
        if path.name not in ("theme.css", "classes.css"):
            assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl", path.read_text()), path.name
