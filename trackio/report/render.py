"""Contexts to HTML: one template a context, everything escaped that is not ours."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from trackio.report.energy.model import EnergyPage
from trackio.report.model import ChartPage, FramesPage, IndexPage, ProjectPage, RunPage, SinglePage
from trackio.report.narrative.model import NotePage
from trackio.report.resources import folder

Page: TypeAlias = IndexPage | ProjectPage | RunPage | ChartPage | SinglePage | FramesPage | EnergyPage | NotePage

TEMPLATES: dict[type[Page], str] = {
    IndexPage: "index.html.j2",
    ProjectPage: "project.html.j2",
    RunPage: "run.html.j2",
    ChartPage: "chart.html.j2",
    SinglePage: "single.html.j2",
    FramesPage: "frames.html.j2",
    EnergyPage: "energy.html.j2",
    NotePage: "note.html.j2",
}


def render(page: Page) -> bytes:
    """The page as UTF-8."""
    text = environment().get_template(TEMPLATES[type(page)]).render(page=page)
    return text.encode("utf-8", "replace")


@cache
def environment() -> Environment:
    """Jinja with autoescape; an undefined name is an error, so that no template can drift from its context."""
    return Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
        auto_reload=False,
        keep_trailing_newline=True,
    )


def _visible(value: Any) -> Any:
    """Text without characters that HTML forbids, which parsers drop or end the page at."""
    if isinstance(value, Markup) or not isinstance(value, str) or value.isprintable():
        return value
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_forbidden(letter) else letter for letter in value)


def _is_forbidden(letter: str) -> bool:
    return (letter < " " and letter not in "\t\n") or "\x7f" <= letter < "\xa0" or "\ud800" <= letter <= "\udfff"
