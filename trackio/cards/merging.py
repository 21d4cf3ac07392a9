"""A section and metadata put into a README, and taken out again; every other byte stays (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trackio.cards import edits, fields, markers
from trackio.cards.front import Readme, parts
from trackio.cards.yaml_text import Yaml
from trackio.errors import CardError


def merge(text: str, section: str, metadata: Mapping[str, Any]) -> str:
    """The README with both. ``section`` is what section() gives, ``metadata`` what metadata() does.

    The section takes the place of an earlier one, else it comes at the end; metadata that is not there is made. An
    empty text is a README too. Doing it again changes nothing. Raises CardError.
    """
    readme = parts(text)
    newline = readme.newline
    place = markers.between(readme.body)
    own = section.replace("\n", newline)
    if place is None:
        # An empty line apart from what is above; where the last line was not ended, the new one is not either.
        is_ended = (readme.closing + readme.body)[-1:] in ("", "\n")
        body = readme.body + (newline if is_ended else 2 * newline) + own + (newline if is_ended else "")
    else:
        body = readme.body[: place.start] + own + readme.body[place.end :]
    _check(body, own)
    return replace(_with_metadata(readme, metadata, newline), body=body).text


def remove(text: str) -> str:
    """The README without the section, the tag, and emissions that are ours; raises CardError.

    What merge() put into a README that had none of these it gives back as it was, as far as the body goes.
    """
    readme = parts(text)
    place = markers.between(readme.body)
    body = readme.body if place is None else _without(readme.body[: place.start], readme.body[place.end :])
    block = edits.removed(Yaml(readme.block, readme.newline, readme.first_line))
    if block != readme.block and not block.strip() and not body.lstrip().startswith("---"):
        # Nothing was in it but ours, and no rule at the top of the body would be taken for it.
        return readme.start + body
    return replace(readme, block=block, body=body).text


def merge_bytes(data: bytes, section: str, metadata: Mapping[str, Any]) -> bytes:
    """The same for the bytes of a file, which is UTF-8."""
    return merge(_text(data), section, metadata).encode()


def remove_bytes(data: bytes) -> bytes:
    """The same for the bytes of a file, which is UTF-8."""
    return remove(_text(data)).encode()


def replaced_emissions(data: bytes, metadata: Mapping[str, Any]) -> str | None:
    """The emissions of somebody else that the metadata would take the place of, as they are written; None for none."""
    if fields.EMISSIONS not in metadata:
        return None
    readme = parts(_text(data))
    return edits.others_emissions(Yaml(readme.block, readme.newline, readme.first_line))


def _with_metadata(readme: Readme, metadata: Mapping[str, Any], newline: str) -> Readme:
    block = edits.added(Yaml(readme.block, newline, readme.first_line), metadata)
    if readme.opening or not block:
        return replace(readme, block=block)
    return replace(readme, opening=f"---{newline}", block=block, closing=f"---{newline}")


def _check(body: str, own: str) -> None:
    """Raise CardError where the section would not be read as Markdown at its place."""
    place = markers.between(body)
    if place is None or body[place.start : place.end] != own or not place.is_markdown:
        raise CardError(
            "the section's place in the README is inside a block of code or HTML that does not end above it",
            "End that block, such as with a line of ``` for code, and run it again.",
        )


def _without(above: str, below: str) -> str:
    """What is above and below the section, without the line end after it and the empty line before it."""
    if not below:
        # The last line was not ended when the section came.
        return _less(_less(above))
    return _less(above) + below.removeprefix("\r\n" if below.startswith("\r\n") else "\n")


def _less(text: str) -> str:
    """The text without one line end at its end."""
    return text[:-2] if text.endswith("\r\n") else text[:-1] if text.endswith(("\n", "\r")) else text


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CardError(f"the README is not UTF-8 text (byte {error.start})", "Save it as UTF-8.") from error
