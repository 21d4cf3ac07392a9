"""``trackio.card``: what was just trained, put into a card from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import trackio
from tests.hub.emulator import Hub as SmallHub
from trackio.errors import CardError, PublishError, UnknownLocation, UnknownRun, UsageError
from trackio.store.home import Home

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library

QUIET = {"auto_log_cpu": False, "auto_log_gpu": False}


def test_the_current_run_is_meant_with_all_it_logged_so_far(recorded: str) -> None:
    with trackio.init(project="p", name="going", **QUIET) as run:
        run.log({"loss": 0.125})
        text = trackio.card()
        assert "Run `going` of `p`" in text
        assert "| `loss` | 0.125 (step 0) |" in text
        assert not run.is_finished


def test_the_last_run_of_the_process_is_meant_when_none_goes_on(home: Path) -> None:
    trackio.init(project="p", name="mine", **QUIET).finish()
    other = trackio.init(project="q", name="other", **QUIET)
    other.finish()
    assert "Run `other` of `q`" in trackio.card()
    assert "Run `mine` of `p`" in trackio.card(project="p")


def test_runs_are_given_as_objects_ids_or_names(recorded: str) -> None:
    [first] = trackio.Api().project("p").runs()
    with trackio.init(project="p", name="second", **QUIET) as run:
        pass
    assert "Run `first`" in trackio.card(first)
    assert "Run `first`" in trackio.card("first", project="p")
    assert "2 runs" in trackio.card([first, run])
    assert "2 runs" in trackio.card("*", project="p")
    with pytest.raises(UnknownRun):
        trackio.card("third", project="p")


def test_what_energy_stands_for_is_kept_with_the_project(recorded: str) -> None:
    trackio.card(project="p", location="France", pue=1.2)
    assert Home().project("p").settings() == {"location": "FRA", "pue": 1.2}
    assert "1.2" in trackio.card(project="p")
    with pytest.raises(UnknownLocation):
        trackio.card(project="p", location="Frnace")


def test_a_readme_is_made_and_the_markdown_given(recorded: str, tmp_path: Path) -> None:
    text = trackio.card(project="p", readme=tmp_path / "README.md", metrics="loss", chart="none")
    assert text in (tmp_path / "README.md").read_text("utf-8")
    assert not (tmp_path / "trackio").exists()


def test_a_model_gets_a_commit_and_its_address_is_given(hub: SmallHub, recorded: str) -> None:
    repo = hub.add("models", "ada/tiny")
    address = trackio.card(project="p", repo="ada/tiny", message="Energy")
    assert address == f"{hub.endpoint}/ada/tiny/commit/{repo.head('main')}"
    assert repo.commits == ["Energy"]
    assert trackio.card(project="p", repo="ada/tiny") == f"{hub.endpoint}/ada/tiny"
    assert trackio.card(project="p", repo="ada/tiny", chart="none", create_pr=True).endswith("/discussions/1")


def test_a_run_in_progress_is_never_broken(
    hub: SmallHub, home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(project="p", **QUIET) as run:
        run.log({"loss": 1.0})
        assert "Run" in trackio.card(repo="ada/none")
        assert "the card of p is not made" in caplog.text
        assert trackio.card(metrics="los") == ""
        run.log({"loss": 0.5})
    with pytest.raises(PublishError):
        trackio.card(repo="ada/none")
    (tmp_path / "README.md").write_text("<!-- trackio:end -->\n", "utf-8")
    with pytest.raises(CardError):
        trackio.card(readme=tmp_path / "README.md")
    assert list(trackio.Api().project("p").runs()[0].metric("loss").value) == [1.0, 0.5]


def test_a_disabled_run_has_no_card(home: Path, tmp_path: Path) -> None:
    with trackio.init(project="p", mode="disabled"):
        assert trackio.card(readme=tmp_path / "README.md") == ""
    assert not (tmp_path / "README.md").exists()


def test_what_cannot_be_right_is_told(recorded: str) -> None:
    with pytest.raises(UsageError, match="one place"):
        trackio.card(project="p", readme="README.md", repo="ada/tiny")
    with pytest.raises(UsageError, match="one project"):
        trackio.card([trackio.Api().project("p").runs()[0], trackio.init(project="q", mode="disabled")])
