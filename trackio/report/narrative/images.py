"""Pictures beside notes: found, told apart by what is in them, and published under names of their content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trackio.errors import ReportError
from trackio.report.narrative.facts import Unknown
from trackio.report.narrative.problems import near

LONGEST_BYTES = 20_000_000

_KINDS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("jpg", re.compile(rb"\xff\xd8\xff")),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    (
        "svg",
        re.compile(
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]", re.DOTALL
        ),
    ),
)
_ACTIVE = re.compile(
    rb"<\s*(?:[\w-]+:)?(?:script|foreignObject|iframe|handler)\b|\bon\w+\s*=|javascript:|<!ENTITY", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Image:
    """One picture as it will be published."""

    path: Path
    name: str
    """Of its content."""


def is_remote(source: str) -> bool:
    """Whether an address leads to another host."""
    parts = urlsplit(source)
    return bool(parts.netloc) or parts.scheme in ("http", "https")


def find(source: str, folder: Path) -> Image:
    """The picture at an address of notes in ``folder``. Raises Unknown for what cannot be published."""
    try:
        parts = urlsplit(source)
    except ValueError:
        raise Unknown(f"{source!r} is no address of a picture.") from None
    if parts.scheme or not parts.path:
        raise Unknown("A picture is a file beside the notes, such as ![loss](loss.png).")
    name = unquote(parts.path)
    if name.startswith(("/", "\\")) or Path(name).is_absolute():
        raise Unknown(f"{name} is an address from the root. Name the picture from the folder of the notes.")
    try:
        path = (folder / name).resolve()
        roots = (folder.resolve(), Path.cwd().resolve())
        if not any(path.is_relative_to(root) for root in roots):
            raise Unknown(f"{name} leads out of the folder of the notes. Put the picture beside them.")
        if not path.is_file():
            beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
            near_ones = near(path.name, sorted(beside)) if beside else ""
            raise Unknown(f"There is no picture {name!r} beside the notes. {near_ones}".rstrip())
        data = _read(path)
    except (OSError, ValueError) as error:
        raise Unknown(f"The picture {name!r} cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    kind = next((kind for kind, start in _KINDS if start.match(data)), None)
    if kind is None:
        raise Unknown(f"{name} is no picture that browsers show: PNG, JPEG, GIF, WebP, AVIF or SVG.")
    if kind == "svg" and _ACTIVE.search(data):
        raise Unknown(f"{name} has scripts or foreign content in it, and is not published. Export it without them.")
    return Image(path, f"{hashlib.blake2b(data, digest_size=10).hexdigest()}.{kind}")


def content(image: Image) -> bytes:
    """Its bytes. Raises ReportError where they are not what they were when the notes were read."""
    try:
        data = _read(image.path)
    except (OSError, Unknown):
        data = b""
    if hashlib.blake2b(data, digest_size=10).hexdigest() != image.name.partition(".")[0]:
        raise ReportError(f"{image.path.name} changed while the report was built. Run the report again.")
    return data


def _read(path: Path) -> bytes:
    if path.stat().st_size > LONGEST_BYTES:
        raise Unknown(f"{path.name} is larger than {LONGEST_BYTES // 1_000_000} MB. Make the picture smaller.")
    return path.read_bytes()
