"""Parameters of MLflow, which are all text, as the values that they were."""

from __future__ import annotations

import ast
import re
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|nan)")
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_WORDS = {"True": True, "False": False, "None": None}
_DEEPEST = 32
_LONGEST_NUMBER = 400


def value(text: str) -> Any:
    """The number, truth value, list or mapping whose ``str()`` this is; else the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) and not _LEADING_ZERO.match(text):
        return float(text) if re.search(r"[.einEIN]", text) else int(text)
    if text[:1] + text[-1:] in ("[]", "{}", "()"):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
        return _plain(found, text)
    return text


def _plain(found: Any, text: str, depth: int = 0) -> Any:
    """What JSON holds of a literal; its text where that would not be the same."""
    if depth > _DEEPEST:
        return text
    if isinstance(found, dict) and all(isinstance(key, str) for key in found):
        return {key: _plain(one, str(one), depth + 1) for key, one in found.items()}
    if isinstance(found, (list, tuple)):
        return [_plain(one, str(one), depth + 1) for one in found]
    return found if found is None or isinstance(found, (bool, int, float, str)) else text
