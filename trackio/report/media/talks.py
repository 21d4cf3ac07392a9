"""Traces as conversations: roles, texts, calls of tools and what is known besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trackio.report import words
from trackio.report.media import fields
from trackio.report.media.found import Need, is_file
from trackio.report.media.place import Place, Unavailable
from trackio.report.media.views import Call, Message, Talk

MOST_MESSAGES = 200
LONGEST_MESSAGE = 10_000
_SAID = ("role", "name", "content", "tool_calls", "function_call")


def talk(reference: Mapping[str, Any], place: Place) -> Talk:
    """A trace."""
    blob = reference.get("file")
    if not is_file(blob):
        raise Unavailable("its reference names no file")
    need = Need(str(blob))
    document = parse(place.read(need.blob))
    messages = fields.listed(document.get("messages"))
    metadata = words.flat(fields.mapping(fields.clean(fields.mapping(document.get("metadata")))))
    return Talk(
        messages=tuple(message(one) for one in messages[:MOST_MESSAGES]),
        more=max(len(messages) - MOST_MESSAGES, 0),
        metadata=tuple((key, words.value(value)) for key, value in metadata),
        links=place.link("JSON", need, ".trace.json"),
    )


def parse(data: bytes) -> Mapping[str, Any]:
    """The trace in a file; raises Unavailable for what is none."""
    try:
        return fields.mapping(json.loads(data))
    except (ValueError, RecursionError):
        raise Unavailable("damaged: it is no trace") from None


def message(value: object) -> Message:
    """One message in the shape that chat models use; anything else is shown as its JSON."""
    if not isinstance(value, Mapping):
        return Message("", "", fields.cut(fields.words(value), LONGEST_MESSAGE), (), ())
    calls = [*fields.listed(value.get("tool_calls")), *([value["function_call"]] if value.get("function_call") else [])]
    others = ((str(key), item) for key, item in value.items() if key not in _SAID and item not in (None, "", [], {}))
    return Message(
        role=fields.words(value.get("role")),
        name=fields.words(value.get("name")),
        text=fields.cut(_content(value.get("content")), LONGEST_MESSAGE),
        calls=tuple(map(_call, calls)),
        facts=tuple((fields.text(key), fields.cut(fields.words(item), 500)) for key, item in others),
    )


def _content(value: object) -> str:
    """The text; of a list of parts those with text, the others by their type."""
    if not isinstance(value, list):
        return fields.words(value)
    parts = []
    for part in value:
        found = fields.mapping(part)
        text = found.get("text")
        kind = fields.text(found.get("type"))
        parts.append(fields.text(text) if isinstance(text, str) else f"[{kind}]" if kind else fields.words(part))
    return "\n".join(parts)


def _call(value: object) -> Call:
    call = fields.mapping(value)
    function = fields.mapping(call.get("function")) or call
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return Call(fields.words(function.get("name")), fields.text(arguments))
    text = "" if arguments is None else json.dumps(fields.clean(arguments), ensure_ascii=False, indent=2)
    return Call(fields.words(function.get("name")) or "call", text)
