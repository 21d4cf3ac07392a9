"""Projects of very many metrics: pages stay small, any chart is found by name, and what has none is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trackio
from tests.report.test_pages import Page as Parsed
from tests.report.test_pages import model
from trackio.cli.main import main
from trackio.report import data
from trackio.report.build import Options, Report, build
from trackio.report.foremost import MOST_DRAWN, TELLING, foremost, limited
from trackio.report.gather import Selection, gather
from trackio.report.single import single
from trackio.telling import telling

Page = Any

ODD = ["Grad/Norm ü", "a, b*c", "ends-", "x" * 90]
PLAIN = [f"layers.{k}/norm" for k in range(MOST_DRAWN + 2)]
NAMES = [*PLAIN, *ODD, "late/a", "late/b", "late/c", "val/loss"]
LIMIT = len(NAMES) - 3
BEYOND = [name for name in NAMES if name not in set(foremost(NAMES, LIMIT))]
"""Those that have no chart."""


def record(home: Path, names: list[str], runs: int = 2) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACKIO_DIR", str(home))
        for number in range(runs):
            with trackio.init(project="p", name=f"r{number}", auto_log_cpu=False, auto_log_gpu=False) as run:
                for step in range(3):
                    run.log({name: step + number + place / 10 for place, name in enumerate(names)}, step=step)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """A report with a few charts more than its pages draw, of a project with a few metrics more than that."""
    path = tmp_path_factory.mktemp("wide")
    record(path / "home", NAMES)
    return path, build(Options(path / "out", path / "home", charts_limit=LIMIT))


@pytest.fixture(scope="module")
def out(wide: tuple[Path, Report]) -> Path:
    return wide[0] / "out"


def drawn(page: Path) -> list[str]:
    return [
        found["data-metric"] or "" for _, found in Parsed(_outside_templates(page)).elements if "data-metric" in found
    ]


def _outside_templates(page: Path) -> str:
    return re.sub("<template.*?</template>", "", page.read_text(), flags=re.DOTALL)


def shown(page: Page) -> list[str]:
    found: list[str] = page.evaluate("trackio.charts().filter((one) => one.series.length).map((one) => one.metric)")
    return found


def opened(page: Page, out: Path, address: str) -> Page:
    page.goto(f"file://{out}/{address}")
    page.evaluate("trackio.ready")
    return page


@given(st.lists(st.text(max_size=6), unique=True), st.integers(1, 20))
def test_the_foremost_names_keep_their_order_and_have_the_telling_ones_among_them(names: list[str], most: int) -> None:
    found = foremost(names, most)
    assert found == [name for name in names if name in set(found)]
    assert len(found) == min(most, len(names))
    assert set(telling(names)[: min(TELLING, most)]) <= set(found)


@pytest.mark.parametrize("path", ["p/index.html", "p/runs/r0.html"])
def test_a_page_draws_some_and_says_how_many_there_are(out: Path, path: str) -> None:
    names = drawn(out / path)
    assert len(names) == MOST_DRAWN
    assert "val/loss" in names
    assert (out / path).stat().st_size < 2_000_000
    text = Parsed((out / path).read_text()).text
    assert f"{MOST_DRAWN} of {LIMIT:,} metrics are drawn" in text
    assert f"{len(BEYOND)} more have no chart" in text
    assert len(model(out / path)["charts"]) == MOST_DRAWN


@pytest.mark.parametrize("path", ["p/index.html", "p/runs/r0.html"])
def test_without_scripts_there_are_links_to_the_rest(out: Path, path: str) -> None:
    links = [found["href"] or "" for _, found in Parsed(_outside_templates(out / path)).elements if "href" in found]
    charts = json.loads((out / "manifest.json").read_text())["projects"][0]["charts"]
    there = drawn(out / path)
    rest = {chart["slug"] for chart in charts if chart["metric"] not in there}
    assert len(rest) == LIMIT - MOST_DRAWN
    assert rest <= {link.rpartition("/")[2].removesuffix(".html") for link in links if "charts/" in link}


def test_the_manifest_lists_what_is_there_and_the_report_what_is_not(wide: tuple[Path, Report], out: Path) -> None:
    [project] = json.loads((out / "manifest.json").read_text())["projects"]
    assert len(project["charts"]) == LIMIT == len(list((out / "p/charts").glob("*.csv")))
    for chart in project["charts"]:
        assert all((out / chart[kind]).is_file() for kind in ("html", "svg", "png", "csv", "spec", "data"))
    assert wide[1].left_out == {"p": len(BEYOND)}
    assert wide[1].charts == LIMIT


def test_the_parquet_file_of_a_run_has_what_no_chart_has(out: Path) -> None:
    assert set(pq.read_table(out / "p/data/runs/r0.parquet")["metric"].to_pylist()) == set(NAMES)


def test_nothing_is_made_again_while_nothing_changes(wide: tuple[Path, Report]) -> None:
    path, _ = wide
    again = build(Options(path / "out", path / "home", charts_limit=LIMIT))
    assert (again.rendered, again.written) == (0, 0)


def test_a_metric_that_is_not_drawn_is_found_by_the_address(page: Page, out: Path) -> None:
    there = drawn(out / "p/index.html")
    hidden = [name for name in NAMES if name not in there and name not in BEYOND]
    assert set(ODD) & set(hidden)
    for place in ("p/index.html", "p/runs/r1.html"):
        for name in hidden:
            opened(page, out, place)
            assert name not in shown(page)
            page.evaluate("name => trackio.set({ metric: [name] })", name)
            assert shown(page) == [name]
        lines = page.evaluate("trackio.charts()[0].series.length")
        assert lines == (2 if place == "p/index.html" else 1)
        # The same address opened anew.
        page.reload()
        page.evaluate("trackio.ready")
        assert shown(page) == [hidden[-1]]
    link = opened(page, out, "p/index.html?metric=ends-").locator("#tk-found .tk-title a").get_attribute("href")
    assert (out / "p" / (link or "")).is_file()


def test_the_filter_finds_beside_what_is_drawn_and_lets_go_again(page: Page, out: Path) -> None:
    opened(page, out, "p/index.html")
    page.locator("#tk-filter").fill(f"layers.{MOST_DRAWN - 5}/, ends, nothing")
    page.wait_for_function("() => trackio.charts().map((one) => one.series.length).join() === '2,2'")
    assert set(shown(page)) == {f"layers.{MOST_DRAWN - 5}/norm", "ends-"}
    assert 'There is no metric "*nothing*" here.' in page.locator("#tk-note").inner_text()
    page.locator("#tk-filter").fill("")
    page.wait_for_function(f"() => trackio.charts().length === {MOST_DRAWN}")
    assert not page.locator("#tk-found").is_visible()
    assert not page.locator("#tk-note").is_visible()


def test_more_than_can_be_drawn_at_once_are_drawn_in_part(page: Page, out: Path) -> None:
    opened(page, out, "p/index.html?metrics=*")
    assert page.evaluate("trackio.charts().length") == MOST_DRAWN
    assert f"{MOST_DRAWN} of {LIMIT} charts that match" in page.locator("#tk-note").inner_text()


def test_names_are_loaded_when_they_are_asked_for(page: Page, out: Path) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, out, "p/index.html?smoothing=3")
    assert not [url for url in asked if "project.metrics" in url]
    opened(page, out, "p/index.html?metrics=ends-")
    assert [url for url in asked if "project.metrics" in url]


def test_a_chart_page_shares_with_metrics_that_no_page_draws_and_has_them_as_axis(page: Page, out: Path) -> None:
    opened(page, out, "p/charts/val-loss.html?metric=val/loss&metric=ends-")
    assert {one["metric"] for one in page.evaluate("trackio.charts()[0].series")} == {"val/loss", "ends-"}
    opened(page, out, "p/charts/val-loss.html?x=ends-")
    assert page.evaluate("trackio.rows('val-loss').map((row) => row.x)")[0] == pytest.approx(NAMES.index("ends-") / 10)


def test_names_that_did_not_load_leave_what_is_drawn(page: Page, out: Path, tmp_path: Path) -> None:
    import shutil

    copied = shutil.copytree(out, tmp_path / "copy")
    (copied / "p/data/project.metrics.js").unlink()
    opened(page, copied, "p/index.html?metrics=val/loss,ends-")
    assert shown(page) == ["val/loss"]
    assert "did not load" in page.locator("#tk-note").inner_text()


def test_the_limit_keeps_the_axes_of_what_it_keeps(home: Path) -> None:
    run = trackio.init(project="p", name="a", auto_log_cpu=False, auto_log_gpu=False)
    run.define_metric("*", step_metric="epoch")
    run.log({**{f"m{k}": 1.0 for k in range(6)}, "epoch": 1})
    run.finish()
    [project] = gather(None, Selection())
    narrowed = limited(project, 5)
    assert "epoch" in {metric.name for metric in narrowed.metrics}
    assert len(narrowed.metrics) + len(narrowed.left) == len(project.metrics)
    assert limited(project, 7) is project


def test_names_follow_from_little(home: Path) -> None:
    record(home, ["Loss", "loss", "a/b", "a-b", "É", "_x_", "-y"], runs=1)
    [project] = gather(home, Selection())
    found = data.metrics(project)
    slugs = [found["slugs"].get(str(k)) for k in range(len(found["names"]))]
    assert [slug is None for slug in slugs].count(True) >= 2
    for metric, slug in zip(project.metrics, slugs, strict=True):
        assert slug in (None, metric.slug)


def test_the_command_says_what_has_no_chart(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(home, ["a", "b", "c"], runs=1)
    assert main(["report", "-o", str(tmp_path / "out"), "--charts-limit", "1"]) == 0
    assert "p: 2 metrics have no chart" in capsys.readouterr().out
    assert main(["report", "-o", str(tmp_path / "out"), "--charts-limit", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == {"p": 2}
    assert main(["report", "-o", str(tmp_path / "one.html"), "--single-file", "--charts-limit", "2"]) == 0
    assert "p: 1 metric has no chart" in capsys.readouterr().out
    assert main(["report", "--charts-limit", "0"]) == 2


def test_one_file_finds_what_it_does_not_draw(page: Page, wide: tuple[Path, Report], tmp_path: Path) -> None:
    path, _ = wide
    single(Options(tmp_path / "one.html", path / "home", charts_limit=LIMIT))
    assert "charts/" not in _outside_templates(tmp_path / "one.html").partition("<body")[2].partition("<script")[0]
    page.goto(f"file://{tmp_path}/one.html?metrics=ends-,layers.3/norm")
    page.evaluate("trackio.ready")
    assert sorted(shown(page)) == ["ends-", "layers.3/norm"]
    assert page.evaluate("trackio.charts()[0].series.length") == 2
