"""Where a summary is read, and which addresses lead from there to the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from urllib.parse import quote

from trackio import settings

Address: TypeAlias = Callable[[str], "str | None"]
"""From a path in the report to its address; None where there is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is shown."""

    page: Address
    """The address of a page."""
    image: Address
    """The address of a picture; where there is none, curves are drawn in Mermaid."""
    job: str | None = None
    """The job that made the report."""
    job_words: str = "The job"


def beside() -> Place:
    """In a file within the report: everything lies beside it."""
    return Place(quote, quote, *_job())


def online(report: Path, base_url: str | None) -> Place:
    """On a page of GitHub or GitLab: what has an address there is linked.

    GitHub shows a picture of a public address only, and no ``data:`` one; files of an artifact have no address at all.
    GitLab gives each file of an artifact one.
    """
    job, words = _job()
    if base_url is not None:
        base = base_url.rstrip("/")
        return Place(lambda path: f"{base}/{quote(path)}", lambda path: f"{base}/{quote(path)}", job, words)
    gitlab, root = settings.text("CI_JOB_URL"), settings.text("CI_PROJECT_DIR")
    folder = _below(report, root)
    if gitlab is None or folder is None:
        # The pages are in the artifact alone.
        return Place(_none, _none, job, words)
    own = quote(str(folder))

    def at(kind: str) -> Address:
        return lambda path: f"{gitlab}/artifacts/{kind}/{own}/{quote(path)}"

    return Place(at("file"), at("raw"), job, words)


def step_summary() -> Path | None:
    """The file that GitHub shows on the page of the job."""
    found = settings.text("GITHUB_STEP_SUMMARY")
    return None if found is None else Path(found)


def is_gitlab() -> bool:
    """Whether this is a job of GitLab."""
    return settings.text("GITLAB_CI") is not None


def _job() -> tuple[str | None, str]:
    server, repository = settings.text("GITHUB_SERVER_URL"), settings.text("GITHUB_REPOSITORY")
    number = settings.text("GITHUB_RUN_ID")
    if server and repository and number:
        return f"{server}/{repository}/actions/runs/{number}#artifacts", "The artifacts of this workflow run"
    gitlab = settings.text("CI_JOB_URL")
    return (f"{gitlab}/artifacts/browse", "The artifacts of this job") if gitlab else (None, "")


def _below(report: Path, root: str | None) -> PurePosixPath | None:
    """The report's folder as an artifact of the job has it; None where it lies elsewhere."""
    if root is None:
        return None
    try:
        return PurePosixPath(report.resolve().relative_to(Path(root).resolve()).as_posix())
    except ValueError:
        return None


def _none(path: str) -> None:  # noqa: ARG001 - an Address
    return None
