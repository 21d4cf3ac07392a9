"""The head of a page: its scripts and styles, its model, and what other sites show of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from trackio.report import data, urls
from trackio.report.citation import Cited, Credit, panel
from trackio.report.model import Head
from trackio.report.resources import hashed_name, site_file
from trackio.report.urls import relative

WIDTH, HEIGHT = 600, 400
"""The size of an embedded chart, in pixels, until someone chooses another."""

MEDIA = ("media.css", "media.js")
"""What pages with media load besides."""

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M2 3c2 9 6 10 12 10' fill='none' stroke='%232f6fde' "
    "stroke-width='2.5' stroke-linecap='round'/%3E%3C/svg%3E"
)
"""Inline, so that no browser asks for ``/favicon.ico``."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of a report have in common."""

    base_url: str | None = None
    """Where the site will be published; ends in ``/``."""
    is_transparent: bool = False
    """Whether PNG files have no background."""
    credit: Credit = field(default_factory=Credit)
    """Whom citations name."""

    def url(self, path: str) -> str | None:
        """The public address of a page or file, when it is known."""
        return None if self.base_url is None else self.base_url + relative(path, "")

    def cite(
        self, path: str, names: Sequence[str], digest: str, updated_ns: int, *, authors: Sequence[str] = ()
    ) -> Markup:
        """How to cite the page at ``path``, which is of what ``names`` say, from the whole to the part.

        ``authors`` are those of the page, where it has its own.
        """
        credit = replace(self.credit, authors=authors) if authors else self.credit
        subject = ": ".join([*([credit.title] if credit.title else []), *names])
        return panel(Cited(subject, digest, updated_ns, path, self.base_url, credit))

    @property
    def key(self) -> list[object]:
        """What pages have from here, as plain values."""
        return [self.base_url, self.is_transparent, list(self.credit.authors), self.credit.title]

    def head(
        self,
        path: str,
        *,
        title: str,
        description: str,
        model: dict[str, Any],
        load: Sequence[str] = (),
        image: str | None = None,
        oembed: str | None = None,
        is_embed: bool = False,
        is_single: bool = False,
        has_media: bool = False,
        is_live: bool = False,
    ) -> Head:
        """The head of the page at ``path``; other paths are relative to the root too.

        An embed has its style inline, a single file its runtime too.
        """
        root = "../" * path.count("/")
        address = self.url(path)
        document = model | {
            "root": root,
            "assets": {} if is_single else {"runtime": relative(hashed_name("runtime.js"), path)},
            "width": WIDTH,
            "height": HEIGHT,
        }
        if address is not None:
            document["url"] = address
        return Head(
            title=title,
            description=description,
            root=root,
            boot=ours("boot.js"),
            style=ours("embed.css") if is_embed else _single_style(has_media=has_media) if is_single else None,
            stylesheet=None if is_embed or is_single else relative(hashed_name("site.css"), path),
            runtime=None if is_single else relative(hashed_name("runtime.js"), path),
            load=" ".join(relative(name, path) for name in load),
            model=Markup(data.inline(document)),  # noqa: S704 - escaped by inline()
            url=address,
            image=None if image is None else self.url(image),
            oembed=None if oembed is None else relative(oembed, path),
            icon=ICON,
            extras=tuple(relative(hashed_name(name), path) for name in MEDIA if has_media and not is_single),
            live=relative(hashed_name("live.js"), path) if is_live else None,
        )


def _single_style(*, has_media: bool) -> Markup:
    return ours("site.css") + ours("media.css") if has_media else ours("site.css")


def ours(name: str) -> Markup:
    """A script or style of ours, to stand inline."""
    return Markup(site_file(name))  # noqa: S704 - built from our own sources


@cache
def csp() -> dict[str, str | list[str]]:
    """What a Content-Security-Policy has to allow, and one that allows just that."""
    script, style = _hash(site_file("boot.js")), _hash(site_file("embed.css"))
    policy = (
        f"default-src 'none'; script-src 'self' {script}; style-src 'self' {style}; img-src 'self' data:; "
        "media-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
    )
    return {"script": [script], "style": [style], "policy": policy}


def assets(*, has_media: bool = False) -> dict[str, bytes]:
    """The files of ``assets/``. ``embed.js`` keeps its name: hosts write it into their own pages."""
    names = ("runtime.js", "site.css", *((*MEDIA, "plotly.js") if has_media else ()))
    files = {hashed_name(name): site_file(name).encode() for name in names}
    return files | {f"{urls.ASSETS}/embed.js": site_file("embed.js").encode()}


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
