"""What stands in the ``.env`` files of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_LARGEST_FILE = 64 << 10
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]{0,200})\s*[=:]\s*(.*)")
_EXAMPLES = (".example", ".sample", ".template", ".dist", ".defaults")


def values(directory: Path | None = None) -> Iterator[tuple[str, str, str]]:
    """The file, the name and the value of each line, in a directory, by default the working one."""
    for path in _files(directory):
        for name, value in _read(path):
            yield path.name, name, value


def _files(directory: Path | None) -> list[Path]:
    try:
        found = sorted((directory or Path.cwd()).glob(".env*"))
        return [
            path
            for path in found
            if path.is_file() and not path.name.endswith(_EXAMPLES) and path.stat().st_size <= _LARGEST_FILE
        ]
    except OSError:
        # A directory that is gone or may not be read has nothing that could have been taken from it.
        return []


def _read(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None and not line.lstrip().startswith("#"):
            yield match[1], _unquoted(match[2].strip())


def _unquoted(value: str) -> str:
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[1:end] if end > 0 else value[1:]
    return re.split(r"\s#", value, maxsplit=1)[0].strip()
