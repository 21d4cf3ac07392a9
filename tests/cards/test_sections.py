"""What a card's section says, as a reader of its rendered Markdown sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cards import made
from tests.energy.recorded import H200, PACKAGE, Recorded, steady
from trackio.cards import Card, CardRun, Chart, Result, Target, Value, merge, section
from trackio.energy.statement import Assumptions, Intensity
from trackio.store.project import ProjectStore

HOSTILE = (
    "a|b",
    "a\\|b",
    "`a` | ``b",
    "<script>alert(1)</script>",
    "<!-- trackio:end -->",
    "a\n<!-- trackio:begin -->\nb",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "| --- |\n| x |",
    "&lt;b&gt; &amp; &#60;",
    "**bold** _em_ ~~gone~~ $x^2$",
    "https://evil.example www.evil.example",
    "\u202egnp.exe\x00\ud800",
    "",
    " \t ",
    "x" * 100_000,
    "# heading",
    "モデル é 🤗",
)


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    return made.project(tmp_path)


def test_the_section_says_amount_hardware_method_coverage_carbon_and_cost(store: ProjectStore) -> None:
    made.measured(store)
    text = section(made.card(store))
    assert made.facts(text) == {
        "Energy": "217 Wh",
        "GPU": "200 Wh: 2 x NVIDIA H200",
        "CPU": "16.7 Wh: AMD EPYC 9654",
        "DRAM": "not measured: this processor has no energy counter of its memory",
        "Time": "10 min",
        "Mean power": "1.30 kW, all devices together",
        "Idle": "0 % of the GPUs' energy, used while they were less than 5 % busy",
        "Method": "the devices' energy counters; read about once a second",
        "Coverage": "100 % of the time of the devices",
        "Both methods": "200 Wh by counters, 200 Wh by integrated power (+0.0 %), over the same stretches of the GPUs",
        "Per step": "780 J",
        "Carbon": "11.5 g CO2e, by the average of the grid (location-based)",
        "Grid": "44.2 g CO2e per kWh: France, yearly average of 2024 (Our World in Data, from Ember (2025), CC BY 4.0)",
        "PUE": "1.2: as given; it is in carbon and cost only",
        "Cost": "0.065 EUR, at 0.25 EUR per kWh",
    }
    assert "Not included: DRAM, main boards" in text
    assert "not calibrated meters" in text
    assert "a quarter of the run time" in text


def test_it_stands_between_one_begin_and_one_end_marker(store: ProjectStore) -> None:
    made.measured(store)
    lines = section(made.card(store)).split("\n")
    assert (lines[0], lines[-1]) == ("<!-- trackio:begin -->", "<!-- trackio:end -->")
    assert made.html("\n".join(lines)) == ["<!-- trackio:begin -->\n", "<!-- trackio:end -->"]


def test_what_was_not_measured_is_said_with_its_reason_and_is_no_0(store: ProjectStore) -> None:
    made.unmeasured(store)
    facts = made.facts(section(made.card(store, ["run-2"])))
    assert facts == {
        "Energy": "not measured",
        "GPU": "not measured: no NVIDIA driver was found",
        "CPU": "not measured: its energy counter can be read by root only, as on Linux since 2020",
        "DRAM": "not measured: its energy counter can be read by root only, as on Linux since 2020",
        "Carbon": "not stated: no energy was measured",
        "PUE": "1.2: as given; it is in carbon and cost only",
    }


def test_a_run_without_any_energy_session_says_that_none_was_recorded(store: ProjectStore) -> None:
    Recorded(store, "old").log(1, train__loss=1.0).write()
    facts = made.facts(section(made.card(store, ["old"], assumptions=Assumptions())))
    assert facts["GPU"] == "not measured: no energy was recorded"
    assert facts["PUE"] == "1.0: nothing is added for the building"


def test_the_estimate_for_processors_stands_apart_and_only_where_none_was_measured(store: ProjectStore) -> None:
    made.unmeasured(store)
    made.measured(store)
    asked = Assumptions(cpu_watts=65.0)
    facts = made.facts(section(made.card(store, ["run-2"], assumptions=asked)))
    assert (
        facts["CPU, estimated"] == "1.81 Wh, from 65.0 W as given over 1 min 40 s: not measured, and not in the amount"
    )
    assert facts["Energy"] == "not measured"
    assert "CPU, estimated" not in made.facts(section(made.card(store, ["run-1"], assumptions=asked)))


def test_several_runs_have_one_card_with_their_total(store: ProjectStore) -> None:
    made.measured(store)
    Recorded(store, "run-3", name="muon").session([(H200, steady(300, 400, start=700))]).log(701, train__loss=1).write()
    made.unmeasured(store)
    text = section(made.card(store, ["run-1", "run-3", "run-2"]))
    assert made.tables(text)[0] == [
        ["Run", "train/loss last", "train/loss lowest", "Energy"],
        ["adam", "0.5 (step 1)", "0.5 (step 1)", "217 Wh"],
        ["muon", "1 (step 0)", "1 (step 0)", "33.3 Wh"],
        ["laptop", "3 (step 0)", "3 (step 0)", "not measured"],
    ]
    facts = made.facts(text)
    assert facts["Energy"] == "250 Wh"
    assert facts["Runs"] == "2 of 3 were measured; no energy is known of laptop"
    assert facts["GPU"] == "233 Wh: 2 x NVIDIA H200. Elsewhere not measured: no NVIDIA driver was found"
    assert "Per step" not in facts, "one of the runs did not count them"


def test_what_runs_shared_counts_once_and_is_said(store: ProjectStore) -> None:
    for run, start in (("run-1", 0), ("run-2", 50)):
        # The counter of one device, which both read.
        rows = steady(100, 360, start=start)
        Recorded(store, run, start=start).session([(H200, rows)]).log(start + 1, train__loss=1).write()
    facts = made.facts(section(made.card(store, ["run-1", "run-2"])))
    assert facts["Energy"] == "15.0 Wh"
    assert facts["Time"] == "2 min 30 s; 50 s and 5.00 Wh that several runs shared count once"


def test_a_lower_bound_is_said_to_be_one(store: ProjectStore) -> None:
    rows = [(0.0, 9000.0, None, None), (30.0, 800.0, None, None), (40.0, 3200.0, None, None)]
    Recorded(store, "run-1").session([(H200, rows)]).log(1, train__loss=1.0).write()
    facts = made.facts(section(made.card(store)))
    assert facts["Energy"] == "at least 889 mWh"
    assert facts["Coverage"] == "25 % of the time of the devices; what was used in the rest is not in the amount"
    assert facts["Carbon"].startswith("at least 47.1 mg CO2e")


def test_a_superchips_processor_is_in_the_amount_of_its_module(store: ProjectStore) -> None:
    module = {**H200, "name": "NVIDIA GH200", "scope": "module"}
    devices = [(module, steady(100, 500)), (PACKAGE, steady(100, 100))]
    Recorded(store, "run-1").session(devices).log(1, train__loss=1.0).write()
    text = section(made.card(store))
    assert made.facts(text)["CPU"] == "in the amount of the GPU, whose counter covers the whole module"
    assert "Not included: main boards" in text


@pytest.mark.parametrize(("watts", "said"), [(649.999, "(+0.0 %)"), (650.001, "(+0.0 %)"), (643.5, "(-1.0 %)")])
def test_power_that_says_the_same_as_the_counter_is_no_minus_nothing(
    store: ProjectStore, watts: float, said: str
) -> None:
    readings = [(second, counter, watts, load) for second, counter, _, load in steady(600, 650)]
    Recorded(store, "run-1").session([(H200, readings)]).log(1, train__loss=1.0).write()
    assert said in made.facts(section(made.card(store)))["Both methods"]


def test_the_energy_to_a_target_is_said_or_that_it_is_not_known(store: ProjectStore) -> None:
    made.measured(store)
    targets = (Target("adam", "train/loss", 0.5, 777_000.0), Target("adam", "train/loss", 0.1, None))
    text = section(made.card(store, targets=targets))
    assert "216 Wh until `train/loss` first reached 0.5" in text
    assert "not known: `train/loss` did not reach 0.1, or not while energy was measured" in text


@pytest.mark.parametrize(
    ("assumptions", "carbon"),
    [
        (Assumptions(), "not stated: no location was given"),
        (Assumptions(Intensity(44.0)), "9.53 g CO2e, by the average of the grid (location-based)"),
    ],
)
def test_carbon_needs_a_place_or_a_number(store: ProjectStore, assumptions: Assumptions, carbon: str) -> None:
    made.measured(store)
    assert made.facts(section(made.card(store, assumptions=assumptions)))["Carbon"] == carbon


def test_the_chart_is_a_picture_that_leads_to_its_page(store: ProjectStore) -> None:
    made.measured(store)
    chart = Chart("train/loss", "https://x.example/c/train-loss.png", "https://x.example/c/train-loss.html?run=a&b=c")
    text = section(made.card(store, charts=(chart,), badge_url="badge.svg", report_url="https://x.example/"))
    assert "[![Chart of train/loss](https://x.example/c/train-loss.png)](https://x.example/c/train-loss.html?" in text
    assert "[![Energy: 217 Wh](badge.svg)](https://x.example/)" in text
    assert "iframe" not in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "http://[x"])
def test_an_address_that_is_none_of_the_web_is_no_link(store: ProjectStore, url: str) -> None:
    made.measured(store)
    text = section(made.card(store, report_url=url, badge_url=url, charts=(Chart("loss", url, url),)))
    assert "](" not in text.replace("](https://arxiv.org", "").replace("](runs/run-1.html)", "")


def test_a_relative_address_cannot_leave_its_parentheses(store: ProjectStore) -> None:
    made.measured(store)
    text = section(made.card(store, report_url="a b)(c<>|\n`[x]"))
    assert "](a%20b%29%28c%3C%3E%7C%0A%60%5Bx%5D)" in text


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name[:20]))
def test_hostile_names_break_neither_tables_nor_markers_and_bring_no_html(store: ProjectStore, name: str) -> None:
    made.measured(store)
    plain = made.card(store)
    result = (Result(name, Value(1.0, 1), Value(1.0, 1)),)
    runs = (CardRun("run-1", name, result, f"runs/{name}.html", name), CardRun("x", "y", result))
    energy = replace(plain.energy, unmeasured=(name,))
    card = Card(name, runs, energy, charts=(Chart(name, f"{name}.png", name),), hardware=name, report_url=name)
    text = section(card)
    results, facts = made.tables(text)
    assert [len(row) for row in results] == [4, 4, 4]
    assert {len(row) for row in facts} == {2}
    assert made.html(text) == ["<!-- trackio:begin -->\n", "<!-- trackio:end -->"]
    assert merge(merge("", text, {}), text, {}) == merge("", text, {}), "the markers are found again"
    assert len(text) < 20_000


def test_a_name_is_shown_as_it_is(store: ProjectStore) -> None:
    made.measured(store)
    card = made.card(store)
    names = ["train_loss@1 (v2)", "<b>|`x`\\|", "CUDA_x _y_ *z*", "&lt;"]
    rows = tuple(CardRun("x", name, card.runs[0].results) for name in names)
    assert [row[0] for row in made.tables(section(replace(card, runs=rows)))[0][1:]] == names


def test_many_runs_are_cut_and_counted(store: ProjectStore) -> None:
    made.measured(store)
    card = made.card(store)
    many = tuple(CardRun(f"run-{n}", f"seed-{n}", card.runs[0].results) for n in range(1, 2001))
    text = section(replace(card, runs=many, report_url="https://x.example/"))
    assert len(made.tables(text)[0]) == 21
    assert "20 of 2,000 runs. [All of them](https://x.example/) count in the energy below." in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(float("nan"), "NaN"), (float("inf"), "infinity"), (float("-inf"), "-infinity"), (1e-9, "1e-9"), (3.0, "3")],
)
def test_values_that_are_no_numbers_are_shown_in_words(store: ProjectStore, value: float, shown: str) -> None:
    made.measured(store)
    run = CardRun("run-1", "adam", (Result("loss", Value(value), None),))
    assert made.tables(section(replace(made.card(store), runs=(run,))))[0] == [
        ["Metric", "Last", "Best"],
        ["loss", shown, ""],
    ]


def test_a_card_without_runs_says_so(store: ProjectStore) -> None:
    made.measured(store)
    text = section(Card("nano", (), made.consumption.project_energy(store, [])))
    assert "0 runs of `nano`" in text
    assert made.facts(text)["Energy"] == "not measured"


def test_devices_are_told_without_their_identity_or_machine(store: ProjectStore) -> None:
    made.measured(store)
    text = section(made.card(store))
    assert H200["id"] not in text
    assert "GPU-2" not in text
