"""Whom citations name: the options, else ``trackio.toml``, else ``CITATION.cff`` of the working folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.cli.text import plain
from trackio.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from trackio.report.citation import Credit

CITATION_FILE = "CITATION.cff"
KEYS = ("authors", "title")
"""Of the table ``[citation]`` in ``trackio.toml``."""


def credit(authors: Sequence[str] | None, folder: Path = Path()) -> Credit:
    """The authors as given, else of the files in a folder, and the title that these know.

    Raises UsageError for a ``trackio.toml`` that cannot be right; of a ``CITATION.cff``, which is not ours, it is only
    said.
    """
    from trackio.report.citation import Credit

    ours, theirs = _configured(folder), _cited(folder / CITATION_FILE)
    named = tuple(authors or ()) or ours.authors or theirs.authors
    return Credit(tuple(name for name in named if name.strip()), ours.title or theirs.title)


def _configured(folder: Path) -> Credit:
    from trackio.ci import configuration
    from trackio.report.citation import Credit

    path = folder / configuration.NAME
    if not path.is_file():
        return Credit()
    try:
        found = configuration.table("citation", KEYS, path)
    except MissingExtra as error:
        _say(f"{path} is not read: {error}")
        return Credit()
    authors, title = found.get("authors", []), found.get("title")
    authors = [authors] if isinstance(authors, str) else authors
    if not isinstance(authors, list) or not all(isinstance(one, str) for one in authors):
        raise UsageError(f'{path}: authors is a list of names: authors = ["Jane Doe"].')
    if title is not None and not isinstance(title, str):
        raise UsageError(f"{path}: title is a text.")
    return Credit(tuple(authors), title)


def _cited(path: Path) -> Credit:
    """What a Citation File Format file says; see https://citation-file-format.github.io."""
    from trackio.report.citation import Credit

    if not path.is_file():
        return Credit()
    import yaml

    try:
        found = yaml.safe_load(path.read_text("utf-8"))
        authors = [_name(one) for one in found.get("authors") or ()]
        title = found.get("title")
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError):
        _say(f"{path} cannot be read as a citation file, so nobody is named from it; --author names somebody.")
        return Credit()
    return Credit(tuple(one for one in authors if one), title if isinstance(title, str) else None)


def _name(found: Mapping[str, Any]) -> str:
    """A person as ``von Last, First``, anybody else in braces."""
    family = " ".join(str(found[key]) for key in ("name-particle", "family-names", "name-suffix") if found.get(key))
    if family or found.get("given-names"):
        return ", ".join(part for part in (family, str(found.get("given-names") or "")) if part)
    name = found.get("name") or found.get("alias")
    return f"{{{name}}}" if name else ""


def _say(text: str) -> None:
    print(f"trackio: {plain(text)}", file=sys.stderr)
