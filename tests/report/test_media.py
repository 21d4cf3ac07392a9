"""Media in a report: which files there are, what pages say of them, and what happens to those that cannot be shown."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.conftest import Build, Record, files
from tests.report.media import Shelf, histogram, markdown, png, several
from tests.report.test_pages import ALLOWED, HOSTILE, Page
from trackio.references import encode
from trackio.report.build import Options
from trackio.report.media.choice import LIMIT_BYTES
from trackio.report.single import single

RUN = "p/runs/r.html"


@pytest.fixture
def shelf(home: Path) -> Shelf:
    return Shelf(home)


def every_kind(shelf: Shelf, number: int) -> dict[str, Any]:
    labels = {"1": "cat", "2": "dog"}
    box = {"position": {"minX": 0.1, "maxX": 0.5, "minY": 0.2, "maxY": 0.6}, "class_id": 2, "scores": {"p": 0.75}}
    return {
        "loss": 1 / (number + 1),
        "image": shelf.image(
            number,
            caption="a cat",
            boxes={"predicted": {"box_data": [box], "class_labels": labels}},
            masks={"predicted": shelf.mask([[0, 1], [2, 2]], labels)},
        ),
        "grid": several([shelf.image(10 * number + k) for k in range(3)]),
        "sound": shelf.sound(),
        "film": shelf.put("video", b"film %d" % number, ".mp4", width=64, height=48, fps=8, frames=16, format="mp4"),
        "page": shelf.put("html", b"<p>page %d<script>top.x = 1</script>" % number, ".html", inject=True),
        "report": markdown(f"# Report {number}\n\n**bold** <script>alert(1)</script>"),
        "table": shelf.table(["a", "b"], [[k, f"row {k}"] for k in range(40)]),
        "weights": histogram([1, 2 + number, 3]),
        "trace": shelf.trace([{"role": "user", "content": "Hello"}], reward=0.5),
        "chart": shelf.vega(),
        "figure": shelf.plotly(),
        "cloud": shelf.points([[0, 0, 0], [1, 1, 1]]),
        "mesh": shelf.put("object3d", b"v 0 0 0", ".obj", format="obj"),
        "array": {"_type": "trackio.array", "_value": [1, 2.5]},
    }


def model(out: Path, name: str = RUN) -> str:
    return (out / name).read_text()


def test_every_kind_has_a_panel_and_every_link_a_file(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([every_kind(shelf, number) for number in range(3)])
    built()
    page = Page(model(out))
    panels = {found["data-slug"]: found for tag, found in page.elements if tag == "figure" and "data-kind" in found}
    assert set(panels) == set(every_kind(shelf, 0)) - {"loss"}
    assert panels["image"]["data-steps"] == "0:1:2"
    assert "cannot be shown" not in page.text
    for tag, attributes in page.elements:
        for key in ("href", "src", "data-script", "data-cloud", "data-frame"):
            address = attributes.get(key) or ""
            if address and not address.startswith(("data:", "#")):
                assert (out / "p/runs" / address.partition("#")[0]).resolve().is_file(), (tag, address)
        source = attributes.get("data-source")
        if source:
            assert (out / "p/runs" / f"{source}0.js").resolve().is_file()


def test_pages_with_media_keep_a_strict_policy(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([every_kind(shelf, number) for number in range(2)])
    built()
    scripts = [json.loads(f"[{match[1]}]")[1] for match in map(SCRIPT.fullmatch, _scripts(out)) if match]
    text = "".join([model(out), *_strings(scripts)])
    assert text.count("<iframe") >= 2
    for tag, attributes in Page(text).elements:
        assert "style" not in attributes
        assert not [key for key in attributes if key.startswith("on")]
        if tag == "iframe":
            assert attributes["sandbox"] == "allow-scripts"
    assert "alert(1)</script>" not in text


def test_media_leave_no_trace_on_pages_without_any(record: Record, built: Build, out: Path) -> None:
    record("p", "r", {"loss": [1.0, 0.5], "words": ["a", "b"]})
    built()
    assert not list(out.glob("assets/media*"))
    assert "media" not in model(out)
    assert json.loads((out / "manifest.json").read_text())["projects"][0]["runs"][0]["media"] is None


def test_references_are_nowhere_shown_as_the_texts_they_are(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([every_kind(shelf, 0) | {"words": "plain"}])
    built()
    page = model(out)
    assert "plain" in page
    assert "_type" not in page
    assert "_type" not in (out / "p/index.html").read_text()


def test_a_file_is_published_once_for_all_runs_and_checked(shelf: Shelf, built: Build, out: Path) -> None:
    image = shelf.image()
    shelf.log([{"image": image}], "a")
    shelf.log([{"other": image}], "b")
    built()
    assert [path.name for path in (out / "p/media").iterdir()] == [image["file"]]
    assert (out / "p/media" / image["file"]).read_bytes() == png()


def test_building_again_does_nothing_and_new_media_only_what_is_new(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([every_kind(shelf, 0), every_kind(shelf, 1)], "a")
    built()
    before = files(out)
    again = built()
    assert (again.rendered, again.written, again.removed) == (0, 0, 0)
    times = {path: path.stat().st_mtime_ns for path in (out / "p/media").iterdir()}
    shelf.log([{"image": shelf.image(99)}], "b")
    more = built()
    assert more.removed == 0
    assert {path: path.stat().st_mtime_ns for path in times} == times
    after = files(out)
    assert all(after[name] == before[name] for name in before if name.startswith(("p/media/", "p/data/runs/a")))


def test_a_copy_that_was_cut_short_leaves_nothing(shelf: Shelf, built: Build, out: Path) -> None:
    image = shelf.image()
    shelf.log([{"image": image}])
    built()
    (out / "p/media" / f"{image['file']}.0123456789ab.part").write_bytes(b"half")
    (out / "p/media/mine.part").write_bytes(b"not ours")
    built()
    assert sorted(path.name for path in (out / "p/media").iterdir()) == [image["file"], "mine.part"]


def test_more_than_a_page_can_show_is_said(shelf: Shelf, built: Build, out: Path) -> None:
    box = {"position": {"minX": 0, "maxX": 1, "minY": 0, "maxY": 1}, "class_id": 1}
    image = shelf.image(boxes={"b": {"box_data": [box] * 501}})
    shelf.log([{"boxes": image, "list": several([shelf.image()] * 1001)}])
    built()
    text = Page(model(out)).text
    assert "500 of 501 boxes" in text
    assert "and 1 more" in text


def test_a_chart_links_to_its_table(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([{"chart": shelf.vega() | {"table": shelf.table(["x"], [[1]])}}])
    built()
    links = [found["href"] for tag, found in Page(model(out)).elements if tag == "a" and "download" in found]
    (csv_link,) = (link for link in links if link and link.endswith(".table.csv"))
    assert (out / "p/runs" / csv_link).resolve().read_text() == "x\n1\n"


def test_a_project_without_its_media_leaves_none_behind(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([every_kind(shelf, 0), every_kind(shelf, 1)])
    built()
    built(media="none")
    assert not (out / "p/media").exists()
    assert not (out / "p/data/runs/r").exists()
    assert "Media" not in Page(model(out)).text
    assert not list(out.glob("assets/media*"))


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_a_file_that_is_gone_costs_its_medium_until_it_is_back(
    fault: str, shelf: Shelf, built: Build, out: Path
) -> None:
    rows = [every_kind(shelf, 0), every_kind(shelf, 1)]
    shelf.log(rows)
    names = [value["file"] for value in rows[1].values() if isinstance(value, dict) and "file" in value]
    contents = {name: shelf.blobs.path(name).read_bytes() for name in names}
    for name in names:
        shelf.blobs.path(name).unlink() if fault == "missing" else shelf.blobs.path(name).write_bytes(b"x")
    built()
    text = Page(model(out)).text
    assert text.count("cannot be shown") >= 8
    assert "Report 1" in text
    for name, content in contents.items():
        shelf.blobs.path(name).write_bytes(content)
    built()
    assert "cannot be shown" not in Page(model(out)).text


def test_too_many_media_leave_the_last_of_each_name(shelf: Shelf, built: Build, out: Path) -> None:
    rows = [every_kind(shelf, number) for number in range(3)]
    shelf.log(rows)
    most = sum(len(shelf.blobs.read(name)) for name in shelf.blobs.names())
    built(media_limit_bytes=most)
    assert len(list((out / "p/media").glob("*.mp4"))) == 3
    built(media_limit_bytes=most - 1)
    assert [path.name for path in (out / "p/media").glob("*.mp4")] == [rows[2]["film"]["file"]]
    text = Page(model(out)).text
    assert "the last of each name is shown" in text
    assert "3 histograms" in text, "what needs no file stays whole"


def test_of_the_last_ones_the_largest_is_left_out(shelf: Shelf, built: Build, out: Path) -> None:
    small, large = shelf.image(), shelf.put("video", bytes(5_000_000), ".mp4", format="mp4")
    shelf.log([{"small": small, "large": large}])
    built(media_limit_bytes=1_000_000)
    assert [path.name for path in (out / "p/media").iterdir()] == [small["file"]]
    assert "This video cannot be shown: left out: it has 5 MB." in Page(model(out)).text
    assert LIMIT_BYTES == 200_000_000, "docs/report.md and --help say so"


def test_a_choice_of_metrics_is_one_of_media_too(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([{"train/loss": 1.0, "val/image": shelf.image(), "val/sound": shelf.sound()}])
    built(metrics=("val/im*",))
    assert [path.suffix for path in (out / "p/media").iterdir()] == [".png"]
    assert Page(model(out)).text.count("cannot be shown") == 0


def test_the_index_and_the_manifest_name_the_media(shelf: Shelf, built: Build, out: Path) -> None:
    images = [shelf.image(number, caption=f"at /home/alice/{number}") for number in range(2)]
    shelf.log([{"image": image} for image in images], every=10)
    built()
    run = json.loads((out / "manifest.json").read_text())["projects"][0]["runs"][0]
    assert run["media"] == {
        "index": "p/data/runs/r.media.json",
        "files": "p/media/",
        "metrics": [{"metric": "image", "kind": "image", "count": 2}],
    }
    index = json.loads((out / run["media"]["index"]).read_text())
    entries = index["media"][0]["entries"]
    assert [(entry["step"], entry["files"], entry["captions"]) for entry in entries] == [
        (0, [images[0]["file"]], ["at ~/0"]),
        (10, [images[1]["file"]], ["at ~/1"]),
    ]
    assert all((out / run["media"]["files"] / name).is_file() for entry in entries for name in entry["files"])


def test_tables_are_csv_too_without_secrets(shelf: Shelf, built: Build, out: Path) -> None:
    secret = "hf_abcdefghijklmnopqrstuvwxyz"
    rows = [[1, "/home/alice/x", None, True], [float("nan"), secret, shelf.image(), 'a,"b"\nc']]
    shelf.log([{"table": shelf.table(["n", "text", "image", "odd"], rows)}])
    built()
    (name,) = (out / "p/media").glob("*.csv")
    found = list(csv.reader(io.StringIO(name.read_text())))
    assert found[:2] == [["n", "text", "image", "odd"], ["1", "~/x", "", "true"]]
    assert found[2] == ["NaN", "(hidden)", f"media/{rows[1][2]['file']}", 'a,"b"\nc']
    assert (out / "p/media" / rows[1][2]["file"]).is_file(), "a picture in a cell is published with its table"
    assert not any(secret in content.decode("utf-8", "replace") for content in files(out).values())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_in_every_medium_stays_text(text: str, shelf: Shelf, built: Build, out: Path) -> None:
    box = {"position": {"minX": 0, "maxX": 1, "minY": 0, "maxY": 1}, "class_id": 1, "box_caption": text}
    row = {
        f"{text}/image": shelf.image(
            caption=text,
            boxes={text: {"box_data": [box], "class_labels": {"1": text}}},
            masks={text: shelf.mask([[1]], {"1": text})},
        ),
        f"{text}/table": shelf.table([text, "x"], [[text, k] for k in range(30)]),
        f"{text}/trace": shelf.trace([{"role": text, "name": text, "content": text, text: text}], key=text),
        f"{text}/markdown": markdown(text),
        f"{text}/mesh": shelf.put("object3d", b"v", ".obj", format=text, caption=text),
        f"{text}/odd": {"_type": f"trackio.{text}", "_value": text},
        f"{text}/list": several([shelf.image(caption=text), markdown(text)]),
    }
    shelf.log([row, row], text)
    built()
    scripts = [json.loads(f"[{match[1]}]")[1] for match in map(SCRIPT.fullmatch, _scripts(out)) if match]
    pages = [content.decode() for name, content in files(out).items() if name.endswith(".html")]
    for page in [*pages, *(html for html in _strings(scripts) if "<" in html and html != text)]:
        for tag, attributes in Page(page).elements:
            assert tag not in ("base", "object", "embed", "form")
            for key, value in attributes.items():
                assert ALLOWED.fullmatch(key.replace("viewbox", "viewBox")), key
                assert not key.startswith("on")
                if key in ("href", "src"):
                    assert not (value or "").lower().lstrip().startswith("javascript:")
            assert attributes.get("src") != "x"


SCRIPT = re.compile(r"trackioData\((.*)\)\n", re.DOTALL)


def _scripts(out: Path) -> list[str]:
    return [path.read_text() for path in [*out.glob("*/data/runs/*/*.js"), *out.glob("*/media/*.table.js")]]


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _strings(list(value.values()))
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


ODD: list[dict[str, Any]] = [
    {"_type": "trackio.image"},
    {"_type": "trackio.image", "file": 5, "width": "x", "boxes": [], "masks": 3},
    {"_type": "trackio.image", "file": "../../etc/passwd"},
    {"_type": "trackio.list", "items": 3},
    {"_type": "trackio.list", "items": [1, None, "x", {"_type": "trackio.list", "items": []}]},
    {"_type": "trackio.histogram", "bins": [0, 1], "values": []},
    {"_type": "trackio.histogram", "bins": [0, "x"], "values": [1]},
    {"_type": "trackio.histogram", "bins": [1, 0], "values": [1]},
    {"_type": "trackio.histogram", "bins": [0, float("inf")], "values": [1]},
    {"_type": "trackio.markdown", "_value": 5},
    {"_type": "trackio.array", "_value": {"a": [1]}},
    {"_type": "trackio.video", "file": "0" * 64 + ".mp4", "fps": 0, "frames": -1},
    {"_type": "trackio.audio", "file": "0" * 64, "seconds": float("nan")},
    {"_type": "trackio.later", "file": "0" * 64 + ".later"},
    {"_type": "trackio.", "x": 1},
]


def test_odd_references_cost_only_themselves(shelf: Shelf, built: Build, out: Path) -> None:
    bad = [b"", b"{", b"[]", b'{"columns": 5, "data": [5, [[1]], []]}', b"[" * 100_000]
    row: dict[str, Any] = {f"odd/{number}": reference for number, reference in enumerate(ODD)}
    for number, data in enumerate(bad):
        row |= {
            f"{kind}/{number}": shelf.put(kind, data, suffix)
            for kind, suffix in (
                ("table", ".table.json"),
                ("trace", ".trace.json"),
                ("vega", ".vl.json"),
                ("plotly", ".plotly.json"),
                ("object3d", ".pts.json"),
            )
        }
        row[f"mask/{number}"] = shelf.image(masks={"m": {"file": shelf.blobs.put(data, ".png").name}})
    shelf.log([row | {"good": shelf.image(caption="still here")}] * 2)
    built()
    assert "still here" in Page(model(out)).text


def test_a_single_file_has_the_last_small_media_inside(shelf: Shelf, home: Path, tmp_path: Path) -> None:
    rows = [every_kind(shelf, number) | {"big": shelf.put("video", bytes(1_100_000), ".mp4")} for number in range(2)]
    shelf.log(rows)
    path = tmp_path / "one.html"
    single(Options(path, home))
    page = Page(path.read_text())
    addresses = [v for _, found in page.elements for k, v in found.items() if k in ("src", "href") and v]
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert sum(address.startswith("data:image/png") for address in addresses) >= 7
    assert "This video cannot be shown: left out of the single file: too large." in page.text
    assert "Report 1" in page.text
    assert "#run-r-media-report" in addresses


def test_the_projects_page_names_the_newest_reports(shelf: Shelf, built: Build, out: Path) -> None:
    shelf.log([{"eval/report": markdown("# One")}], "a")
    shelf.log([{"eval/report": markdown("# Two")}], "b")
    built()
    found = re.findall(r'<a href="(runs/[^"]+#[^"]+)"><bdi>([^<]+)', (out / "p/index.html").read_text())
    assert found == [
        ("runs/b.html#media-eval-report", "eval/report · b"),
        ("runs/a.html#media-eval-report", "eval/report · a"),
    ]
    assert 'id="media-eval-report"' in (out / "p/runs/a.html").read_text()


def test_media_among_numbers_and_words_are_found(record: Record, shelf: Shelf, built: Build, out: Path) -> None:
    record("p", "r", {"mixed": [1.0, encode(shelf.image()), "word", 2.0]})
    built()
    panels = [found for tag, found in Page(model(out)).elements if found.get("data-kind") == "image"]
    assert len(panels) == 1
    assert (out / "p/charts/mixed.html").is_file()


def test_many_pictures_lie_in_several_scripts(shelf: Shelf, built: Build, out: Path) -> None:
    pictures = [shelf.image(number) for number in range(50)]
    shelf.log([{"grid": several(pictures * 14)} for _ in range(5)])
    built()
    names = sorted(path.name for path in (out / "p/data/runs/r").iterdir())
    assert names == ["grid.0.js"], "files that repeat count once"
    others = [several([shelf.image(1000 + 300 * step + k, size=17) for k in range(300)]) for step in range(8)]
    shelf.log([{"grid": one} for one in others], "many")
    built()
    names = sorted(path.name for path in (out / "p/data/runs/many").iterdir())
    assert names == ["grid.0.js", "grid.1.js"]
