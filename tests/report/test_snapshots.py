"""Snapshots of a report, kept by real builds."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.report.conftest import Build, Record, files
from trackio.errors import ReportError, UsageError
from trackio.report.gather import addresses
from trackio.report.snapshots.entry import read

BASE = "https://me.example/runs"
_LINK = re.compile(r'(?:href|src|data-runtime|data-to)="([^"#]*)"')


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return found


def kept(out: Path, name: str) -> dict[str, bytes]:
    return files(out / name)


def test_auto_keeps_the_report_where_the_data_changed(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    assert [one.name for one in built(snapshot="auto").snapshots] == ["v1"]
    before = kept(out, "v1")
    again = built(snapshot="auto")
    assert (again.kept, again.written, [one.name for one in again.snapshots]) == (None, 0, ["v1"])
    record("p", "b", {"loss": [3.0, 2.0]})
    assert [one.name for one in built(snapshot="auto").snapshots] == ["v1", "v2"]
    assert kept(out, "v1") == before
    assert "p/runs/b.html" in kept(out, "v2")
    assert "p/runs/b.html" not in before


@pytest.mark.parametrize("options", [{"base_url": BASE}, {"is_transparent": True}])
def test_what_pages_look_like_is_no_reason_for_a_snapshot(
    record: Record, built: Build, options: dict[str, object]
) -> None:
    record("p", "a")
    built(snapshot="auto")
    assert built(snapshot="auto", **options).kept is None


def test_a_label_keeps_the_same_data_once_more_and_names_one_snapshot(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built(snapshot="auto")
    assert [one.title for one in built(snapshot="camera-ready").snapshots] == ["v1", "v2 (camera-ready)"]
    assert built(snapshot="camera-ready").kept is None
    record("p", "b")
    with pytest.raises(UsageError, match="v2 has that label"):
        built(snapshot="camera-ready")
    # The report itself was brought up to date.
    assert (out / "p/runs/b.html").is_file()
    assert [one.title for one in built().snapshots] == ["v1", "v2 (camera-ready)"]


@pytest.mark.parametrize("base_url", [None, BASE])
def test_a_snapshot_is_a_whole_site_that_works_alone(
    record: Record, built: Build, out: Path, tmp_path: Path, base_url: str | None
) -> None:
    record("a & <b>", "run/1", {"val/loss": [1.0, 0.5], "x" * 90: [1.0]})
    record("other", "z")
    built(snapshot="auto", base_url=base_url)
    alone = tmp_path / "alone"
    shutil.copytree(out / "v1", alone)
    pages = sorted(alone.rglob("*.html"))
    assert len(pages) == 1 + 2 + 2 + 3
    for page in pages:
        for address in _LINK.findall(page.read_text()):
            target = unquote(unescape(address))
            # One link leads out, to where the page's newest version stands.
            if target and "://" not in target and not target.startswith("data:") and "latest</a>" in page.read_text():
                place = (page.parent / target).resolve()
                is_out = not place.is_relative_to(alone)
                assert is_out or place.is_file(), f"{page}: {target}"
    assert {path.relative_to(alone) for path in alone.rglob("*")} >= {Path("manifest.json"), Path("assets/embed.js")}


def test_what_a_note_says_is_part_of_a_snapshot(record: Record, built: Build, out: Path, tmp_path: Path) -> None:
    record("p", "a")
    note = tmp_path / "note.md"
    note.write_text("---\ntitle: How it went\nauthors: [Ada]\nproject: p\n---\n\nWell.\n")
    built(notes=[note], snapshot="auto")
    (page,) = [name for name, data in kept(out, "v1").items() if b"<p>Well." in data and name.endswith(".html")]
    text = (out / "v1" / page).read_text()
    assert "author = {Ada}" in text
    assert "Snapshot <bdi>v1" in text
    assert (out / "latest" / page).is_file()
    assert built(notes=[note], snapshot="auto").kept is None
    note.write_text(note.read_text().replace("Well", "Badly"))
    assert built(notes=[note], snapshot="auto").kept is not None
    digest = str(manifest(out)["data_hash"])
    assert digest == manifest(out / "v2")["data_hash"]
    assert f'title="{digest}"' in (out / "index.html").read_text()
    # The project's own data is that of both.
    assert f'title="{digest}"' not in (out / "p/index.html").read_text()


def test_addresses_of_a_site_stay_where_they_were(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    before = set(files(out))
    built(snapshot="auto")
    now = set(files(out))
    assert before <= now
    assert {name.partition("/")[0] for name in now - before} == {"v1", "latest", "assets"}


def test_unchanged_files_are_shared_and_read_only(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"loss": [1.0, 0.5], "only-a": [1.0]})
    built(snapshot="auto")
    record("p", "b")
    made = built(snapshot="auto").kept
    assert made is not None
    shared = {
        name
        for name in made.snapshot.files
        if (out / "v1" / name).exists() and (out / "v1" / name).samefile(out / "v2" / name)
    }
    assert {"p/charts/only-a.svg", "p/charts/only-a.csv", "p/data/runs/a.parquet", "assets/embed.js"} <= shared
    assert made.shared_bytes == sum(made.snapshot.files[name][0] for name in shared)
    # What is rewritten is the report's own, never shared with what stays.
    assert not any((out / name).samefile(out / "v1" / name) for name in shared)
    for path in out.glob("v*/**/*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o444, path


def test_a_medium_without_links_has_copies(
    record: Record, built: Build, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: object) -> None:
        raise PermissionError(1, "no links here")

    record("p", "a")
    built(snapshot="auto")
    monkeypatch.setattr(os, "link", refuse)
    made = built(snapshot="again").kept
    assert made is not None
    assert made.shared_bytes == 0
    assert (out / "v2/p/charts/loss.csv").read_bytes() == (out / "v1/p/charts/loss.csv").read_bytes()


def test_what_is_said_of_a_snapshot_is_in_its_own_list_and_in_the_manifest(
    record: Record, built: Build, out: Path
) -> None:
    record("p", "a")
    built(snapshot="first")
    found = read(out / "v1")
    assert found is not None
    assert (found.number, found.label, found.name) == (1, "first", "v1")
    assert re.fullmatch("[0-9a-f]{64}", found.data_hash)
    assert found.projects.keys() == {"p"}
    assert set(found.files) == {name for name in files(out / "v1") if name != "snapshot.json"}
    root, own = manifest(out), manifest(out / "v1")
    assert root["snapshots"] == [found.stated()]
    assert own["snapshot"] == found.stated()
    assert root["data_hash"] == own["data_hash"] == found.data_hash
    assert "snapshots" not in own


def test_the_root_page_lists_the_snapshots(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    assert "Snapshots" not in (out / "index.html").read_text()
    built(snapshot="auto")
    built(snapshot="<i>odd</i>")
    page = (out / "index.html").read_text()
    assert page.index('href="v2/index.html"') < page.index('href="v1/index.html"')
    assert "&lt;i&gt;odd" in page
    assert "Snapshots" not in (out / "v2/index.html").read_text()
    assert "Snapshot <bdi>v2, &lt;i&gt;odd" in (out / "v2/p/index.html").read_text()


def test_pages_cite_the_snapshot_with_their_data(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    record("q", "z")
    pages = ["index.html", "p/index.html", "p/runs/a.html", "p/charts/loss.html"]
    assert f"{BASE}/" in built(base_url=BASE).path.joinpath("p/index.html").read_text()

    def cited(folder: str) -> list[str]:
        texts = [re.sub("<!--.*?-->", "", (out / folder / page).read_text()) for page in pages]
        return [found[1] for text in texts if (found := re.search(r"url = \{(.*?)\}", text))]

    assert cited("") == [f"{BASE}/{page}" for page in pages]
    built(base_url=BASE, snapshot="auto")
    assert cited("") == cited("v1") == [f"{BASE}/v1/{page}" for page in pages]
    record("q", "more")
    built(base_url=BASE)
    # The data of p is still that of the snapshot; all of it together is not.
    assert cited("") == [f"{BASE}/{pages[0]}", *(f"{BASE}/v1/{page}" for page in pages[1:])]
    assert cited("v1") == [f"{BASE}/v1/{page}" for page in pages]
    record("p", "b")
    built(base_url=BASE)
    assert cited("") == [f"{BASE}/{page}" for page in pages]


def test_what_others_follow_leads_into_the_snapshot(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"](https://me.example/runs/": [1.0], '"https://me.example/runs/': [1.0], "loss": [1.0]})
    built(base_url=BASE, snapshot="auto")
    (chart,) = (one for one in manifest(out)["projects"][0]["charts"] if one["metric"] == "loss")  # type: ignore[index]
    oembed = json.loads((out / "v1" / chart["oembed"]).read_text())
    assert f'src="{BASE}/v1/{chart["html"]}"' in oembed["html"]
    assert oembed["thumbnail_url"] == f"{BASE}/v1/{chart['png']}"
    page = (out / "v1" / chart["html"]).read_text()
    assert f'<meta property="og:image" content="{BASE}/v1/{chart["png"]}">' in page
    assert f'<link rel="canonical" href="{BASE}/{chart["html"]}">' in page
    links = re.findall(r"\]\((.*?)\)", (out / "v1/p/card.md").read_text())
    assert links
    assert all(link.startswith(f"{BASE}/v1/p/") for link in links)
    # Names are left as they were logged.
    for suffix in ("csv", "svg", "vl.json"):
        for path in (out / "v1/p/charts").glob(f"*.{suffix}"):
            assert path.read_bytes() == (out / "p/charts" / path.name).read_bytes()
    titles = [json.loads(path.read_text())["title"] for path in (out / "v1/p/charts").glob("*.oembed.json")]
    assert sorted(titles) == sorted(
        json.loads(path.read_text())["title"] for path in (out / "p/charts").glob("*.oembed.json")
    )


def test_no_project_stands_where_snapshots_do() -> None:
    found = addresses(["latest", "v1", "v12", "v1-0", "v0", "video"])
    assert {name for name, own in found.items() if own.slug == name} == {"v1-0", "v0", "video"}
    assert addresses(["v1", "V1"])["v1"].slug == found["v1"].slug


def test_no_report_is_built_into_a_snapshot(
    record: Record, built: Build, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("p", "a")
    built(snapshot="auto")
    before = kept(out, "v1")
    with pytest.raises(ReportError, match="is a snapshot"):
        built(output=out / "v1")
    monkeypatch.chdir(out / "v1")
    with pytest.raises(ReportError, match="is a snapshot"):
        built(output=Path())
    for place in (Path("sub"), Path("p", "charts"), out / "v1" / "not" / "yet", out / "v1" / ".." / "v1" / "sub"):
        with pytest.raises(ReportError, match=r"would lie in .*v1, which is a snapshot"):
            built(output=place)
    assert kept(out, "v1") == before


def test_the_same_data_gives_the_same_snapshots(record: Record, built: Build, out: Path, tmp_path: Path) -> None:
    record("p", "a")
    for place in (out, tmp_path / "again"):
        for label in ("one", "two"):
            built(output=place, snapshot=label)
    assert files(out) == files(tmp_path / "again")


def test_an_empty_report_can_be_kept(record: Record, built: Build, out: Path) -> None:
    assert [one.name for one in built(snapshot="auto").snapshots] == ["v1"]
    record("p", "a", {})
    assert [one.name for one in built(snapshot="auto").snapshots] == ["v1", "v2"]
    assert (out / "v2/p/index.html").is_file()


def test_pages_under_latest_lead_to_the_current_ones(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    assert not (out / "latest").exists()
    built(snapshot="auto")
    pages = {name for name in files(out) if name.endswith(".html") and not name.startswith(("v1/", "latest/"))}
    assert {name.removeprefix("latest/") for name in files(out / "latest")} == pages
    for page in pages:
        text = (out / "latest" / page).read_text()
        (found,) = set(re.findall(r'(?:data-to|href)="([^"]*\.html)"', text))
        assert ((out / "latest" / page).parent / found).resolve() == (out / page).resolve()
    record("p", "b")
    built()
    assert (out / "latest/p/runs/b.html").is_file()
