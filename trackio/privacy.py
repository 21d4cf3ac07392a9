"""What of a run's own words tells a secret, by the name that it stands under, and what names its user (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(hidden)"

SECRET_KEY = re.compile(
    r"(?:^|[_\-./])(?:(?:api|access|secret|private|auth|encryption)[_-]?keys?|pass(?:word|wd|phrase)?|secrets?|"
    r"credentials?|(?:api|auth|access|hf|bearer|wandb|hub|session|refresh|github)[_-]?token|token|cookie|"
    r"authorization|dsn|connection[_-]?string)$",
    re.IGNORECASE,
)

_HOME = re.compile(
    r"(?<![\w.])(?:/home/[^/\\\s:,;'\"<>&)\]}]+|/Users/[^/\\\s:,;'\"<>&)\]}]+|/root|"
    r"[A-Za-z]:\\{1,2}Users\\{1,2}[^/\\\s:,;'\"<>&)\]}]+)(?=$|[/\\\s:,;'\"<>&)\]}])"
)


def without_secrets(value: Any) -> Any:
    """A JSON value with what stands under the name of a secret hidden, however deep."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if item not in (None, "") and SECRET_KEY.search(str(name)) else without_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [without_secrets(item) for item in value]
    return value


def without_homes(value: Any) -> Any:
    """A JSON value with ``~`` for the home folders in its texts, names among them, however deep."""
    if isinstance(value, str):
        return _HOME.sub("~", value)
    if isinstance(value, Mapping):
        return {without_homes(name): without_homes(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_homes(item) for item in value]
    return value
