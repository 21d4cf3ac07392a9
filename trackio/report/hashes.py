"""The hashes of what a report shows, as its pages come to be, and the citations that name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trackio.report import datahash
from trackio.report.gather import Project
from trackio.report.heads import Site
from trackio.report.plan import Plan
from trackio.report.urls import INDEX

if TYPE_CHECKING:
    from markupsafe import Markup


class Hashes:
    """Those of runs and notes are told by who makes their pages, or were kept by the last build; others follow."""

    def __init__(self, plan: Plan, site: Site, before: Mapping[str, str]) -> None:
        self._plan, self._site = plan, site
        self._notes = [part.page for part, _ in plan.notes]
        runs = [part.page for one in plan.projects for part, _ in one.runs]
        self.pages = frozenset([*runs, *self._notes])
        """The pages that have one of their own."""
        self.known = {page: before[page] for page in self.pages & before.keys()}
        """By page; those of pages that are made anew are replaced."""

    @property
    def projects(self) -> dict[str, str]:
        """By name, once the pages of all runs are made."""
        return {one.project.name: self.of(one.project) for one in self._plan.projects}

    @property
    def whole(self) -> str:
        """That of the whole report."""
        return datahash.of_site(self.projects, [self.known[page] for page in self._notes])

    @property
    def updated_ns(self) -> int:
        """The time of the newest record; 0 without runs."""
        return max((one.project.updated_ns for one in self._plan.projects), default=0)

    def of(self, project: Project) -> str:
        """That of a project."""
        return datahash.of_project(project.name, [self.known[project.urls.run(run.slug)] for run in project.runs])

    def cite(self, project: Project, path: str, *part: str) -> Markup:
        """How to cite a page of a project."""
        return self._site.cite(path, [project.name, *part], self.of(project), project.updated_ns)

    def cite_all(self) -> Markup:
        """How to cite the root page."""
        names = [one.project.name for one in self._plan.projects]
        return self._site.cite(INDEX, names if len(names) == 1 else ["Training runs"], self.whole, self.updated_ns)
