"""The question before an upload: is there a secret in it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from trackio.errors import SecretsFound
from trackio.publish.scan import allowed, folders, recording
from trackio.publish.scan.finding import Finding
from trackio.publish.scan.known import known
from trackio.publish.scan.notes import hits as in_notes
from trackio.report.gather import Selection


def check(
    folder: Path, home: Path | None, selection: Selection, *, notes: Sequence[Path] = (), allow: Sequence[str] = ()
) -> None:
    """Raise SecretsFound when a built site, or what it was built of, has secrets that nobody allowed.

    ``selection`` is what of the records the site has, ``notes`` are the files that became pages of it. Raises
    UsageError for an unknown rule in ``allow``.
    """
    findings = found(folder, home, selection, notes=notes, allow=allow)
    if findings:
        raise SecretsFound(findings)


def found(
    folder: Path, home: Path | None, selection: Selection, *, notes: Sequence[Path] = (), allow: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """The secrets, by where they were recorded or written; by their file of the site those that stand only there."""
    allowed.check(allow)
    return allowed.without(_all(folder, home, selection, notes), allow)


def _all(folder: Path, home: Path | None, selection: Selection, notes: Sequence[Path]) -> Iterator[Finding]:
    what = known()
    sources = dict(chain(recording.hits(home, selection, what, is_whole=False), in_notes(notes, what)))
    told = set(sources.values())
    files = (finding for finding, secret in folders.hits(folder, what) if secret not in told)
    yield from chain(sources, files)
