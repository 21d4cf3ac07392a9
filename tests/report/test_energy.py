"""The energy of a project on its pages, beside them, and for programs."""

from __future__ import annotations

import json
import math
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.energy.recorded import BOOT, H200, PACKAGE, Recorded, steady
from tests.report.conftest import Build, files
from tests.report.test_pages import HOSTILE, model
from trackio.report.build import Options, build
from trackio.report.energy.barfiles import OPACITY
from trackio.report.single import single
from trackio.store.home import Home
from trackio.store.project import ProjectStore

FRANCE = {"location": "FRA", "pue": 1.2, "price": "0.25 EUR/kWh"}


@pytest.fixture
def store(home: Path) -> ProjectStore:
    return Home(home).create("p")


def trained(store: ProjectStore, run: str, watts: float, *, start: float = 0.0, **more: Any) -> None:
    """A minute at constant power, with a loss that falls from 1 to 1/6."""
    one = Recorded(store, run, start=start)
    one.session([(H200, steady(60, watts, start=start))], **more)
    for second in range(10, 61, 10):
        one.log(start + second, val__loss=10 / second, epoch=second / 10)
    one.write()


def text(path: Path) -> str:
    """What a reader sees of a page, in one line."""
    found = re.sub(r"<(script|style)\b.*?</\1>", " ", path.read_text(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found)))


def document(out: Path) -> dict[str, Any]:
    return json.loads((out / "p/data/energy.json").read_text())


def test_the_page_says_the_amount_and_what_it_rests_on(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 720, start=100, missing={"cpu": "no RAPL here"})
    store.save_settings(FRANCE)
    built()
    said = text(out / "p/energy.html")
    assert "18.0 Wh used, as measured" in said
    assert "954 mg CO₂e France, 44.18 g/kWh, PUE 1.2" in said
    assert "0.0054 EUR at 0.25 EUR/kWh, PUE 1.2" in said
    assert "Measured: 1 GPU (NVIDIA H200). A value is known for all of the devices' time." in said
    assert "The energy comes from the counters of the hardware." in said
    assert "Processors no RAPL here (1 run)" in said
    assert "Our World in Data" in said
    assert "CC BY 4.0" in said


def test_all_runs_are_in_equal_units(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "small", 0.36)
    trained(store, "large", 3600, start=100)
    built()
    rows = re.findall(r'<tr data-run="\w+">\s*<th.*?</tr>', (out / "p/energy.html").read_text(), re.DOTALL)
    cells = [re.findall(r"<td[^>]*><bdi>(.*?)</bdi>", row)[0] for row in rows]
    assert cells == ["0.00600", "60.0"]
    assert "energy</bdi> <small>Wh</small>" in (out / "p/index.html").read_text()


def test_the_project_page_links_to_its_energy_and_the_table_has_a_column(
    store: ProjectStore, built: Build, out: Path
) -> None:
    trained(store, "a", 360)
    built()
    page = (out / "p/index.html").read_text()
    assert '1 run · <a href="energy.html">6.00 Wh</a> · updated 20 Nov 2025' in page
    assert '<option value="kwh">energy</option>' in page
    assert "<bdi>6.00</bdi>" in page
    assert "6.00 Wh" in text(out / "index.html")


