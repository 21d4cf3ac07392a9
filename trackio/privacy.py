"""What of a run's own words tells a secret, by the name that it stands under (pure)."""

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
