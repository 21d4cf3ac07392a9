"""A model card of recorded runs: what it says, what lies beside it, and where it leads to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from tests.energy.recorded import H200, Recorded, steady
from tests.hub.emulator import Hub as SmallHub
from trackio.energy.assumptions import changed
from trackio.errors import CardError, UnknownMetric, UnknownRun, UsageError
from trackio.publish import places
from trackio.publish.cards import BADGE, Made, Subject, into_file, into_model, make
from trackio.report.cards import Choice
from trackio.store.home import Home

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library

FRANCE = changed({}, {"location": "FRA"})
README = b"---\r\nlicense: mit # as agreed\r\n---\r\n\r\n# Tiny\r\n"
CHART = "trackio/eval-loss.png"
CHOICES = ("metrics", "chart", "targets", "not_included")


@pytest.fixture
def project(home: Path) -> str:
    """``p`` with ``first`` and ``second``, 10 Wh each, one after the other."""
    store = Home().create("p")
    for place, name in enumerate(("first", "second")):
        start = place * 2000.0
        run = Recorded(store, f"id-{name}", name=name, start=start)
        run.session([(H200, steady(120, 300, start=start))], missing={"cpu": "RAPL cannot be read here"})
        for step in range(4):
            run.log(start + step * 10, eval__loss=2.0 - step / 4 - place / 8, train__loss=1.0, learning_rate=0.1)
        run.write()
    return "p"


def made(runs: tuple[str, ...] = (), *, has_folder: bool = False, **options: object) -> Made:
    choice = Choice(**{name: options.pop(name) for name in CHOICES if name in options})  # type: ignore[arg-type]
    return make(Subject("p", runs, choice, **options), FRANCE, has_folder=has_folder)  # type: ignore[arg-type]


def test_the_newest_run_is_meant_and_its_telling_metrics(project: str) -> None:
    section = made().section
    assert "Run `second` of `p`" in section
    assert "| `eval/loss` | 1.125 (step 3) | 1.125 (lowest, step 3) |" in section
    assert "| `train/loss` |" in section
    assert "learning_rate" not in section
    assert "**10.0 Wh**" in section
    assert "RAPL cannot be read here" in section


@pytest.mark.parametrize(
    ("runs", "ids"),
    [
        (("first",), ["id-first"]),
        (("id-first", "first"), ["id-first"]),
        (("*",), ["id-first", "id-second"]),
        (("second", "f*"), ["id-first", "id-second"]),
    ],
)
def test_runs_are_named_by_id_or_name_or_star(project: str, runs: tuple[str, ...], ids: list[str]) -> None:
    found = made(runs)
    assert [one.id for one in found.card.runs] == ids
    assert f"{10 * len(ids)}.0 Wh" in found.section


def test_of_runs_that_are_named_alike_the_newest_is_meant(project: str) -> None:
    Recorded(Home().project("p"), "again", name="first", start=9000.0).log(9000.0, eval__loss=1.0).write()
    assert [one.id for one in made(("first",)).card.runs] == ["again"]


def test_names_that_are_not_there_are_told(project: str) -> None:
    with pytest.raises(UnknownRun, match="first"):
        made(("frist",))
    with pytest.raises(UnknownRun):
        made(("x*",))
    for choice in ({"metrics": ("eval/los",)}, {"chart": "eval/los"}, {"targets": {"eval/los": 1.0}}):
        with pytest.raises(UnknownMetric, match="eval/loss"):
            made(**choice)
    with pytest.raises(UsageError, match="https"):
        made(report_url="example.org")
    with pytest.raises(UsageError, match="owner/name"):
        made(space_id="charts")
    with pytest.raises(UsageError, match="nan"):
        made(targets={"eval/loss": float("nan")})


def test_metrics_chart_and_targets_are_those_asked_for(project: str) -> None:
    found = made(metrics=("learning*",), chart="train/loss", targets={"eval/loss": 1.5}, has_folder=True)
    assert "| `learning_rate` | 0.1 (step 3) |" in found.section
    assert "eval/loss` | " not in found.section
    assert list(found.files) == ["trackio/train-loss.png", BADGE]
    assert "first reached 1.5" in found.section
    assert list(made(chart="none", has_folder=True).files) == [BADGE]


def test_a_published_report_is_led_to(project: str) -> None:
    section = made(("first",), report_url="https://example.org/report").section
    assert "https://example.org/report/p/runs/first.html" in section
    assert "![Chart of eval/loss](https://example.org/report/p/charts/eval-loss.png)" in section
    assert "https://example.org/report/p/charts/eval-loss.html?run=first" in section


def test_the_last_space_is_led_to_and_said_to_be_behind(project: str) -> None:
    folder = Home().project("p").directory
    assert "](http" not in made().section.partition("### Energy")[0]
    places.remember(folder, "Ada/My_Charts")
    assert "https://ada-my-charts.static.hf.space/p/index.html" in made().section
    assert made().notes == ()
    os.utime(folder / places.NAME, (0, 0))
    assert "trackio sync" in made().notes[0]


def test_beside_a_card_lie_its_chart_and_badge_which_lead_to_their_pages(project: str) -> None:
    found = made(has_folder=True, space_id="ada/charts")
    assert found.files[CHART].startswith(b"\x89PNG")
    assert b"10.0 Wh" in found.files[BADGE]
    page = "https://ada-charts.static.hf.space/p/charts/eval-loss.html?run=second"
    assert f"[![Chart of eval/loss]({CHART})]({page})" in found.section
    assert f"[![Energy: 10.0 Wh]({BADGE})](https://ada-charts.static.hf.space/p/index.html)" in found.section


def test_a_readme_keeps_its_bytes_and_the_second_time_nothing_changes(project: str, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(README)
    into_file(path, made(has_folder=True))
    first = path.read_bytes()
    assert b"license: mit # as agreed\r\n" in first
    assert b"\r\n# Tiny\r\n" in first
    assert (tmp_path / CHART).is_file()
    assert not into_file(path, made(has_folder=True)).is_any
    assert path.read_bytes() == first
    into_file(path, None)
    assert path.read_bytes() == README
    assert not (tmp_path / "trackio").exists()


def test_a_chart_that_another_replaces_goes(project: str, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    into_file(path, made(has_folder=True))
    (tmp_path / "trackio" / "mine.png").touch()
    change = into_file(path, made(chart="train/loss", has_folder=True))
    assert set(change.files) == {CHART, "trackio/train-loss.png"}
    assert sorted(one.name for one in (tmp_path / "trackio").iterdir()) == ["energy.svg", "mine.png", "train-loss.png"]


def test_a_card_that_cannot_be_told_is_left_as_it_is(project: str, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    broken = b"---\ntags: [\n---\n<!-- trackio:begin -->\n![](trackio/old.png)\n"
    path.write_bytes(broken)
    for what in (made(has_folder=True), None):
        with pytest.raises(CardError):
            into_file(path, what)
    assert path.read_bytes() == broken
    assert set(tmp_path.iterdir()) == {Home().path, path}


def test_nothing_is_taken_out_of_a_card_that_is_not_there(hub: SmallHub, tmp_path: Path) -> None:
    hub.add("models", "ada/new")
    with pytest.raises(CardError, match="there is none"):
        into_file(tmp_path / "README.md", None)
    with pytest.raises(CardError, match="there is none"):
        into_model("ada/new", None)
    assert hub.model("ada/new").commits == []


def test_a_model_gets_card_and_pictures_in_one_commit_and_loses_them_in_one(hub: SmallHub, project: str) -> None:
    repo = hub.add("models", "ada/tiny")
    repo.commit("made", {"README.md": README})
    into_model("ada/tiny", made(has_folder=True))
    assert {CHART, BADGE} <= set(repo.files)
    data = ModelCard(repo.files["README.md"].decode()).data
    assert data.tags == ["trackio"]
    assert data.to_dict()["co2_eq_emissions"]["geographical_location"] == "France"
    into_model("ada/tiny", None)
    assert repo.files["README.md"] == README
    assert not {CHART, BADGE} & set(repo.files)
    assert len(repo.commits) == 3


def test_emissions_are_grams_of_a_plain_number(project: str) -> None:
    found = made()
    read = yaml.safe_load(found.front_matter.strip().strip("-"))
    assert read["co2_eq_emissions"]["emissions"] == pytest.approx(0.01 * found.card.assumptions.intensity.grams_per_kwh)  # type: ignore[union-attr]
    assert read == found.metadata


def test_what_nobody_measured_is_told_in_text_and_metadata(project: str) -> None:
    found = made(not_included=("3 other machines [of ours]",))
    assert "3 other machines &#91;of ours&#93;, main boards" in found.section
    assert "not included: 3 other machines" in found.metadata["co2_eq_emissions"]["source"]


def test_a_run_without_energy_or_metrics_says_so(home: Path) -> None:
    Recorded(Home().create("p"), "empty").write()
    found = made(has_folder=True)
    assert "not measured" in found.section
    assert found.files == {}
    assert found.metadata == {"tags": ["trackio"]}


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("co2_eq_emissions: 12.5  # by hand\n", "12.5"),
        ("co2_eq_emissions:\n  emissions: 12\n  source: CodeCarbon\n", "12"),
        ("co2_eq_emissions: {emissions: 7, source: a meter}\n", "7"),
        ("co2_eq_emissions:\n", None),
        ("license: mit\n", None),
    ],
)
def test_emissions_that_others_stated_do_not_go_in_silence(
    project: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, stated: str, told: str | None
) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"---\n{stated}---\n")
    into_file(path, made())
    assert ("stated other emissions" in caplog.text) == (told is not None)
    assert told is None or f"({told})" in caplog.text
    caplog.clear()
    into_file(path, made())
    assert not caplog.text
