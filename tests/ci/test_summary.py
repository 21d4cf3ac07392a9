"""The summary of a report: what it says, what fits, and that names do it no harm."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from trackio.ci import openmetrics, places, sparks, summary
from trackio.ci.facts import Amount, Drawing, Facts, Row
from trackio.ci.judging import Verdict
from trackio.ci.places import Place, beside

NOWHERE = Place(places._none, places._none)
CURVE = sparks.curve(np.arange(50), np.linspace(3, 1, 50))
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def row(metric: str = "val/loss", value: float = 1.0, **more: object) -> Row:
    given = {
        "best": 1.0,
        "baseline": 2.0,
        "spread": None,
        "is_better_high": False,
        "page": "p/charts/a.html",
        "trend": "▄",
    }
    return Row(metric, value, **{**given, **more})  # type: ignore[arg-type]


def facts(**more: object) -> Facts:
    given = {
        "project": "p",
        "page": "p/index.html",
        "run": "r",
        "run_page": "p/runs/r.html",
        "status": "finished",
        "others": 2,
        "baseline": ("b",),
        "seconds": 65.0,
        "kwh": Amount(1.25, 1.0),
        "co2e_kg": Amount(0.055, None),
        "rows": (row(),),
        "drawings": (Drawing("val/loss", "val-loss", "p/charts/val-loss.html", CURVE, None),),
    }
    return Facts(**{**given, **more})  # type: ignore[arg-type]


def text(*found: Facts, place: Place | None = None, limit: int = summary.LIMIT_BYTES) -> str:
    return summary.markdown(found or (facts(),), place or beside(), lambda one: f"assets/{one.slug}.png", limit=limit)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SERVER_URL", "CI_JOB_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_comparison_stands_on_top_with_links_beside() -> None:
    assert text().splitlines()[:8] == [
        "## [`p`](p/index.html)",
        "",
        "Run [`r`](p/runs/r.html): finished, 1 min 5 s. Compared with `b`. The report has 2 other runs.",
        "",
        "| Metric | This run | Baseline | Change |  | Trend |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| [`val/loss`](p/charts/a.html) | 1 | 2 | \N{MINUS SIGN}1 (\N{MINUS SIGN}50 %) | better | ▄ |",
        "",
    ]
    assert "Energy: 1.25 kWh (baseline 1.00 kWh, change +250 Wh (+25 %)), 55.0 g CO2e." in text()
    assert '<a href="p/charts/val-loss.html"><img src="assets/val-loss.png" alt="val/loss" width="400"></a>' in text()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (row(value=250.0, baseline=100.0), "| 250 | 100 | +150 (+150 %) |"),
        (row(value=3734.5, baseline=2500.0), "| 3734.5 | 2500 | +1230 (+49 %) |"),
        (row(value=2e-6, baseline=1e-6), "| 2e-6 | 1e-6 | +1e-6 (+100 %) |"),
        (row(value=1250.0, baseline=1000.0, spread=120.0), "| 1250 | 1000 ± 120 | +250 (+25 %) |"),
    ],
)
def test_a_change_is_told_in_few_figures(found: Row, words: str) -> None:
    assert words in text(facts(rows=(found,)))


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (row(value=1.0), "better"),
        (row(value=3.0), "worse"),
        (row(value=3.0, is_better_high=True), "better"),
        (row(value=2.0), "same"),
        (row(value=2.5, spread=0.3), "within seeds"),
        (row(value=2.7, spread=0.3), "worse"),
        (row(value=math.nan), "no number"),
        (row(baseline=None), ""),
        (row(value=1.7e308, baseline=-1.7e308), ""),
    ],
)
def test_a_change_is_told_in_a_word(found: Row, word: str) -> None:
    assert found.word == word
    assert f"| {word} |" in text(facts(rows=(found,)))


def test_where_pictures_have_no_address_curves_are_drawn_as_text() -> None:
    shown = text(place=NOWHERE)
    assert "<img" not in shown
    assert "](" not in shown
    assert "xychart-beta" in shown
    assert "data:" not in shown


def test_without_a_baseline_the_last_and_best_values_stand_alone() -> None:
    shown = text(facts(baseline=(), rows=(row(baseline=None, trend="▁█"),), kwh=Amount(None, None, "No GPU.")))
    assert "| Metric | Last | Best | Trend |" in shown
    assert "| [`val/loss`](p/charts/a.html) | 1 | 1 | ▁█ |" in shown
    assert "Energy: not known. No GPU." in shown


def test_rules_are_told_with_their_reasons() -> None:
    broken = Verdict("a | b <= 3", "fail", False, 4.0, "<=", 3.0, None, 0.0, "a is 4, more than 3.")
    held = Verdict("a <= 9", "warn", True, 4.0, "<=", 9.0, None, 0.0, None, "This threshold can be tightened to 5.")
    shown = text(facts(verdicts=(broken, held)))
    assert "| **failed** | a &#124; b &#60;= 3 | a is 4, more than 3. |" in shown
    assert "| held | `a <= 9` | This threshold can be tightened to 5. |" in shown


@pytest.mark.parametrize("limit", [1, 200, 2_000, 20_000, summary.COMMENT_CHARS, summary.LIMIT_BYTES])
def test_it_never_has_more_than_it_may_and_says_what_is_left_out(limit: int) -> None:
    many = facts(
        rows=tuple(row(f"metric/{'ü' * 150}/{number}", trend="▁▂▃▄▅▆▇█" * 2) for number in range(12_000)),
        drawings=tuple(Drawing(f"m{number}", f"m{number}", "p", CURVE, CURVE) for number in range(40)),
        verdicts=tuple(Verdict("x" * 2000, "fail", False, None, None, None, None, 0.0, "y" * 900) for _ in range(9)),
    )
    shown = text(many, place=NOWHERE, limit=limit)
    assert len(shown.encode()) <= limit
    if limit >= 2_000:
        assert re.search(r"metrics? and 40 charts( and \d rules?)? left out", shown)
        assert shown.startswith("## `p`\n")


def test_charts_are_left_out_before_metrics() -> None:
    whole = facts(drawings=tuple(Drawing(f"m{number}", f"m{number}", "p", CURVE, CURVE) for number in range(4)))
    shown = text(whole, place=NOWHERE, limit=2_500)
    assert "1 metric" not in shown
    assert "`val/loss`" in shown
    assert "2 charts left out" in shown or "3 charts left out" in shown


def test_more_metrics_are_folded_away() -> None:
    shown = text(facts(rows=tuple(row(f"m{number}") for number in range(30))))
    assert "<details><summary>6 more metrics</summary>" in shown
    assert "left out" not in shown


HOSTILE = (
    "</details><script>alert(1)</script>|`*_[x](javascript:a)![i](http://t/p.png)\n\n```mermaid\n<!-- a -->\x1b\u202e"
)


def test_names_do_no_harm() -> None:
    bad = Verdict(HOSTILE, "fail", False, None, None, None, None, 0.0, HOSTILE)
    curve = Drawing(HOSTILE, "slug", "p/charts/a.html", CURVE, None)
    named = facts(project=HOSTILE, run=HOSTILE, baseline=(HOSTILE,), rows=(row(HOSTILE),), verdicts=(bad,))
    for place in (beside(), NOWHERE):
        shown = text(replace(named, drawings=(curve,), notes=(HOSTILE,)), place=place)
        html = MARKDOWN.render(shown)
        assert "<script" not in html
        addresses = re.findall(r'(?:href|src)="([^"]*)"', html)
        assert all(one.startswith(("p/", "assets/")) for one in addresses)
        assert "<!--" not in shown
        assert shown.count("```") == (2 if place is NOWHERE else 0)


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30),
    st.text(max_size=30),
)
def test_any_values_make_a_line_and_a_chart_or_none(values: list[float], title: str) -> None:
    curve = sparks.curve(np.arange(len(values)), np.array(values, float))
    assert len(sparks.spark(curve)) == min(sparks.WIDTH, sum(map(math.isfinite, values)))
    lines = sparks.mermaid(title, curve, sparks.mean([one for one in (curve, curve) if one is not None]))
    for line in lines[4:-1]:
        assert not re.search(r"\d[eE]|nan|inf", line), line
        assert "`" not in line


def test_curves_meet_where_all_of_them_are() -> None:
    one = sparks.curve(np.array([0, 10, 20]), np.array([0.0, 1.0, 2.0]))
    two = sparks.curve(np.array([10, 10, 30]), np.array([9.0, 3.0, 3.0]))
    assert one is not None
    assert two is not None
    both = sparks.mean([one, two])
    assert both is not None
    assert both.step.tolist() == [10, 20]
    assert both.value.tolist() == [2.0, 2.5]
    apart = sparks.curve(np.array([50, 60]), np.array([1.0, 1.0]))
    assert apart is not None
    assert sparks.mean([one, apart]) is None
    assert sparks.spark(apart) == "▄▄"
    assert sparks.mermaid("a", one, apart)[-2].startswith("  line [0,")


def test_metrics_for_gitlab_are_openmetrics() -> None:
    odd = facts(rows=(row('a"b\\\n', 0.5), row("c", math.nan), row("d", -math.inf)))
    assert openmetrics.document([odd]).decode().splitlines() == [
        "# TYPE trackio_metric gauge",
        'trackio_metric{project="p",metric="a\\"b\\\\\\\\n"} 0.5',
        'trackio_metric{project="p",metric="c"} NaN',
        'trackio_metric{project="p",metric="d"} -Inf',
        "# TYPE trackio_energy_kwh gauge",
        'trackio_energy_kwh{project="p"} 1.25',
        "# TYPE trackio_energy_co2e_kg gauge",
        'trackio_energy_co2e_kg{project="p"} 0.055',
        "# EOF",
    ]
