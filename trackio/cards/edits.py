"""Our keys in a README's metadata: the tag among its tags, and the emissions with what goes with them (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from trackio.cards import fields
from trackio.cards.fields import EMISSIONS, TAG, TAGS
from trackio.cards.yaml_nodes import FIX, Node
from trackio.cards.yaml_text import Edit, Yaml
from trackio.errors import CardError

_STALE = ("geographical_location", "hardware_used")
"""What an earlier card of ours said and a later one may not know."""

_NOT_IN_BRACKETS = re.compile(r"[\[\]{},\r\n]|^[|>&!*%@`]")
"""What keeps a scalar from standing in brackets as it is written."""


def added(yaml: Yaml, metadata: Mapping[str, Any]) -> str:
    """The text with our keys; raises CardError where that cannot be done without touching others."""
    edits: list[Edit] = []
    new: list[str] = []
    for name, wanted in metadata.items():
        found = yaml.find(name)
        if found is None:
            if yaml.find("<<") is not None:
                raise CardError(f"its metadata may take `{name}` from an anchor, by `<<`", FIX)
            new += fields.lines(name, wanted)
        else:
            edits += _CHANGES[name](yaml, *found, wanted)
    if EMISSIONS not in metadata:
        edits += _unstated(yaml)
    edits += [yaml.appended(new)] if new else []
    after = _checked(yaml, edits)
    if not all(_holds(after, name, wanted) for name, wanted in metadata.items()):
        raise _unusual()
    return after.text


def removed(yaml: Yaml) -> str:
    """The text without our tag, and without emissions that are ours."""
    return _checked(yaml, [*_untagged(yaml), *_unstated(yaml)]).text


def others_emissions(yaml: Yaml) -> str | None:
    """What somebody else stated as emissions, as it stands there; None when nobody did, or we."""
    _, value = yaml.find(EMISSIONS) or (None, None)
    if value is None or value.is_null or _is_ours(value):
        return None
    found = value.find("emissions") if value.kind == "mapping" else None
    stated = value if found is None else found[1]
    return yaml.text[stated.start : yaml.end(stated)].strip() or None


def _tagged(yaml: Yaml, key: Node, value: Node, _wanted: object) -> Iterator[Edit]:
    if value.kind in ("alias", "mapping"):
        raise CardError("the `tags` of its metadata are no list of their own", FIX)
    if _has_tag(value):
        return
    if value.is_null:
        yield from yaml.below(key, value, [f"- {TAG}"])
    elif value.kind == "scalar":
        raw = yaml.text[value.start : yaml.end(value)]
        first = fields.quoted(value.text) if _NOT_IN_BRACKETS.search(raw) else raw
        yield yaml.value(key, value, f"[{first}, {TAG}]")
    elif not value.is_flow:
        column, _ = _dash(yaml, key.end, value.children[0])
        yield yaml.after(value, column, [f"- {TAG}"])
    elif value.children:
        last = yaml.end(value.children[-1])
        yield Edit(last, last, f", {TAG}")
    else:
        start = yaml.text.index("[", value.start) + 1
        yield Edit(start, start, TAG)


def _untagged(yaml: Yaml) -> Iterator[Edit]:
    key, value = yaml.find(TAGS) or (None, None)
    if key is None or value is None or not _has_tag(value):
        return
    items = value.children
    place = next((place for place, item in enumerate(items) if item.text == TAG), 0)
    if len(items) < 2:
        yield yaml.without(key, value)
    elif not value.is_flow:
        _, start = _dash(yaml, items[place - 1].end if place else key.end, items[place])
        yield Edit(start, yaml.next_line(items[place].end), "")
    elif place:
        yield Edit(yaml.end(items[place - 1]), yaml.end(items[place]), "")
    else:
        yield Edit(items[0].start, items[1].start, "")


def _stated(yaml: Yaml, key: Node, value: Node, wanted: Mapping[str, Any]) -> Iterator[Edit]:
    lines = {name: f"{name}: {fields.written(item)}" for name, item in wanted.items()}
    if value.kind != "mapping" or value.is_flow:
        yield from yaml.below(key, value, [f"  {line}" for line in lines.values()])
        return
    # Keys that stand there already keep their comments, and those that are none of ours stay.
    for name, item in wanted.items():
        found = value.find(name)
        if found is not None and not _says(found[1], item):
            yield yaml.value(*found, fields.written(item))
    missing = [line for name, line in lines.items() if value.find(name) is None]
    yield yaml.after(value, value.children[0].column, missing)
    for name in _STALE:
        found = value.find(name)
        if found is not None and name not in wanted and _is_ours(value):
            yield yaml.without(*found)


def _unstated(yaml: Yaml) -> Iterator[Edit]:
    key, value = yaml.find(EMISSIONS) or (None, None)
    if key is not None and value is not None and _is_ours(value):
        yield yaml.without(key, value)


_CHANGES: dict[str, Callable[[Yaml, Node, Node, Any], Iterator[Edit]]] = {TAGS: _tagged, EMISSIONS: _stated}


def _checked(yaml: Yaml, edits: Sequence[Edit]) -> Yaml:
    """The YAML with these changes; raises CardError when a key that is not ours would mean something else."""
    if not any(edit.text or edit.end > edit.start for edit in edits):
        return yaml
    root = yaml.root
    if root is not None and root.is_flow and root.children:
        raise CardError("its metadata is written in braces", "Write one key a line there, and run it again.")
    try:
        after = Yaml(yaml.edited(edits), yaml.newline, yaml.first_line)
    except CardError as error:
        raise _unusual() from error
    if _others(yaml) != _others(after) or any(_is_shared(yaml, after, name) for name in _CHANGES):
        raise _unusual()
    return after


def _others(yaml: Yaml) -> list[tuple[Any, Any]]:
    """What the keys that are not ours say, in their order."""
    entries = [] if yaml.root is None else yaml.root.entries
    return [(key.events, value.events) for key, value in entries if key.text not in _CHANGES]


def _is_shared(before: Yaml, after: Yaml, name: str) -> bool:
    """Whether a value changed that others take by its anchor."""
    old, new = before.find(name), after.find(name)
    if before.root is None or old is None or (new is not None and old[1].events == new[1].events):
        return False
    anchors = {anchor for kind, anchor, *_ in old[1].events if anchor and kind != "AliasEvent"}
    used = {anchor for _, value in before.root.entries for kind, anchor, *_ in value.events if kind == "AliasEvent"}
    return not anchors.isdisjoint(used)


def _holds(yaml: Yaml, name: str, wanted: Any) -> bool:
    """Whether the metadata says what it should."""
    _, value = yaml.find(name) or (None, None)
    if value is None:
        return False
    if name == TAGS:
        return _has_tag(value)
    told = {key.text: item for key, item in value.entries}
    return all(field in told and _says(told[field], item) for field, item in wanted.items())


def _says(value: Node, item: str | float) -> bool:
    text = item if isinstance(item, str) else fields.written(item)
    return value.kind == "scalar" and value.text == text and value.is_plain != isinstance(item, str)


def _has_tag(value: Node) -> bool:
    return value.text == TAG or any(item.text == TAG for item in value.children)


def _is_ours(value: Node) -> bool:
    found = value.find("source") if value.kind == "mapping" else None
    return found is not None and found[1].text.startswith(f"{TAG} ")


def _dash(yaml: Yaml, start: int, item: Node) -> tuple[int, int]:
    """The column of the dash before an item of a list, behind ``start``; and where its line begins."""
    place = yaml.text.rindex("-", start, item.start)
    line = yaml.line(place)
    return place - line, line


def _unusual() -> CardError:
    return CardError("its metadata is laid out so that our keys cannot be changed alone", FIX)
