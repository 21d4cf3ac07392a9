"""YAML mappings whose keys know their lines, and readers of single values that say what they expect (pure)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import yaml

from trackio.report.narrative.problems import Say, near

LONGEST = 20_000
"""Characters of YAML in one block."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value and the line of its key."""

    key: str
    value: Any
    line: int


def read(text: str, first_line: int, known: Sequence[str], say: Say) -> dict[str, Entry] | None:
    """The entries of a YAML mapping that begins at ``first_line``; keys other than ``known`` are mistakes.

    None where it cannot be read at all.
    """
    if len(text) > LONGEST:
        say(first_line, f"This block has more than {LONGEST:,} characters.")
        return None
    try:
        found = list(_entries(text, first_line, say))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it cannot be read"
        say(first_line + (mark.line if mark else 0), f"This is no YAML: {what}.")
        return None
    except RecursionError:
        say(first_line, "This is no YAML that can be read: it is nested too deep.")
        return None
    except ValueError as error:
        # Such as the date 2024-13-45.
        say(first_line, f"This is no YAML that can be read: {error}.")
        return None
    entries: dict[str, Entry] = {}
    for one in found:
        if one.key not in known:
            say(one.line, f"There is no key {one.key!r} here. {near(one.key, known)}")
        elif one.key in entries:
            say(one.line, f"{one.key} is given twice.")
        else:
            entries[one.key] = one
    return entries


def _entries(text: str, first_line: int, say: Say) -> Iterator[Entry]:
    # An alias may stand for much more than its own length.
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            say(
                first_line + event.start_mark.line,
                "Aliases (*name) are not read here. Quote a name that begins with *.",
            )
            return
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            say(first_line + node.start_mark.line, "Lines of `key: value` are expected here.")
            return
        for key, value in node.value:
            name = loader.construct_object(key, deep=True)
            yield Entry(str(name), loader.construct_object(value, deep=True), first_line + key.start_mark.line)
    finally:
        loader.dispose()


def text(entry: Entry, say: Say) -> str | None:
    """A text; numbers and dates are taken as they were written."""
    value = entry.value
    if isinstance(value, bool) or value is None or isinstance(value, (list, Mapping)):
        say(entry.line, f"{entry.key} must be a text. Put it in quotes.")
        return None
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def texts(entry: Entry, say: Say) -> tuple[str, ...] | None:
    """A list of texts, or one text with commas between."""
    value = entry.value
    if isinstance(value, str):
        found = [part.strip() for part in value.split(",")]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = [str(value)]
    elif isinstance(value, list) and all(isinstance(one, (str, int, float)) and one is not True for one in value):
        found = [str(one).strip() for one in value]
    else:
        say(entry.line, f"{entry.key} must be a name, or a list of names.")
        return None
    names = tuple(dict.fromkeys(name for name in found if name))
    if not names:
        say(entry.line, f"{entry.key} names nothing.")
        return None
    return names


def whole(entry: Entry, say: Say, *, least: int = 1) -> int | None:
    """A whole number."""
    value = entry.value
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    say(entry.line, f"{entry.key} must be a whole number, {least} or more.")
    return None


def flag(entry: Entry, say: Say) -> bool | None:
    """True or false."""
    if isinstance(entry.value, bool):
        return entry.value
    say(entry.line, f"{entry.key} must be true or false.")
    return None


def choice(entry: Entry, options: Sequence[str], say: Say) -> str | None:
    """One of some words."""
    if isinstance(entry.value, str) and entry.value in options:
        return entry.value
    say(entry.line, f"{entry.key} must be one of {', '.join(options)}.")
    return None


def number_text(value: Any) -> str | None:
    """A finite number as the grammar of addresses reads it; None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return repr(value)
    return value if isinstance(value, str) else None


def given(entries: Mapping[str, Entry], key: str, reader: Callable[[Entry, Say], T | None], say: Say) -> T | None:
    """The value of a key, read; None where it is not given or not right."""
    return reader(entries[key], say) if key in entries else None
