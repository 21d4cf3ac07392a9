"""Which files of a Space are ours: a list of what was published there last, kept in the Space itself.

What stands at one of our paths with other bytes than ours was put there by others, and is theirs. The list also says
whether the report there is frozen: such a Space is written by `freeze` alone, and `freeze` writes no other one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path
from typing import TypeAlias

from trackio.errors import PublishError

LIST = ".trackio/files.json"
FORMAT = 1
_LENGTH = 12
_CHUNK = 1 << 20

Digests: TypeAlias = tuple[str, str]
"""git's and SHA-256, as the Hub tells either; in the list their beginnings."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What brings a Space up to date."""

    sent: tuple[str, ...] = ()
    """Files that are new or differ."""
    stale: tuple[str, ...] = ()
    """Files of ours that are still there and that the report no longer has."""
    theirs: tuple[str, ...] = ()
    """Those of ``sent`` that would replace a file that others wrote."""


def digests(content: Path | bytes) -> Digests:
    """Of a file, whose size may be any, or of bytes."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    git, large = sha1(b"blob %d\0" % size, usedforsecurity=False), sha256()
    if isinstance(content, bytes):
        git.update(content)
        large.update(content)
    else:
        with content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                git.update(chunk)
                large.update(chunk)
    return git.hexdigest(), large.hexdigest()


def compare(ours: Mapping[str, Digests], there: Mapping[str, str], known: Mapping[str, Digests]) -> Changes:
    """What differs between a report and a Space, whose list is ``known``."""

    def is_ours(path: str) -> bool:
        return path in known and there[path].startswith(known[path])

    sent = [path for path, found in ours.items() if there.get(path) not in found]
    stale = [path for path in known if path in there and path not in ours and is_ours(path)]
    theirs = [path for path in sent if path in there and not is_ours(path)]
    return Changes(tuple(sent), tuple(stale), tuple(theirs))


def encode(listed: Mapping[str, Digests], *, is_frozen: bool = False) -> bytes:
    """The list as it lies in a Space; a file a line, so that its own changes are small."""
    lines = [
        f"{json.dumps(path)}: {json.dumps([digest[:_LENGTH] for digest in listed[path]])}" for path in sorted(listed)
    ]
    files = ",\n".join(lines)
    frozen = '"frozen": true, ' if is_frozen else ""
    return f'{{"trackio_files": {FORMAT}, {frozen}"files": {{\n{files}\n}}}}\n'.encode()


def refuse(space_id: str, data: bytes, *, is_frozen: bool) -> None:
    """Raise PublishError where the list says that the Space's report is frozen and the new one not, or the reverse."""
    was_frozen = _is_frozen(data)
    if was_frozen == is_frozen:
        return
    if was_frozen:
        reason, step = "its report is frozen, and only `trackio freeze` changes it", "Name another Space."
    else:
        reason = "`trackio sync` or `trackio report` writes it, and what is frozen is to stay as it is"
        step = "Name a Space of its own with --new-space-id (in Python new_space_id='owner/name')."
    raise PublishError(f"{space_id} was left as it is", reason, step)


def _is_frozen(data: bytes) -> bool:
    try:
        return json.loads(data).get("frozen") is True
    except (ValueError, AttributeError):
        return False


def decode(data: bytes) -> dict[str, Digests]:
    """The list in the bytes; empty when they are none that this version reads."""
    try:
        document = json.loads(data)
        if document["trackio_files"] != FORMAT:
            return {}
        found = {str(path): (str(git), str(large)) for path, (git, large) in document["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    # A beginning that is empty would make any file ours.
    return {path: pair for path, pair in found.items() if all(len(digest) >= _LENGTH for digest in pair)}
