"""What of a run's own words must not be published: secrets and the places where it ran (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trackio.privacy import HIDDEN, SECRET_KEY, without_homes

_PLACE_KEY = re.compile(
    r"(?:^|[_\-./])(?:host(?:_?name)?|node_?(?:name|list)|user_?name|pid|cwd|home(?:_?dir)?|environ|env_?vars)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|"
    r"xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|glpat-[A-Za-z0-9_-]{16,}|"
    r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+)"
)
_URL_PASSWORD = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")


def public(values: Mapping[str, Any]) -> dict[str, Any]:
    """A config or summary as it may be shown: without private keys, secrets, hosts and home folders.

    Keys that begin with an underscore are the recorder's own and are left out.
    """
    return {key: _value(key, value) for key, value in values.items() if not str(key).startswith("_")}


def public_text(text: str) -> str:
    """The text with what looks like a credential hidden and home folders as ``~``."""
    text = _SECRET_TEXT.sub(HIDDEN, text)
    text = _URL_PASSWORD.sub(HIDDEN, text)
    return str(without_homes(text))


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        if _PLACE_KEY.search(key):
            return HIDDEN
        return public(value)
    if isinstance(value, (list, tuple)):
        return [_value(key, item) for item in value]
    if not isinstance(value, str):
        return HIDDEN if key.lower() in ("pid", "ppid") else value
    if value and (SECRET_KEY.search(key) or _PLACE_KEY.search(key)):
        return HIDDEN
    return public_text(value)
