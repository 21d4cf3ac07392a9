"""How to cite a page: BibTeX, and the panel that shows it (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TypeVar
from urllib.parse import quote

from markupsafe import Markup

from trackio.report.energy.model import EnergyPage
from trackio.report.model import IndexPage, ProjectPage, RunPage, SinglePage
from trackio.report.narrative.model import NotePage
from trackio.report.slugs import slugs
from trackio.report.snapshots.slots import AT, SAME, slot
from trackio.report.words import day

SHOWN_DIGITS = 16
"""Of a data hash in a citation; the manifest has all."""

_LATEX = {
    "\\": r"\textbackslash{}",
    # A brace counts for BibTeX even after a backslash, and one without its other ends the field somewhere else.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # A quote mark has a meaning to some languages of LaTeX, and its command is not in every font.
    '"': '{"}',
    **{letter: f"\\{letter}" for letter in "$&#%_"},
}
CitedPage = TypeVar("CitedPage", IndexPage, ProjectPage, RunPage, EnergyPage, SinglePage, NotePage)

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made the runs, and what they are called elsewhere."""

    authors: Sequence[str] = field(default=())
    """As BibTeX reads names: ``Jane Doe`` or ``Doe, Jane``; one in braces is no person."""
    title: str | None = None
    """In place of the project's name."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation of a page says."""

    subject: str
    """What the page is of: ``nanogpt: val/loss``."""
    digest: str
    """The hash of its data."""
    updated_ns: int
    """The time of its newest record; 0 without any."""
    path: str
    base_url: str | None
    credit: Credit


def latex(text: str) -> str:
    """Any text as LaTeX shows it, on one line, with braces in pairs."""
    plain = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)
    return "".join(_LATEX.get(letter, letter) for letter in _SPACES.sub(" ", plain).strip())


def author(text: str) -> str:
    """One author's name as BibTeX reads it; one that BibTeX would take for several stands in braces."""
    plain = text.strip()
    is_braced = plain.startswith("{") and plain.endswith("}")
    found = latex(plain[1:-1] if is_braced else plain)
    is_whole = is_braced or re.search(r"\band\b", found, re.IGNORECASE) or found.count(",") > 2
    return f"{{{found}}}" if is_whole else found


def entry(cited: Cited, at: str = "") -> str:
    """The BibTeX of a page; ``at`` stands where the folder of a snapshot belongs."""
    short = cited.digest[:SHOWN_DIGITS]
    key = slugs({"": cited.subject}, "runs")[""]
    authors = [found for text in cited.credit.authors if (found := author(text))]
    lines = [f"title = {{{{{latex(cited.subject)}}}}}"]
    lines += [f"author = {{{' and '.join(authors)}}}"] if authors else []
    lines += [f"year = {{{day(cited.updated_ns).split()[-1]}}}"] if cited.updated_ns else []
    if cited.base_url is not None:
        # Only what the site's own paths never hold has to be quoted: `urls.relative` gives no such letter.
        base = quote(cited.base_url, safe=":/?#[]@!$&'()*+,;=-._~%")
        lines.append(f"url = {{{base}{at}{quote(cited.path)}}}")
    lines.append(f"note = {{Training runs recorded with trackio, data hash {short}}}")
    return f"@misc{{trackio-{key[:40]}-{short[:8]},\n  " + ",\n  ".join(lines) + "\n}"


def on(page: CitedPage, cite: Markup) -> CitedPage:
    """The page with the panel at its foot."""
    return replace(page, head=replace(page.head, cite=cite))


def panel(cited: Cited) -> Markup:
    """The disclosure under a page; it needs no script, and has places for the snapshot that the page stands in."""
    mark = "\ue000"
    text = escape(entry(cited, mark)).replace(mark, slot(AT))
    digest = cited.digest
    return Markup(  # noqa: S704 - every text is escaped
        f'<details class="tk-cite"><summary>Cite</summary><div class="tk-cite-box">'
        f'<pre tabindex="0" aria-label="BibTeX">{text}</pre>'
        f'<p><button class="tk-button" type="button" data-action="copy-cite">Copy</button> '
        f'<span>{slot(SAME)}data hash <code title="{digest}">{digest[:SHOWN_DIGITS]}</code></span></p></div></details>'
    )
