"""The read commands as tools of the Model Context Protocol, which agents call through gradio."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, Literal

from trackio.documents import READS, Parameter, Read, encode
from trackio.errors import TrackioError
from trackio.server.reading import document
from trackio.server.refusals import Refused
from trackio.store.home import Home

MOST_BYTES = 1 << 20
"""The longest answer: more than an agent can read."""

TOO_LONG = (
    "The answer has more than a megabyte. Ask for less: for the values of a metric around one step (`around`, "
    "`window`), or for what you need of them by SQL with query_project."
)


def tools(home: Home) -> list[Callable[..., str]]:
    """A function for each read command, named and typed as gradio turns it into a tool."""
    return [_tool(read, home) for read in READS.values()]


def answer(read: Read, home: Home, given: dict[str, Any]) -> str:
    """The document as JSON, or as JSON too why there is none: `{"error": ...}`."""
    asked = {name: value for name, value in given.items() if value not in (None, "", [])}
    try:
        return "".join(list(_pieces(document(read, home, asked))))
    except (TrackioError, Refused) as error:
        reason = error.reason if isinstance(error, Refused) else str(error)
        return "".join(_pieces({"error": reason}))


def _tool(read: Read, home: Home) -> Callable[..., str]:
    def tool(*values: Any) -> str:
        return answer(read, home, dict(zip((one.name for one in ordered), values, strict=True)))

    # Those that must be given come first, as Python has it.
    ordered = sorted(read.parameters, key=lambda one: not one.is_required)
    parameters = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if one.is_required else None,
            annotation=_kind(one),
        )
        for one in ordered
    ]
    said = "\n".join(f"    {one.name}: {one.help}" for one in ordered)
    tool.__name__ = read.command.replace(" ", "_").replace("-", "_")
    tool.__doc__ = f"{read.summary}\n\nArgs:\n{said}\n" if said else read.summary
    tool.__signature__ = inspect.Signature(parameters, return_annotation=str)  # type: ignore[attr-defined]
    tool.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": str}
    return tool


def _kind(one: Parameter) -> Any:
    kind: Any = Literal[one.choices] if one.choices else one.kind
    kind = list[kind] if one.is_many else kind
    return kind if one.is_required else kind | None


def _pieces(found: Any) -> Iterator[str]:
    size = 0
    for piece in encode(found):
        size += len(piece)
        if size > MOST_BYTES:
            raise Refused(413, TOO_LONG)
        yield piece.decode()
