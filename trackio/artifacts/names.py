"""What artifacts, their types, aliases, tags and the files in them may be called (pure)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from trackio.errors import InvalidArtifact
from trackio.store.artifacts import LATEST, NAME, is_alias

LONGEST = 128

_TAG = re.compile(r"[-\w]+( +[-\w]+)*")
_UNSAFE = re.compile(r"[^a-zA-Z0-9_\-.]")
_RESERVED = {"job": "", "run_table": "run-", "code": "source-"}


def valid_name(name: object) -> str:
    """The name of an artifact as given; raises InvalidArtifact with the rule that it breaks."""
    if not isinstance(name, str):
        raise InvalidArtifact(f"An artifact's name is text, not {type(name).__name__}.")
    if len(name) > LONGEST:
        raise InvalidArtifact(f"The artifact name {name[:32]!r}... has {len(name)} characters; {LONGEST} are allowed.")
    if not NAME.fullmatch(name):
        raise InvalidArtifact(
            f"{name!r} is no artifact name: use letters, digits, dashes, underscores and dots, "
            f"such as {safe_name(name)!r}."
        )
    return name


def safe_name(text: str) -> str:
    """A text made the name of an artifact; the middle of a long one is left out."""
    cleaned = _UNSAFE.sub("_", text)
    if not cleaned.strip("."):
        cleaned = f"artifact{cleaned}"
    half = LONGEST // 2 - 1
    return cleaned if len(cleaned) <= LONGEST else f"{cleaned[:half]}..{cleaned[-half:]}"


def valid_type(kind: object, name: str, *, is_internal: bool = False) -> str:
    """The type of an artifact as given; those that wandb keeps for itself are refused, as wandb does."""
    if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST or set(kind) & set("/:"):
        raise InvalidArtifact(f"{kind!r} is no artifact type: use up to {LONGEST} characters without '/' and ':'.")
    reserved = _RESERVED.get(kind)
    if not is_internal and (kind.startswith("wandb-") or (reserved is not None and name.startswith(reserved))):
        raise InvalidArtifact(f"The artifact type {kind!r} is reserved for what runs log by themselves. Use another.")
    return kind


def valid_aliases(aliases: Iterable[str] | str | None) -> list[str]:
    """Aliases as a list without doubles; ``latest`` is left out, as every newest version has it."""
    found = _listed("aliases", aliases)
    for alias in found:
        if not is_alias(alias):
            raise InvalidArtifact(f"{alias!r} is no alias: use text without '/' and ':' that is no version such as v3.")
    return [alias for alias in found if alias != LATEST]


def valid_tags(tags: Iterable[str] | str | None) -> list[str]:
    """Tags as a list without doubles."""
    found = _listed("tags", tags)
    for tag in found:
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            raise InvalidArtifact(f"{tag!r} is no tag: use words of letters, digits, dashes and underscores.")
    return found


def valid_path(path: str | os.PathLike[str]) -> str:
    """Where a file lies in an artifact, with ``/``; raises InvalidArtifact for what would leave it."""
    text = os.fspath(path)
    given = PurePosixPath(PurePath(text).as_posix())
    windows = PureWindowsPath(text)
    is_outside = given.anchor or windows.anchor or ".." in given.parts or ".." in windows.parts
    if is_outside or str(given) == "." or "\0" in text:
        raise InvalidArtifact(f"{text!r} is no path in an artifact: it must be relative, without '..'.")
    return str(given)


@dataclass(frozen=True, slots=True)
class Address:
    """Which version of what is asked for."""

    name: str
    alias: str
    project: str | None
    """None for the project at hand."""

    @property
    def collection(self) -> str:
        """What the collection is called in another project, when this is no project: ``registry/name``."""
        return f"{self.project}/{self.name}" if self.project is not None else self.name

    @classmethod
    def read(cls, text: object) -> Address:
        """From ``name``, ``name:alias``, ``project/name:alias`` or ``entity/project/name:alias``."""
        if not isinstance(text, str) or not text:
            raise InvalidArtifact(f"An artifact is named as 'name:alias', not {text!r}.")
        path, _, alias = text.partition(":")
        *around, name = path.split("/")
        if len(around) > 2 or not NAME.fullmatch(name):
            raise InvalidArtifact(f"{text!r} names no artifact. Write it as name:alias or project/name:alias.")
        return cls(name, alias or LATEST, around[-1] if around else None)


def _listed(noun: str, given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Iterable):
        raise InvalidArtifact(f"{noun} are a list of words, not {type(given).__name__}.")
    return list(dict.fromkeys(given))
