"""Secrets that this machine knows: values of the environment and of ``.env`` files, looked for as they stand."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from trackio import settings
from trackio.privacy import SECRET_KEY
from trackio.publish.scan.finding import Match
from trackio.publish.scan.homes import is_nobodys
from trackio.publish.scan.looks import is_placeholder, is_random

RULE = "env-value"

_SHORTEST = 6
_BOUND = 12
"""Shorter values count only as words of their own."""
_LARGEST_FILE = 64 << 10
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]{0,200})\s*[=:]\s*(.*)")
_URL_PASSWORD = re.compile(r"://[^\s:@/]{0,200}:([^\s@/]{3,300})@")
_NAMES = re.compile(
    r"(?:^|_)(?:project|name|model|run|group|entity|space|dataset|repo|branch|tag|version|region|host|user|mode)(?:_?id)?$",
    re.IGNORECASE,
)
"""Variables of a ``.env`` file that name what is published anyway."""

_EXAMPLES = (".example", ".sample", ".template", ".dist", ".defaults")


@dataclass(frozen=True, slots=True)
class Known:
    """What is looked for as it stands."""

    values: Mapping[bytes, str] = field(default_factory=dict, repr=False)
    """Where each comes from, by every way in which files may spell it."""
    home: bytes | None = None
    """The user's own home folder, when it names somebody."""

    def matches(self, text: bytes) -> Iterator[Match]:
        """Where the values stand in a text."""
        for value, source in self.values.items():
            at = text.find(value)
            while at >= 0:
                end = at + len(value)
                if len(value) >= _BOUND or not (_is_letter(text[at - 1 : at]) or _is_letter(text[end : end + 1])):
                    yield Match(RULE, at, end, f"{source} ", value)
                at = text.find(value, end)


def known(directory: Path | None = None) -> Known:
    """What this process and the ``.env`` files of a directory, by default the working one, tell."""
    sources: dict[str, str] = {}
    for name, value in settings.environment({}).items():
        sources.update(_secrets(name, value, f"${name}", is_file=False))
    for path in _files(directory):
        for name, value in _read(path):
            sources.update(_secrets(name, value, f"{name} of {path.name}", is_file=True))
    spelt = {spelling: source for value, source in sources.items() for spelling in _spellings(value)}
    return Known(spelt, _home())


def _secrets(name: str, value: str, source: str, *, is_file: bool) -> dict[str, str]:
    found = {}
    if "\n" not in value and len(value) >= _SHORTEST and not is_placeholder(value):
        is_telling = SECRET_KEY.search(name) is not None and not _is_word(value)
        is_named = not is_file or _NAMES.search(name) is not None or "/" in value
        if is_telling or (not is_named and is_random(value)):
            found[value] = source
    for password in _URL_PASSWORD.findall(value):
        if len(password) >= _SHORTEST and not is_placeholder(password):
            found[password] = source
    return found


def _is_word(value: str) -> bool:
    """Whether a value is no secret by itself: a number, a path, a word such as ``postgres``."""
    is_short_word = len(value) < _BOUND and value.isalpha() and value.islower()
    return is_short_word or value.isdecimal() or Path(value).is_absolute()


def _spellings(value: str) -> set[bytes]:
    texts = {value, html.escape(value), html.escape(value).replace("&#x27;", "&#39;"), json.dumps(value)[1:-1]}
    texts |= {quote(value, safe=""), json.dumps(value, ensure_ascii=False)[1:-1]}
    return {text.encode("utf-8", "replace") for text in texts}


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


def _home() -> bytes | None:
    try:
        home = Path.home()
    except RuntimeError:
        # A user who is only a number has none.
        return None
    name = home.name.encode("utf-8", "replace")
    return str(home).encode("utf-8", "replace") if len(home.parts) > 2 and not is_nobodys(name) else None


def _is_letter(char: bytes) -> bool:
    return char.isalnum() or char == b"_"
