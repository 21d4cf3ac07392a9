"""Places in a finished page that say where it stands, filled without making the page again (pure).

A page is the same in the current report and in a snapshot, but for these. They are marked by comments, which nothing
that was logged can bring into a page: it is escaped, and Markdown is rendered without HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from trackio.report.urls import relative

AT = "at"
"""In the citation's address: the folder of a snapshot."""
KEPT = "kept"
"""In the line at the foot: that the page is one of a snapshot."""
SAME = "same"
"""In the citation: which snapshot holds the same data."""
EMBED = "embed"
"""In a chart's menu: its iframe in that snapshot."""
LIST = "list"
"""On the root page: the snapshots."""

_SLOT = re.compile(rb"<!--tk-(at|kept|same|embed|list)-->.*?<!--/tk-\1-->", re.DOTALL)


def slot(name: str) -> str:
    """The place as it stands in a page that is made."""
    return f"<!--tk-{name}--><!--/tk-{name}-->"


def filled(page: bytes, texts: Mapping[str, str]) -> bytes:
    """The page with HTML in its places; those that ``texts`` does not name are empty."""

    def fill(found: re.Match[bytes]) -> bytes:
        name = found[1].decode()
        return f"<!--tk-{name}-->{texts.get(name, '')}<!--/tk-{name}-->".encode()

    return _SLOT.sub(fill, page)


def current(path: str, pin: str | None) -> dict[str, str]:
    """What a page of the current report says at ``path``; ``pin`` is the snapshot with the same data."""
    if pin is None:
        return {}
    address = escape(relative(f"{pin}/{path}", path))
    return {
        AT: f"{pin}/",
        SAME: f'kept as <a href="{address}">snapshot {pin}</a> · ',
        EMBED: f'<li><button type="button" data-action="copy-embed" data-at="{pin}/">Copy embed of {pin}</button></li>',
    }


def kept(path: str, name: str, label: str | None) -> dict[str, str]:
    """What a page says in the snapshot ``name``; ``path`` is relative to the snapshot."""
    title = escape(f"{name}, {label}" if label else name)
    latest = escape(relative(f"../{path}", path))
    return {
        AT: f"{name}/",
        KEPT: f'<span class="tk-kept" data-at="{name}/">Snapshot <bdi>{title}</bdi> (<a href="{latest}">latest</a>)'
        "</span> · ",
    }
