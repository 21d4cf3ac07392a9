"""Secrets in runs that were recorded are found where they stand, and can be taken away there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import trackio
from trackio.errors import SecretsFound, UsageError
from trackio.publish import scan
from trackio.report.build import Options, build
from trackio.report.gather import Selection

TOKEN = "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"
EVERYTHING = Selection()


def record(log: dict[str, Any] | None = None, **given: Any) -> str:
    """Record a run ``x`` of project ``p``; its id."""
    with trackio.init(project="p", **{"name": "x", **given}, auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": 1.0, **(log or {})})
    return run.id


def places(selection: Selection = EVERYTHING) -> list[str]:
    return [finding.place for finding in scan.recorded(None, selection)]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"config": {"hub": {"key": TOKEN}}}, "config of run 'x' in project 'p': hub.key"),
        (
            {"config": {"api_key": "0123456789abcdef0123456789abcdef01234567"}},
            "config of run 'x' in project 'p': api_key",
        ),
        ({"config": {"db": {"password": "hunter"}}}, "config of run 'x' in project 'p': db.password"),
        ({"config": {"args": ["--token", TOKEN]}}, "config of run 'x' in project 'p': args"),
        ({"notes": f"log in with {TOKEN}"}, "notes of run 'x' in project 'p'"),
        ({"tags": ["a", TOKEN]}, "tags of run 'x' in project 'p'"),
        ({"group": TOKEN}, "group of run 'x' in project 'p'"),
        ({"group": "/home/ada/x"}, "group of run 'x' in project 'p'"),
        ({"job_type": TOKEN}, "job type of run 'x' in project 'p'"),
        ({"name": f"with {TOKEN}"}, "name of run 'with …' in project 'p'"),
        ({"log": {"said": f"token {TOKEN}"}}, "text 'said' at step 0 of run 'x' in project 'p'"),
        ({"log": {f"loss/{TOKEN}": 2.0}}, "name of a metric of run 'x' in project 'p'"),
        ({"log": {"doc": trackio.Markdown(f"# {TOKEN}")}}, "markdown 'doc' at step 0 of run 'x' in project 'p'"),
        ({"log": {"page": trackio.Html(f"<b>{TOKEN}</b>")}}, "html 'page' at step 0 of run 'x' in project 'p'"),
        ({"log": {"page": trackio.Html("<b>/home/ada/x</b>")}}, "html 'page' at step 0 of run 'x' in project 'p'"),
        (
            {"log": {"rows": trackio.Table(columns=["a"], data=[["fine"], [TOKEN]])}},
            "table 'rows' at step 0 of run 'x' in project 'p'",
        ),
    ],
)
def test_a_secret_is_found_where_it_was_recorded(given: dict[str, Any], place: str) -> None:
    record(**given)
    found = scan.recorded(None, EVERYTHING)
    assert [finding.place for finding in found] == [place]
    assert TOKEN not in repr(found)


def test_captions_alerts_summaries_and_artifacts_are_looked_through(tmp_path: Path) -> None:
    from PIL import Image

    picture = trackio.Image(Image.new("RGB", (2, 2)), caption=f"with {TOKEN}")
    with trackio.init(project="p", name="x", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"cat": picture})
        run.summary["best"] = TOKEN
        run.alert("Hot", f"see https://{TOKEN}", data={"key": TOKEN})
        run.log_artifact(trackio.Artifact("data", "dataset", description=TOKEN, metadata={"token": TOKEN}))
    where = "of run 'x' in project 'p'"
    assert set(places()) == {
        f"image 'cat' at step 0 {where}",
        f"summary {where}: best",
        f"alert at step 0 {where}",
        "artifact 'data' v0 in project 'p'",
        "artifact 'data' v0 in project 'p': token",
    }


def test_what_the_report_hides_as_a_place_is_no_finding() -> None:
    """Its pages show ``~`` and ``(hidden)``: a home folder in a config would stop nearly everybody."""
    record(config={"data": "/home/ada/data", "hostname": "node7", "pad_token": "<pad>"}, notes="in /home/ada/data")
    assert places() == []


def test_a_value_of_the_environment_is_found_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "# comment\nexport DB_PASSWORD='tree\"house&9'\nMODE=fast\nMODEL=llama-3-8b-instruct\n"
        "TRACKIO_PROJECT=x9y8-a1b2c3\nPLAIN=s3cr3t-value-123\n"
        "URL=postgres://ada:opensesame@db/x\nPOSTGRES_PASSWORD=postgres\n"
    )
    (tmp_path / ".env.example").write_text("OTHER_PASSWORD=not-a-secret-1\n")
    monkeypatch.setenv("MY_SERVICE_TOKEN", "correct-horse-battery")
    harmless = "postgres fast llama-3-8b-instruct not-a-secret-1 x9y8-a1b2c3"
    record(config={"harmless": harmless, "a": "x correct-horse-battery", "b": 'tree"house&9', "c": "opensesame"})
    record({"said": "with s3cr3t-value-123 in it"}, name="y")
    found = scan.recorded(None, EVERYTHING)
    assert [(one.place, one.rule, one.excerpt) for one in found] == [
        ("config of run 'x' in project 'p': a", "env-value", "$MY_SERVICE_TOKEN … (21 characters)"),
        ("config of run 'x' in project 'p': b", "env-value", "DB_PASSWORD of .env … (12 characters)"),
        ("config of run 'x' in project 'p': c", "env-value", "URL of .env … (10 characters)"),
        ("text 'said' at step 0 of run 'y' in project 'p'", "env-value", "PLAIN of .env … (16 characters)"),
    ]


def test_the_remedies_take_the_secrets_away() -> None:
    record(config={"lr": 0.1, "hub": {"key": TOKEN}}, notes=f"with {TOKEN}")
    record({"said": TOKEN}, name="y")
    remedies = [finding.remedy for finding in scan.recorded(None, EVERYTHING)]
    for remedy in remedies:
        if remedy.startswith("run = "):
            exec(remedy, {"trackio": trackio})
    assert places() == ["text 'said' at step 0 of run 'y' in project 'p'"]
    assert trackio.Api().project("p").run("x").config["lr"] == 0.1
    [command] = [remedy for remedy in remedies if remedy.startswith("trackio delete")]
    from trackio.cli.main import main

    assert main([*command.split()[1:], "--yes"]) == 0
    assert places() == []


def test_only_what_was_chosen_is_looked_through() -> None:
    record({"said": TOKEN}, config={"key": TOKEN})
    record({"loss/a": 1.0}, name="clean")
    assert places(Selection(runs=("clean",))) == []
    assert places(Selection(projects=("other",))) == []
    assert places(Selection(metrics=("loss",))) == ["config of run 'x' in project 'p': key"]


def test_rules_and_places_are_let_through_and_the_rest_is_not() -> None:
    record(config={"key": TOKEN}, notes="password: hunter2abc9")
    rest = [("config of run 'x' in project 'p': key", "hugging-face-token")]
    for allow in ("secret-value", "notes of run 'x' in project 'p'", "notes of run *"):
        assert [(one.place, one.rule) for one in scan.recorded(None, EVERYTHING, allow=[allow])] == rest
    assert scan.recorded(None, EVERYTHING, allow=["secret-value", "config of *: key"]) == ()


def test_a_rule_that_is_none_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"named 'home-foldr'. Nearest: home-folder\."):
        scan.recorded(None, EVERYTHING, allow=["home-foldr"])


def test_a_secret_in_a_record_and_in_the_pages_is_told_once_by_the_record(tmp_path: Path) -> None:
    site = tmp_path / "site"
    record({"page": trackio.Html(f"<b>{TOKEN}</b>")})
    build(Options(site))
    assert [one.place for one in scan.found(site, None, EVERYTHING)] == [
        "html 'page' at step 0 of run 'x' in project 'p'"
    ]
    [name] = [one.place for one in scan.folder(site)]
    assert re.fullmatch(r"p/media/[0-9a-f]{64}\.html line \d+", name)
    with pytest.raises(SecretsFound) as caught:
        scan.check(site, None, EVERYTHING)
    assert TOKEN not in str(caught.value)
    assert "--allow hugging-face-token" in str(caught.value)
    scan.check(site, None, EVERYTHING, allow=["hugging-face-token"])


def test_a_secret_that_only_the_site_has_is_told_by_its_file(tmp_path: Path) -> None:
    site = tmp_path / "site"
    record()
    build(Options(site))
    assert scan.found(site, None, EVERYTHING) == ()
    (site / "p" / "extra.html").write_text(f"<p>\n<p>{TOKEN}")
    assert [one.place for one in scan.found(site, None, EVERYTHING)] == ["p/extra.html line 2"]


def test_hostile_names_stay_on_their_line() -> None:
    record({"a\nb\x1b[2J": "x"}, name="x\n\x1b[31m" + "y" * 1000, config={"k\n\u202ey": TOKEN})
    [finding] = scan.recorded(None, EVERYTHING)
    assert finding.place.isprintable()
    assert finding.remedy.isprintable()
    assert len(finding.place) < 500
