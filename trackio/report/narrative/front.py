"""The front matter of notes: title, authors, date, project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from trackio.report.narrative import mapping
from trackio.report.narrative.mapping import Entry
from trackio.report.narrative.problems import Say

KEYS = ("title", "author", "authors", "date", "project", "summary", "abstract", "slug", "draft")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Front:
    """What was said ahead of the text."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str = ""
    """As readers see it: ``21 Nov 2024``, or the words that were given."""
    project: str | None = None
    """The project that blocks and values speak of unless they name another."""
    project_line: int = 1
    summary: str | None = None
    summary_line: int = 1
    slug: str | None = None
    slug_line: int = 1
    is_draft: bool = False


def read(text: str, say: Say) -> Front:
    """The front matter; the first line of ``text`` is the second of its file."""
    entries = (mapping.read(text, 2, KEYS, say) if text else None) or {}
    for one, other in (("author", "authors"), ("summary", "abstract")):
        if one in entries and other in entries:
            say(entries[other].line, f"{other} says the same as {one}. Give one of them.")
    summary = entries.get("summary") or entries.get("abstract")
    slug = mapping.given(entries, "slug", mapping.text, say)
    if slug is not None and not SLUG.fullmatch(slug):
        say(entries["slug"].line, "slug must be small letters, digits, - and _, at most 60.")
        slug = None
    return Front(
        title=mapping.given(entries, "title", mapping.text, say) or None,
        authors=_authors(entries, say),
        date=_date(entries["date"], say) if "date" in entries else "",
        project=mapping.given(entries, "project", mapping.text, say) or None,
        project_line=entries["project"].line if "project" in entries else 1,
        summary=(mapping.text(summary, say) or None) if summary else None,
        summary_line=summary.line if summary else 1,
        slug=slug,
        slug_line=entries["slug"].line if "slug" in entries else 1,
        is_draft=mapping.given(entries, "draft", mapping.flag, say) or False,
    )


def _authors(entries: Mapping[str, Entry], say: Say) -> tuple[str, ...]:
    entry = entries.get("authors") or entries.get("author")
    if entry is None:
        return ()
    # A name may have a comma in it: `Ada Lovelace, PhD`.
    if isinstance(entry.value, str):
        return (entry.value.strip(),)
    return mapping.texts(entry, say) or ()


def _date(entry: Entry, say: Say) -> str:
    value = entry.value
    if isinstance(value, date):
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return mapping.text(entry, say) or ""
