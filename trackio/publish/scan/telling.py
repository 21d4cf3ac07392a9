"""Which names tell that a value is a secret, and what of a JSON value stands under them (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trackio.privacy import SECRET_KEY
from trackio.publish.scan.looks import is_placeholder, is_random

SERVICES = (
    "openai|anthropic|claude|gemini|google|gcp|azure|aws|hf|hugging_?face|wandb|comet|neptune|clearml|mlflow|kaggle|ngc|"
    "nvidia|groq|mistral|cohere|together|replicate|deepseek|openrouter|fireworks|perplexity|xai|github|gitlab|sendgrid|"
    "stripe|slack|discord|telegram|twilio|datadog|sentry|pinecone|weaviate|qdrant|serp|serper|tavily|langsmith|langfuse|"
    "elevenlabs|deepgram|ssh|signing|account|deploy|license|jwt|hmac|webhook"
)
"""Whose keys are secrets; those of caches, tables and dictionaries are none."""

_OFTEN = re.compile(rf"(?:^|[_\-./])(?:(?:{SERVICES})[_\-./]?keys?|auth|pwd)$", re.IGNORECASE)
_VARIABLE = re.compile(
    r"(?:^|[./])(?!(?:[A-Z0-9]+_)*(?:HASH|CACHE|PRIMARY|FOREIGN|PARTITION|SORT|GROUP|OBJECT|PUBLIC|INDEX|DEDUP|GPG)_KEY$)"
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_KEY$"
)
"""As variables of the environment are named."""

_SHORTEST_OFTEN = 16
"""Under a name that other things have too."""

_SURE = re.compile(r"pass(?:word|wd|phrase)$", re.IGNORECASE)
"""Names that are of nothing but secrets; a ``token`` is often a word of a model's."""

_SHORTEST_SURE = 5
_OF_WORDS = re.compile(r"(?:authorization|cookie|dsn|connection[_-]?string)$", re.IGNORECASE)
"""Names of texts of several words, one of which is the secret."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_OPTION = re.compile(r"--?[A-Za-z][\w-]*")
_NAMES, _VALUES = ("name", "key", "variable"), ("value", "val")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What stands at the end of a branch of a JSON value."""

    names: tuple[str, ...]
    """Those that lead there."""
    value: Any
    name: str
    """What it stands under: the last of these and the one before, or what tells more."""


def leaves(value: Any, names: tuple[str, ...] = (), name: str = "") -> Iterator[Leaf]:
    """What a JSON value holds at the ends of its branches.

    In ``["--api-key", "..."]`` the option is the name, in ``{"name": "API_KEY", "value": "..."}`` what is named so.
    """
    if isinstance(value, Mapping):
        named = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
        for key, item in value.items():
            way = (*names, str(key))
            yield from leaves(item, way, named if named and key in _VALUES else ".".join(way[-2:]))
    elif isinstance(value, (list, tuple)):
        before = None
        for item in value:
            is_option = isinstance(before, str) and _OPTION.fullmatch(before) is not None
            yield from leaves(item, names, str(before).lstrip("-") if is_option else name)
            before = item
    else:
        yield Leaf(names, value, name)


def is_secret(name: str, value: str) -> bool:
    """Whether a value is a secret by the name that it stands under."""
    name = _HUMP.sub("_", name)
    if SECRET_KEY.search(name):
        if _SURE.search(name) and len(value) >= _SHORTEST_SURE and not is_placeholder(value):
            return True
        return any(map(is_random, value.split())) if _OF_WORDS.search(name) else is_random(value)
    if len(value) < _SHORTEST_OFTEN or _UUID.fullmatch(value) or not (_OFTEN.search(name) or _VARIABLE.search(name)):
        return False
    return is_random(value)
