"""The files of an artifact that W&B holds ready for an upload, laid out under the names they have in it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def staged(contents: Sequence[Any]) -> Iterator[Path]:
    """A folder with copies of those entries of a manifest that are still there, until they are read.

    A log may name any file of this machine: only one that has the digest of its entry is read.
    """
    with tempfile.TemporaryDirectory(prefix="trackio-") as name:
        folder = Path(name)
        for entry in contents:
            target, source = folder / entry.path, Path(entry.local_path)
            if (
                entry.local_path
                and ".." not in target.parts
                and target.is_relative_to(folder)
                and is_entry(source, entry)
            ):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        yield folder


def is_entry(path: Path, entry: Any) -> bool:
    """Whether a file is there and has the content that an entry of a manifest says."""
    try:
        # Others never end.
        if not path.is_file():
            return False
        with path.open("rb") as file:
            digest = hashlib.md5(usedforsecurity=False)
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError:
        return False
    return bool(base64.b64encode(digest.digest()).decode() == entry.digest)
