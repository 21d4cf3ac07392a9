"""The skill file: what a coding agent needs to know of this command line, drawn from its own tables and schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trackio.cli.commands import COMMANDS
from trackio.documents import READS, Parameter, Read
from trackio.documents.schemas import schema

NAME = "trackio"

_TOP = Path(__file__).with_name("skill.md")
"""What is said before the tables."""


def skill() -> str:
    """The file as Markdown with its front matter."""
    return "\n".join([_TOP.read_text("utf-8"), "## Reading\n", *_reading(), "## All commands\n", *_commands()])


def _reading() -> Iterator[str]:
    for read in READS.values():
        yield f"### trackio {read.command}\n"
        yield f"{read.summary} {_options(read)}\n"
        yield f"```\n{shape(schema(read.schema))}\n```\n"


def _options(read: Read) -> str:
    taken = [_option(parameter) for parameter in read.parameters if parameter.kind is not bool]
    return f"Takes {', '.join(taken)}." if taken else ""


def _option(parameter: Parameter) -> str:
    value = "|".join(parameter.choices) or parameter.metavar or ""
    shown = value if parameter.is_positional else f"{parameter.option} {value}{' ...' if parameter.is_many else ''}"
    return f"`{shown}`{' (required)' if parameter.is_required else ''}"


def _commands() -> Iterator[str]:
    yield "`trackio <command> --help` tells the options of each.\n"
    for name, command in COMMANDS.items():
        yield f"* `trackio {name}`: {command.summary}"
    yield ""


def shape(of: Mapping[str, Any]) -> str:
    """What a schema describes, in one line: ``{"project", "runs": [{"id"}]}``; what may be missing has a ``?``."""
    if "oneOf" in of:
        return " or ".join(map(shape, of["oneOf"]))
    if "properties" in of:
        required = of.get("required", ())
        fields = (f'"{name}"{"" if name in required else "?"}{_inside(one)}' for name, one in of["properties"].items())
        return f"{{{', '.join(fields)}}}"
    if "items" in of:
        return f"[{shape(of['items'])}]"
    if "additionalProperties" in of:
        return f"{{name: {shape(of['additionalProperties'])}}}"
    return "..."


def _inside(of: Mapping[str, Any]) -> str:
    found = shape(of)
    return "" if found == "..." else f": {found}"
