"""``trackio.toml``: the rules of a project beside its code."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.errors import InvalidRule, UsageError, hint

if TYPE_CHECKING:
    from trackio.ci.rules import Rule, Tier

NAME = "trackio.toml"
TABLES = ("check", "citation", "publish")
"""``citation`` says whom reports name as authors, ``publish`` what the scan for secrets lets through."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The table ``[check]``; what is left out is None or empty."""

    project: str | None = None
    run: tuple[str, ...] = ()
    """The runs that are checked; the newest where none is named."""
    baseline: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    """Rules that only warn."""
    seeds_tolerance: float | None = None
    min_coverage: float | None = None
    path: Path | None = None
    """The file; None where there is none."""


def read(path: Path | None = None) -> Configuration:
    """What a file says, or ``trackio.toml`` in the working folder where there is one; raises UsageError."""
    if path is None:
        path = Path(NAME)
        if not path.is_file():
            return Configuration()
    found = table("check", [one.name for one in fields(Configuration) if one.name != "path"], path)
    return Configuration(
        project=_project(path, found.get("project")),
        run=texts(path, "run", found.get("run")),
        baseline=texts(path, "baseline", found.get("baseline")),
        rules=texts(path, "rules", found.get("rules")),
        warn=texts(path, "warn", found.get("warn")),
        seeds_tolerance=_number(path, "seeds_tolerance", found.get("seeds_tolerance")),
        min_coverage=_number(path, "min_coverage", found.get("min_coverage")),
        path=path,
    )


def parsed(found: Configuration, texts: Sequence[str], tier: Tier = "fail") -> list[Rule]:
    """The rules of a file; raises InvalidRule, which names the file."""
    from trackio.ci.parsing import parse

    rules = []
    for text in texts:
        try:
            rules.append(parse(text, tier))
        except InvalidRule as error:
            source = None if found.path is None else _place(found.path, text)
            raise InvalidRule(error.rule, error.place, error.reason, source) from None
    return rules


def _place(path: Path, text: str) -> str:
    """The file, and the line where a text stands in it as it is."""
    lines = path.read_text("utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if text.strip() and text in line]
    return f"{path}:{found[0]}" if len(found) == 1 else f"{path}"


def table(name: str, keys: Sequence[str], path: Path) -> Mapping[str, Any]:
    """One table of a file as it is, empty where it is left out; raises UsageError for keys that it cannot have."""
    whole = _parsed(path)
    _known(path, whole, TABLES, "table")
    found = whole.get(name, {})
    if not isinstance(found, Mapping):
        raise UsageError(f"{path}: {name} is a table: begin it with [{name}].")
    _known(path, found, keys, f"key in [{name}]")
    return found


def _parsed(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None
    return found


def _known(path: Path, given: Mapping[str, Any], known: Sequence[str], noun: str) -> None:
    for key in given:
        if key not in known:
            raise UsageError(f"{path}: there is no {noun} {key!r}. {hint(key, known)}.")


def _project(path: Path, found: object) -> str | None:
    if found is None or isinstance(found, str):
        return found
    raise UsageError(f"{path}: project is a text, not {found!r}.")


def texts(path: Path, key: str, found: object) -> tuple[str, ...]:
    """What a file has under a key that may be one text or a list of them; raises UsageError."""
    if found is None:
        return ()
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return tuple(found)
    raise UsageError(f"{path}: {key} is a text or a list of texts, not {found!r}.")


def _number(path: Path, key: str, found: object) -> float | None:
    if found is None or (isinstance(found, (int, float)) and not isinstance(found, bool)):
        return found
    raise UsageError(f"{path}: {key} is a number, not {found!r}.")
