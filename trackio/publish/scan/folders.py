"""The files of a site, looked through as they would be published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from trackio.publish.scan import allowed
from trackio.publish.scan.batches import Names
from trackio.publish.scan.files import PIXELS, in_file
from trackio.publish.scan.finding import Finding, Hit
from trackio.publish.scan.known import Known, known
from trackio.publish.scan.pieces import first_line
from trackio.publish.scan.search import matches
from trackio.report.cache import NAME as CACHE
from trackio.report.write import LOCK

_OURS = re.compile(rf"(?:v[0-9]+/)?assets/[\w.-]+\.[0-9a-f]{{8,64}}\.(?:js|css)|{re.escape(CACHE)}|{re.escape(LOCK)}")
"""Scripts and styles of this package, by name and hash, and what only the next build reads."""

_NUMBERS = re.compile(r"(?:.+/)?charts/[^/]+\.csv")
"""Series of numbers; the names in them stand in the pages, and the first line is read."""


def folder(path: Path, *, allow: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The secrets in the files below a folder, in the order of their names; raises UsageError for an unknown rule.

    Pictures, sound and films are left out, and of Parquet files the columns of numbers are.
    """
    allowed.check(allow)
    return allowed.without((finding for finding, _ in hits(path, known())), allow)


def hits(path: Path, what: Known) -> Iterator[Hit]:
    """The same, with each secret beside what may be told of it."""
    names = Names(what)
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        name = file.relative_to(path).as_posix()
        if _OURS.fullmatch(name) or PIXELS.fullmatch(file.name):
            continue
        told = names.bare(name)
        found = in_file(file, name, what)
        if _NUMBERS.fullmatch(name):
            found = ((match, "line 1") for match in matches(first_line(file), what))
        for match, where in found:
            yield Finding(f"{told} {where}", match.rule, match.excerpt), match.secret
