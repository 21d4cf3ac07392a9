"""The question before an upload: is there a secret in it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from trackio.errors import SecretsFound
from trackio.publish.scan import allowed, folders, recording
from trackio.publish.scan.finding import Finding
from trackio.publish.scan.known import known
from trackio.report.gather import Selection


def check(folder: Path, home: Path | None, selection: Selection, *, allow: Sequence[str] = ()) -> None:
    """Raise SecretsFound when a built site, or what was recorded for it, has secrets that nobody allowed.

    ``selection`` is what the site was built of. Raises UsageError for an unknown rule in ``allow``.
    """
    findings = found(folder, home, selection, allow=allow)
    if findings:
        raise SecretsFound(findings)


def found(folder: Path, home: Path | None, selection: Selection, *, allow: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The secrets, by where they were recorded; by their file those that no record tells of."""
    allowed.check(allow)
    return allowed.without(_all(folder, home, selection), allow)


def _all(folder: Path, home: Path | None, selection: Selection) -> Iterator[Finding]:
    what = known()
    records = dict(recording.hits(home, selection, what, is_whole=False))
    told = set(records.values())
    files = (finding for finding, secret in folders.hits(folder, what) if secret not in told)
    yield from chain(records, files)
