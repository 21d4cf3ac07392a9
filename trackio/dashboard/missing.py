"""Pages that say what is not there, or who may look, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trackio.dashboard.site import LiveSite
from trackio.errors import NotFound, UnknownProject, UnknownRun, nearest
from trackio.report.model import Head, Link
from trackio.report.urls import INDEX, ProjectUrls, relative

NEAREST = 5


@dataclass(frozen=True, slots=True)
class MissingPage:
    """``missing.html.j2``."""

    head: Head
    title: str
    words: str
    links: tuple[Link, ...]
    asks_token: bool = False
    asked: tuple[tuple[str, str], ...] = ()
    """The parameters of the address, which is asked for again with the token."""


def not_found(error: NotFound | None, path: str, site: LiveSite, links: tuple[Link, ...] = ()) -> MissingPage:
    """The page in the place of one that is not there; ``links`` lead to what may have been meant."""
    noun = "page" if error is None else error.noun
    name = "" if error is None else error.name
    words = "It may have been deleted, moved or renamed." if isinstance(error, (UnknownProject, UnknownRun)) else ""
    title = f"There is no {noun} “{name}” here" if name else "There is no such page here"
    return _page(title, words, path, site, (*links, Link("All projects", relative(INDEX, path) or ".")))


def near_projects(name: str, urls: dict[str, ProjectUrls], path: str) -> tuple[Link, ...]:
    """The projects that may have been meant."""
    by_slug = {own.slug: known for known, own in urls.items()}
    names = dict.fromkeys([*nearest(name, list(urls)), *(by_slug[slug] for slug in nearest(name, list(by_slug)))])
    return tuple(Link(found, relative(urls[found].index, path)) for found in list(names)[:NEAREST])


def failed(words: str, path: str, site: LiveSite) -> MissingPage:
    """The page in the place of one that cannot be made."""
    return _page("This cannot be shown", words, path, site, (Link("All projects", relative(INDEX, path) or "."),))


def closed(path: str, site: LiveSite, asked: tuple[tuple[str, str], ...], *, is_wrong: bool = False) -> MissingPage:
    """The page for those who may not look yet."""
    title = "This token is wrong" if is_wrong else "This dashboard asks for a token"
    page = _page(title, "Whoever started the dashboard has one.", path, site, ())
    return MissingPage(page.head, page.title, page.words, (), asks_token=True, asked=asked)


def _page(title: str, words: str, path: str, site: LiveSite, links: tuple[Link, ...]) -> MissingPage:
    model: dict[str, Any] = {"page": "missing", "project": None, "base": "", "charts": [], "defaults": {}}
    head = site.head(path, title=title, description=words or title, model=model, is_live=False)
    return MissingPage(head, title, words, links)
