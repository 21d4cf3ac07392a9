"""Names of runs as names of files."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_LONGEST_BYTES = 100


def file_name(name: str) -> str:
    """A readable file name for any name of a run, which leads out of no folder."""
    found = _UNSAFE.sub("_", name).strip(" .")
    # Cut by bytes, which is what file systems count.
    return found.encode()[:_LONGEST_BYTES].decode(errors="ignore") or "run"
