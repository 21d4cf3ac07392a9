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
from trackio.publish.scan import dotenv
from trackio.publish.scan.finding import Match
from trackio.publish.scan.homes import is_nobodys
from trackio.publish.scan.looks import is_placeholder, is_random
from trackio.publish.scan.telling import is_secret

RULE = "env-value"

_SHORTEST = 6
_BOUND = 12
"""Shorter values count only as words of their own."""
_URL_PASSWORD = re.compile(r"://[^\s:@/]{0,200}:([^\s@/]{3,300})@")
_NAMES = re.compile(
    r"(?:^|_)(?:project|name|model|run|group|entity|space|dataset|repo|branch|tag|version|region|host|user|mode)(?:_?id)?$",
    re.IGNORECASE,
)
"""Variables of a ``.env`` file that name what is published anyway."""

_THINGS = re.compile(
    r"(?:^|_)(?:tokenizer|optimizer|scheduler|experiment|exp|image|backend|level|format|type|kind|device|strategy|"
    r"policy|precision|config|recipe|preset|lang|language|locale|stage|env|prefix|suffix|title|description|notes?|tags|"
    r"author|arch|architecture|loss|metrics?|task|split|license|cluster|node|queue|topic|job|checkpoint|endpoint|url|"
    r"path|dir|file)(?:_?id)?$",
    re.IGNORECASE,
)
"""Those whose values may be as long as a phrase."""

_PASSWORD = re.compile(r"(?:phrase|mnemonic|passcode|passwd|password|secret)$", re.IGNORECASE)
_PHRASE_WORDS, _PHRASE_LENGTH = 4, 20
"""What a phrase that is a secret has at least; shorter ones are names of things."""

_COMMON = frozenset(
    b"postgres postgresql mysql mariadb mongo redis rabbitmq kafka elastic root admin administrator guest user "
    b"username minio minioadmin airflow docker database public private local localhost production development trackio "
    b"mlflow wandb password secret".split(b" ")
)
"""What is a word of configs as well, where it is somebody's password."""

_BESIDE = re.compile(
    rb"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credential|(?<![a-z])key)s?[\"'\\]{0,2}\s{0,3}"
    rb"(?:=>|:=|=|:|,|is)?\s{0,3}[\"'\\]{0,2}$",
    re.IGNORECASE,
)
_LONGEST_BESIDE = 32


@dataclass(frozen=True, slots=True)
class Known:
    """What is looked for as it stands."""

    values: Mapping[bytes, str] = field(default_factory=dict, repr=False)
    """Where each comes from, by every way in which files may spell it."""
    words: Mapping[bytes, str] = field(default_factory=dict, repr=False)
    """Passwords that are words too: such a one counts where it is all of a text, or beside a name that tells it."""
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
        for value, source in self.words.items():
            at = text.find(value)
            while at >= 0:
                end = at + len(value)
                is_word = not (_is_letter(text[at - 1 : at]) or _is_letter(text[end : end + 1]))
                if is_word and _BESIDE.search(text[max(0, at - _LONGEST_BESIDE) : at]):
                    yield Match(RULE, at, end, f"{source} ", value)
                at = text.find(value, end)

    def alone(self, text: bytes) -> Match | None:
        """The password that is all of a text."""
        source = self.words.get(text)
        return None if source is None else Match(RULE, 0, len(text), f"{source} ", text)


def known(directory: Path | None = None) -> Known:
    """What this process and the ``.env`` files of a directory, by default the working one, tell."""
    told = [(name, value, f"${name}", False) for name, value in settings.environment({}).items()]
    told += [(name, value, f"{name} of {file}", True) for file, name, value in dotenv.values(directory)]
    sources: dict[str, str] = {}
    words: dict[bytes, str] = {}
    for name, value, source, is_file in told:
        if _is_short_word(value):
            if _is_of_words(name, value):
                words[value.encode()] = source
        else:
            sources.update(_secrets(name, value, source, is_file=is_file))
    spelt = {spelling: source for value, source in sources.items() for spelling in _spellings(value)}
    return Known(spelt, words, _home())


def _secrets(name: str, value: str, source: str, *, is_file: bool) -> dict[str, str]:
    found = {}
    if "\n" not in value and len(value) >= _SHORTEST and not is_placeholder(value):
        is_telling = not _is_no_secret(value) and (SECRET_KEY.search(name) is not None or is_secret(name, value))
        is_named = not is_file or _NAMES.search(name) is not None or "/" in value
        if is_telling or (not is_named and (is_random(value) or _is_phrase(name, value))):
            found[value] = source
    for password in _URL_PASSWORD.findall(value):
        if len(password) >= _SHORTEST and not is_placeholder(password):
            found[password] = source
    return found


def _is_no_secret(value: str) -> bool:
    """Whether a value is no secret by itself: a number, a path."""
    return value.isdecimal() or Path(value).is_absolute()


def _is_short_word(value: str) -> bool:
    return len(value) < _BOUND and value.isalpha() and value.islower()


def _is_of_words(name: str, value: str) -> bool:
    """Whether a short word is a password that others would not have by chance."""
    is_common = value.encode() in _COMMON or value in name.lower() or is_placeholder(value)
    return len(value) >= _SHORTEST and _PASSWORD.search(name) is not None and not is_common


def _is_phrase(name: str, value: str) -> bool:
    """Whether a value without blanks is as long as a phrase that somebody thought of as a secret."""
    words = [word for word in re.split(r"[-_.]+", value) if word]
    is_long = len(value) >= _PHRASE_LENGTH and len(words) >= _PHRASE_WORDS and any(map(str.isalpha, words))
    return is_long and re.fullmatch(r"[\w.-]+", value) is not None and _THINGS.search(name) is None


def _spellings(value: str) -> set[bytes]:
    texts = {value, html.escape(value), html.escape(value).replace("&#x27;", "&#39;"), json.dumps(value)[1:-1]}
    texts |= {quote(value, safe=""), json.dumps(value, ensure_ascii=False)[1:-1]}
    return {text.encode("utf-8", "replace") for text in texts}


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
