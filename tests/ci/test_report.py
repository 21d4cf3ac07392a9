"""`trackio report --ci`: summary, page of the job, comment, pictures and links, from disk and on GitHub and GitLab."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt

import trackio
from tests.ci.conftest import Cli, log
from trackio.ci.summary import LIMIT_BYTES
from trackio.documents.schemas import schema
from trackio.store.home import Home

GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"}
VARIABLES = (*GITHUB, "GITHUB_STEP_SUMMARY", "GITLAB_CI", "CI_JOB_URL", "CI_PROJECT_DIR")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Outside of CI, in a folder without rules."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def build(cli: Cli, output: Path, *words: str, code: int = 0) -> str:
    done = cli("report", "--ci", "--output", str(output), "--workers", "1", *words)
    assert done.code == code, done.err
    return done.out + done.err


def links(text: str) -> list[str]:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return re.findall(r'(?:href|src)="([^"]*)"', html)


def test_the_summary_lies_beside_the_pages_and_leads_to_them(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    said = build(cli, site, "--baseline", "group:main", "--rule", "val/loss <= 0.1", "--rule", "val/acc > 0.1")
    assert "failed: val/loss is 0.51, more than 0.1." in said
    text = (site / "summary.md").read_text()
    assert "Run [`new`](p/runs/new.html): finished" in text
    assert "| [`val/loss`](p/charts/val-loss.html) | 0.51 | 0.51 ± 0.014 | 0 | same | █▁ |" in text
    assert "| **failed** | `val/loss <= 0.1` | val/loss is 0.51, more than 0.1. |" in text
    assert all((site / one).is_file() for one in links(text))
    assert sum(one.endswith(".png") for one in links(text)) == 3


def test_the_same_data_makes_the_same_bytes_and_old_pictures_go(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(cli, site, "--baseline", "group:main")

    def content() -> dict[str, bytes]:
        files = [site / "summary.md", *(site / "assets/ci").iterdir()]
        return {path.name: path.read_bytes() for path in files}

    before = content()
    build(cli, site, "--baseline", "group:main")
    assert content() == before
    build(cli, site, "--metrics", "val/loss")
    assert sorted(content()) == ["p.val-loss.png", "summary.md"]


def test_a_report_without_a_summary_has_none_of_an_earlier_one(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    words = ["report", "--output", str(site), "--workers", "1"]
    cli(*words)
    (site / "summary.md").write_text("mine")
    before = sorted(site.rglob("*"))
    cli(*words)
    assert (site / "summary.md").read_text() == "mine"
    build(cli, site)
    assert cli(*words).code == 0
    assert sorted(site.rglob("*")) == [path for path in before if path.name != "summary.md"]


def test_pictures_open_from_disk_in_a_browser(cli: Cli, seeds: Path, tmp_path: Path, page: object) -> None:
    site = tmp_path / "site"
    build(cli, site, "--baseline", "group:main")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render((site / "summary.md").read_text())
    (site / "shown.html").write_text(f"<!doctype html><meta charset=utf-8>{html}")
    page.goto((site / "shown.html").as_uri())  # type: ignore[attr-defined]
    sizes = page.evaluate("[...document.images].map((one) => [one.complete, one.naturalWidth])")  # type: ignore[attr-defined]
    assert len(sizes) == 3
    assert all(is_there and width > 300 for is_there, width in sizes)
    page.goto((site / "index.html").as_uri())  # type: ignore[attr-defined]
    assert page.locator("html").get_attribute("data-trackio") == "ready"  # type: ignore[attr-defined]


def test_on_github_it_is_added_to_the_page_of_the_job(
    cli: Cli, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = tmp_path / "step.md"
    step.write_text("# Before\n")
    for name, value in {**GITHUB, "GITHUB_STEP_SUMMARY": str(step)}.items():
        monkeypatch.setenv(name, value)
    build(cli, tmp_path / "site", "--baseline", "group:main", "--comment", str(tmp_path / "c" / "comment.md"))
    text = step.read_text()
    assert text.startswith("# Before\n\n## `p`\n")
    # Files of an artifact have no address, and data: is not shown.
    assert links(text) == ["https://github.com/o/r/actions/runs/7#artifacts"]
    assert text.count("xychart-beta") == 3
    assert (tmp_path / "c" / "comment.md").read_text() == text.removeprefix("# Before\n\n")


def test_what_a_step_has_written_before_counts(
    cli: Cli, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = tmp_path / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    for before, shown in ((LIMIT_BYTES - 1500, "left out"), (LIMIT_BYTES - 10, ""), (LIMIT_BYTES + 10, "")):
        step.write_bytes(b"x" * before)
        build(cli, tmp_path / "site", "--baseline", "group:main")
        added = step.read_bytes()[before:].decode()
        assert before + len(added) <= LIMIT_BYTES or not added
        assert shown in added


def test_a_published_report_has_addresses_everywhere(
    cli: Cli, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = tmp_path / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    build(cli, tmp_path / "site", "--base-url", "https://example.org/site/")
    assert "https://example.org/site/assets/ci/p.val-loss.png" in links(step.read_text())
    assert "mermaid" not in step.read_text()


def test_on_gitlab_each_file_of_the_artifact_has_an_address(
    cli: Cli, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = "https://gitlab.com/o/r/-/jobs/7"
    for name, value in (("GITLAB_CI", "true"), ("CI_JOB_URL", job), ("CI_PROJECT_DIR", str(tmp_path))):
        monkeypatch.setenv(name, value)
    build(cli, tmp_path / "out" / "site", "--comment", "note.md")
    found = links((tmp_path / "note.md").read_text())
    assert f"{job}/artifacts/file/out/site/p/index.html" in found
    assert f"{job}/artifacts/raw/out/site/assets/ci/p.val-loss.png" in found
    assert f"{job}/artifacts/browse" in found
    assert (tmp_path / "out" / "site" / "metrics.txt").read_text().splitlines()[1] == (
        'trackio_metric{project="p",metric="val/loss"} 0.51'
    )


def test_the_rules_of_the_project_are_told(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "trackio.toml").write_text('[check]\nproject = "p"\nrules = ["val/acc > 0.4"]\nbaseline = "seed-1"\n')
    log("other", 0.1, project="q")
    build(cli, tmp_path / "site")
    assert "| held | `val/acc > 0.4` |" in (tmp_path / "site" / "summary.md").read_text()


def test_several_projects_stand_one_after_the_other(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    log("other", 0.1, project="q")
    Home(seeds).create("empty")
    build(cli, tmp_path / "site")
    assert re.findall("^## .*", (tmp_path / "site" / "summary.md").read_text(), re.MULTILINE) == [
        "## [`p`](p/index.html)",
        "## [`q`](q/index.html)",
    ]
    said = build(cli, tmp_path / "site", "--rule", "val/loss < 1", code=2)
    assert "are about one project" in said


def test_a_run_that_failed_is_told_and_keeps_no_rule(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    run = trackio.init(project="p", name="broken", auto_log_cpu=False, auto_log_gpu=False)
    run.log({"val/loss": 0.1})
    run.finish(exit_code=1)
    build(cli, tmp_path / "site", "--rule", "val/loss < 1")
    text = (tmp_path / "site" / "summary.md").read_text()
    assert "Run [`broken`](p/runs/broken.html): failed" in text
    assert "The run did not finish, so that it keeps no rule." in text
    assert "held" not in text


def test_a_home_without_runs_says_so_and_what_to_do(cli: Cli, home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        said = build(cli, tmp_path / "site", "--comment", "c.md")
        assert "No run has logged anything yet" in said
        for path in (tmp_path / "site" / "summary.md", tmp_path / "c.md"):
            assert "No run has logged anything yet; `trackio.log(...)` starts it." in path.read_text()
        # A project that nothing was logged in is no other case.
        Home(home).create("p")


def test_a_missing_baseline_is_told_on_top_and_the_report_is_there(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    site, comment = tmp_path / "site", tmp_path / "c.md"
    words = ("--baseline", "tag:best", "--rule", "val/loss <= baseline", "--rule", "val/loss < 9")
    said = build(cli, site, *words, "--comment", str(comment))
    reason = "No baseline named 'best' in tags."
    assert f"failed: {reason}" in said
    assert (site / "index.html").is_file()
    for path in (site / "summary.md", comment):
        head, rest = re.split(r"Run \[?`new`", path.read_text())
        assert reason in head
        assert f"| **failed** | `val/loss <= baseline` | {reason}" in rest
        assert "| held | `val/loss < 9` |" in rest
    done = cli("report", "--ci", "--output", str(site), "--workers", "1", *words, "--json")
    assert [one["name"] for one in done.json["missing"]] == ["tag:best"]
    jsonschema.validate(done.json, schema("report"))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--ci", "--single-file"), 2, "--ci and --single-file exclude each other"),
        (("--ci", "--serve"), 2, "--ci and --serve exclude each other"),
        (("--baseline", "seed-1"), 2, "--baseline needs --ci"),
        (("--seeds-tolerance", "1"), 2, "--seeds-tolerance needs --ci"),
        (("--ci", "--rule", "val/loss <"), 2, "cannot be read at character 11"),
        (("--ci", "--runs", "seed-*", "--config", "other.toml"), 2, "not in the report: choose it with --runs"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_built(
    cli: Cli, seeds: Path, tmp_path: Path, words: tuple[str, ...], *, code: int, told: str
) -> None:
    (tmp_path / "other.toml").write_text("[check]\nrun = 'new'\n")
    done = cli("report", "--output", str(tmp_path / "site"), *words)
    assert done.code == code
    assert told in done.err
    assert not (tmp_path / "site").exists()


def test_as_json_it_names_the_summary_and_what_is_broken(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    words = ("--rule", "val/loss < 0", "--warn", "val/loss > 1e9", "--rule", "val/loss > 0", "--comment", "c.md")
    done = cli("report", "--ci", "--output", str(site), "--workers", "1", *words, "--json")
    found = json.loads(done.out)
    assert (found["summary"], found["comment"]) == (str(site / "summary.md"), "c.md")
    assert [(one["tier"], one["rule"]) for one in found["broken"]] == [("fail", words[1]), ("warn", words[3])]
    jsonschema.validate(found, schema("report"))


def test_a_home_of_another_baseline_is_compared_by_its_file(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    assert cli("check", "--run", "seed-1", "--save-baseline", "b.json").code == 0
    build(cli, tmp_path / "site", "--baseline", "b.json")
    assert "Compared with `seed-1`." in (tmp_path / "site" / "summary.md").read_text()


def test_several_runs_are_told_by_their_means(cli: Cli, seeds: Path, tmp_path: Path) -> None:
    build(cli, tmp_path / "site", "--run", "seed-1", "--run", "seed-2", "--baseline", "new")
    text = (tmp_path / "site" / "summary.md").read_text()
    assert "With 1 more run, of which last values and energy are means." in text
    assert "| [`val/loss`](p/charts/val-loss.html) | 0.51 | 0.51 | 0 | same |" in text
    assert "The report has 1 other run." in text