def test_a_metric_against_energy_is_a_page_with_files_of_its_own(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    built()
    names = files(out)
    for suffix in ("html", "svg", "png", "csv", "vl.json", "oembed.json"):
        assert f"p/charts/val-loss.kwh.{suffix}" in names
    assert b"over energy (Wh) from 1 Wh to 6 Wh" in names["p/charts/val-loss.kwh.html"]
    rows = names["p/charts/val-loss.kwh.csv"].decode().splitlines()
    assert rows[0] == "run,run_id,group,step,timestamp,value,kwh"
    assert [float(row.rpartition(",")[2]) for row in rows[1:]] == pytest.approx([k / 1000 for k in range(1, 7)])
    (chart,) = model(out / "p/charts/val-loss.kwh.html")["charts"]
    assert (chart["data"], chart["defaults"]) == ("../data/val-loss.js", {"x": "kwh"})
    # Who never asks for energy loads nothing of it.
    assert b"energy" not in names["p/charts/val-loss.html"].partition(b'id="trackio-model"')[2]
    assert b"epoch.html?x=kwh" in names["p/energy.html"]


def test_power_over_time_and_the_bars_are_files_too(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    built()
    names = files(out)
    power = [float(row.rpartition(",")[2]) for row in names["p/charts/energy.power.csv"].decode().splitlines()[1:]]
    assert power == pytest.approx([360.0] * len(power))
    for suffix in ("svg", "png", "csv", "vl.json"):
        assert names[f"p/charts/energy.runs.{suffix}"]
    head, row = names["p/charts/energy.runs.csv"].decode().splitlines()
    found = dict(zip(head.split(","), row.split(","), strict=True))
    assert (found["run"], found["joules"], found["kwh"], found["cpu_joules"]) == ("a", "21600", "0.006", "")


def test_a_page_of_a_run_tells_devices_phases_and_reasons(store: ProjectStore, built: Build, out: Path) -> None:
    one = Recorded(store, "a").log(30, loss=1.0)
    gpu, cpu = steady(60, 360), steady(60, 90, load=0)
    one.session([(H200, gpu), (PACKAGE, cpu)], missing={"dram": "not there"}, marks=[(20, "warm-up")]).write()
    built()
    said = text(out / "p/runs/a.html")
    assert "7.50 Wh used, as measured" in said
    assert "450 W mean power of all that was measured, over 1 min" in said
    assert re.search(r"GPU 0 \(NVIDIA H200\) 6\.00 360 100 % 0 % the whole GPU", said)
    assert re.search(r"warm-up 2\.50 450 20 s the rest 5\.00 450 40 s", said)
    assert "Memory not there" in said
    (power,) = (chart for chart in model(out / "p/runs/a.html")["charts"] if chart["slug"] == "energy.power")
    assert power["defaults"] == {"x": "relative", "legend": "auto"}
    assert '"metric":"GPU 0"' in (out / "p/data/runs/a.js").read_text()


def test_where_nothing_was_measured_the_page_says_so_and_why(store: ProjectStore, built: Build, out: Path) -> None:
    Recorded(store, "a").session([], start=0, end=8, missing={"gpu": "no NVIDIA driver"}).log(1, loss=1.0).write()
    built()
    said = text(out / "p/energy.html")
    assert "The energy of these runs was not measured." in said
    assert "GPUs no NVIDIA driver" in said
    assert '<a href="energy.html">energy not measured</a>' in (out / "p/index.html").read_text()
    assert "The energy of this run was not measured." in text(out / "p/runs/a.html")
    assert '<option value="kwh">' not in (out / "p/index.html").read_text()
    manifest = json.loads((out / "manifest.json").read_text())["projects"][0]
    assert manifest["energy"]["kwh"] is None
    assert manifest["energy"]["path"] == "p/energy.html"
    assert manifest["runs"][0]["energy"]["joules"] is None
    assert built().rendered == 0


def test_a_project_from_before_has_no_energy_page(store: ProjectStore, built: Build, out: Path) -> None:
    Recorded(store, "a").log(1, loss=1.0).write()
    built()
    assert not (out / "p/energy.html").exists()
    assert json.loads((out / "manifest.json").read_text())["projects"][0]["energy"] is None
    assert "nergy" not in text(out / "p/index.html") + text(out / "p/runs/a.html")


def test_one_sample_gives_no_amount_and_no_broken_page(store: ProjectStore, built: Build, out: Path) -> None:
    Recorded(store, "a").session([(H200, steady(0, 300))], end=5).log(1, loss=1.0).write()
    built()
    assert "was not measured" in text(out / "p/energy.html")
    assert "fewer than two readings were taken" in text(out / "p/energy.html")


def test_readings_of_nothing_but_load_are_no_amount(store: ProjectStore, built: Build, out: Path) -> None:
    rows = [(float(second), None, None if second < 8 else 300.0 * (second == 9), 50.0) for second in range(11)]
    Recorded(store, "a").session([(H200, rows)]).log(1, loss=1.0).log(2, loss=0.5).write()
    built()
    assert document(out)["runs"][0]["coverage"] in (None, pytest.approx(document(out)["coverage"]))
    assert "Infinity" not in (out / "p/energy.html").read_text()


def test_time_that_runs_share_counts_once_and_is_said(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 360)
    built()
    found = document(out)
    assert found["joules"] == pytest.approx(21_600)
    assert sum(run["joules"] for run in found["runs"]) == pytest.approx(43_200)
    assert "The amounts of the runs add up to 12.0 Wh: for 1 min devices were used by more than one run" in text(
        out / "p/energy.html"
    )


def test_programs_find_the_numbers(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    Recorded(store, "old", start=200).log(200, val__loss=0.5).write()
    store.save_settings(FRANCE)
    built()
    manifest = json.loads((out / "manifest.json").read_text())["projects"][0]
    energy = manifest["energy"]
    assert energy["kwh"] == pytest.approx(0.006)
    assert energy["joules"] == pytest.approx(21_600)
    assert energy["co2e_grams"] == pytest.approx(0.006 * 1.2 * 44.18)
    assert energy["coverage"] == 1
    assert (out / energy["path"]).is_file()
    assert (out / energy["data"]).is_file()
    runs = {run["name"]: run["energy"] for run in manifest["runs"]}
    assert runs["a"]["kwh"] == pytest.approx(0.006)
    assert runs["old"] is None
    found = document(out)
    assert found["unmeasured"] == ["old"]
    assert found["assumptions"]["location"] == "FRA"
    assert found["devices"][0]["label"] == "GPU 0 (NVIDIA H200)"
    assert "recorded without a meter: old" in text(out / "p/energy.html")


def test_a_name_in_a_sentence_turns_only_its_own_text(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    Recorded(store, "b", name="\u202e<b>old", start=100).log(110, loss=1.0).write()
    built()
    assert "without a meter: <bdi>\u202e&lt;b&gt;old</bdi>." in (out / "p/energy.html").read_text()


def test_a_target_that_was_reached_before_the_meter_began_is_told_as_that(
    store: ProjectStore, built: Build, out: Path
) -> None:
    one = Recorded(store, "late").session([(H200, steady(60, 360, start=20))])
    one.log(0, loss=0.1).log(40, loss=0.5).log(60, loss=0.4).write()
    built()
    said = text(out / "p/energy.html")
    assert "1 run did not reach it while energy was measured." in said
    assert "energy Wh" in said
    assert "to loss ≤ 0.1 Wh" in said


def test_targets_are_those_that_all_runs_reached(store: ProjectStore, built: Build, out: Path) -> None:
    for number, watts in enumerate((360, 720)):
        trained(store, f"r{number}", watts, start=number * 100.0)
    late = Recorded(store, "late", start=300).session([(H200, steady(60, 360, start=300))])
    late.log(350, val__loss=0.5).log(360, val__loss=math.nan).write()
    built()
    (target,) = (one for one in document(out)["targets"] if one["metric"] == "val/loss")
    assert (target["value"], target["goal"], target["rule"]) == (0.5, "minimize", "all")
    joules = {run["name"]: target["joules"][run["id"]] for run in document(out)["runs"]}
    assert joules == {"r0": pytest.approx(7200), "r1": pytest.approx(14_400), "late": pytest.approx(18_000)}
    assert "val/loss ≤ 0.5 Energy until each run first came up to the value that all of them reached" in text(
        out / "p/energy.html"
    )


def test_the_target_that_was_asked_for_goes_before(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 360, start=100)
    store.save_settings({"energy_target": ["epoch", 3.0]})
    built()
    targets = [(one["metric"], one["value"], one["rule"]) for one in document(out)["targets"]]
    assert targets[0] == ("epoch", 3.0, "chosen")
    assert (out / "p/charts/epoch.kwh.html").is_file()


def test_points_of_time_that_nobody_measured_are_not_drawn_over_energy(
    store: ProjectStore, built: Build, out: Path
) -> None:
    one = Recorded(store, "a").session([(H200, steady(60, 360))])
    one.session([(H200, steady(60, 360, start=1000))], start=1000)
    for second in (30, 500, 1030):
        one.log(second, loss=1 / second)
    one.write()
    built()
    rows = (out / "p/charts/loss.kwh.csv").read_text().splitlines()[1:]
    assert [float(row.rpartition(",")[2]) for row in rows] == pytest.approx([0.003, 0.009])
    axis = (out / "p/data/project.energy.js").read_text()
    assert '"known":' in axis


def test_a_logged_metric_named_kwh_stays_the_axis_of_that_name(store: ProjectStore, built: Build, out: Path) -> None:
    one = Recorded(store, "a").session([(H200, steady(60, 360))])
    one.log(10, loss=1.0, kwh=5.0).log(20, loss=0.5, kwh=6.0).write()
    built()
    assert '<option value="kwh">' not in (out / "p/index.html").read_text()
    assert '"energy"' not in (out / "p/data/project.js").read_text()


def test_the_next_build_makes_only_what_changed(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    built()
    before = files(out)
    assert built().rendered == 0
    store.save_settings(FRANCE)
    assert built().rendered == 4
    after = files(out)
    changed = {name for name, content in after.items() if before.get(name) != content}
    assert changed == {
        "p/energy.html",
        "p/data/energy.json",
        "p/card.md",
        "p/card.yaml",
        "p/runs/a.html",
        "manifest.json",
        ".trackio-report.json",
    }
    store.save_settings(dict.fromkeys(FRANCE))
    built()
    assert files(out) == before


def test_a_damaged_document_is_made_again(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    built()
    path = out / "p/data/energy.json"
    content = path.read_bytes()
    path.write_bytes(b"x" * len(content))
    built()
    assert path.read_bytes() == content


def test_the_same_data_gives_the_same_bytes(store: ProjectStore, home: Path, built: Build, tmp_path: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 500, start=30)
    built(output=tmp_path / "one")
    built(output=tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    build(Options(tmp_path / "three", home, workers=2))
    assert files(tmp_path / "three") == files(tmp_path / "one")


def test_a_selection_of_runs_has_the_energy_of_these_alone(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 720, start=100)
    built(runs=("b",))
    assert document(out)["joules"] == pytest.approx(43_200)
    assert [run["name"] for run in document(out)["runs"]] == ["b"]


def test_no_identity_of_a_machine_is_published(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360)
    Recorded(store, "b", start=100).session([(PACKAGE, steady(60, 90, start=100))]).write()
    built()
    for name, content in files(out).items():
        assert H200["id"].encode() not in content, name
        assert BOOT.encode() not in content, name


def test_no_name_breaks_the_page(store: ProjectStore, built: Build, out: Path) -> None:
    for number, name in enumerate(HOSTILE):
        one = Recorded(store, f"r{number}", name=name, start=number * 100.0)
        gpu = {**H200, "id": f"GPU-{number}", "name": name.replace("\ud800", "?").replace("\0", "?")[:200]}
        rows = steady(10, 300, start=number * 100.0)
        one.session([(gpu, rows)], missing={"cpu": name}, marks=[(number * 100.0 + 5, name)]).log(
            number * 100.0 + 4, loss=1.0
        )
        one.write()
    built()
    pages = ["p/energy.html", *(f"p/runs/{path.name}" for path in (out / "p/runs").glob("*.html"))]
    for page in pages:
        content = (out / page).read_text()
        assert "<script>alert" not in content
        assert "onerror=alert(1)>" not in content.replace("&quot;", "").replace("&gt;", "")
        assert content.count("</html>") == 1
    assert (out / "p/charts/energy.runs.svg").read_bytes().startswith(b"<svg")


def test_a_single_file_has_the_energy_too(store: ProjectStore, home: Path, tmp_path: Path) -> None:
    trained(store, "a", 360)
    trained(store, "b", 720, start=100)
    path = tmp_path / "report.html"
    single(Options(path, home, workers=1))
    said = text(path)
    assert "18.0 Wh used, as measured" in said
    assert "val/loss ≤ 0.166667" in said
    content = path.read_text()
    assert 'id="chart-val-loss.kwh"' in content
    assert 'trackioData("energy"' in content
    found = json.loads(content.partition('id="trackio-model">')[2].partition("</script>")[0])
    assert found["energy"] == "#energy"
    for href in re.findall(r'href="(#[^"]+)"', content):
        assert f'id="{href[1:]}"' in content, href


def test_many_runs_have_few_bars_and_all_rows(store: ProjectStore, built: Build, out: Path) -> None:
    for number in range(25):
        trained(store, f"r{number}", 100 + number, start=number * 100.0)
    built()
    content = (out / "p/energy.html").read_text()
    (first,) = re.findall(r'id="chart-energy.runs">.*?</figure>', content, re.DOTALL)
    assert first.count('class="tk-bar"') == 20
    assert "5 more runs in the table below" in content
    assert content.count("<tr data-run=") == 25


def test_the_users_estimate_is_labelled_and_in_no_total(store: ProjectStore, built: Build, out: Path) -> None:
    trained(store, "a", 360, missing={"cpu": "no RAPL here"})
    store.save_settings({"cpu_watts": 60.0})
    built()
    said = text(out / "p/energy.html")
    assert "6.00 Wh used, as measured" in said
    assert (
        "Estimate, in no total: at the 60 W that were given for processors, those that were not measured used 1.00 Wh."
        in said
    )


def test_the_bars_in_files_are_as_strong_as_those_on_the_page(store: ProjectStore, built: Build, out: Path) -> None:
    one = Recorded(store, "a").session([(H200, steady(60, 360)), (PACKAGE, steady(60, 90, load=0))])
    one.log(10, loss=1.0).write()
    built()
    assert 'opacity="0.55"' in (out / "p/charts/energy.runs.svg").read_text()
    style = next((out / "assets").glob("site.*.css")).read_text()
    for kind, strength in OPACITY.items():
        if strength < 1:
            assert re.search(rf"\.is-{kind}[^{{}}]*\{{opacity:{f'{strength:g}'.lstrip('0')}\}}", style)
