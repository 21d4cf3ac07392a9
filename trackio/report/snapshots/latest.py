"""``latest/``: a page for each page of the current report, which leads there (pure).

The current report stands at the root, as it does without snapshots. A copy of it under ``latest/`` would double what is
uploaded; a link would not survive a download, an archive or a Space.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trackio.report.resources import hashed_name, site_file
from trackio.report.snapshots.numbers import LATEST
from trackio.report.urls import relative

SCRIPT = "latest.js"
"""Leads on with the parameters of the address; without scripts the page does without them."""


def names(pages: Iterable[str]) -> list[str]:
    """The addresses that lead to these pages, and the script they share."""
    return [hashed_name(SCRIPT), *(f"{LATEST}/{page}" for page in pages)]


def files(pages: Iterable[str]) -> dict[str, bytes]:
    """The files themselves."""
    found = {f"{LATEST}/{page}": _page(page) for page in pages}
    return {hashed_name(SCRIPT): site_file(SCRIPT).encode(), **found}


def _page(page: str) -> bytes:
    own = f"{LATEST}/{page}"
    target, script = escape(relative(page, own)), escape(relative(hashed_name(SCRIPT), own))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="trackio">\n'
        '<meta name="referrer" content="no-referrer">\n<title>Latest</title>\n'
        f'<link rel="canonical" href="{target}">\n'
        f'<script src="{script}" data-to="{target}"></script>\n'
        f'<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript>\n'
        f'</head>\n<body>\n<p><a href="{target}">The latest version of this page</a></p>\n</body>\n</html>\n'
    ).encode()
