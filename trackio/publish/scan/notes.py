"""Notes that become pages of a report, looked through as their writer has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from trackio.publish.scan.batches import Names
from trackio.publish.scan.files import in_file
from trackio.publish.scan.finding import Finding, Hit
from trackio.publish.scan.known import Known


def hits(paths: Sequence[Path], what: Known) -> Iterator[Hit]:
    """The secrets in files of Markdown by file and line. Raises OSError; what was built has read them before."""
    names = Names(what)
    for path in dict.fromkeys(paths):
        told = names.bare(str(path))
        for match, where in in_file(path, path.name, what):
            yield Finding(f"{told} {where}", match.rule, match.excerpt, f"Take it out of {told}."), match.secret
