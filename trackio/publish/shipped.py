"""This very trackio as a wheel, for a Space whose package index does not have it.

That is so for one that was installed from a folder, and for versions such as ``1.0.dev3``. The same files give the same
bytes.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from trackio.report.resources import folder
from trackio.version import __version__

EXTRAS = ("server", "hub")
"""What a Space needs besides."""

_PACKAGE = Path(__file__).parents[1]
_MOMENT = (2020, 1, 1, 0, 0, 0)
_LOCAL = (".dev", "+")
_EXTRA = "extra == "


def is_on_index() -> bool:
    """Whether a package index is to have this version: it came from one, as far as can be told."""
    try:
        found = metadata.distribution("trackio")
        came_from = json.loads(found.read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return False
    return not came_from and not any(sign in __version__ for sign in _LOCAL)


def requirements() -> list[str]:
    """What this version needs where it is not installed by its name."""
    try:
        wanted = metadata.requires("trackio") or []
    except metadata.PackageNotFoundError:
        wanted = []
    return [one for one in map(_needed, wanted) if one]


def name() -> str:
    """The file name of the wheel."""
    return f"trackio-{__version__}-py3-none-any.whl"


def wheel() -> bytes:
    """The wheel."""
    files = dict(sorted(_files()))
    info = f"trackio-{__version__}.dist-info"
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: trackio\nVersion: {__version__}\n".encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: trackio\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    yield from _below(_PACKAGE, "trackio")
    for given, name in (("templates", "_templates"), ("site", "_site")):
        inner = folder(given)
        # Of a checkout's folder only what is built is needed.
        built = inner / "dist" if given == "site" else inner
        if not inner.is_relative_to(_PACKAGE):
            yield from _below(built, f"trackio/{name}{'/dist' if given == 'site' else ''}")
    schemas = _PACKAGE.parent / "docs" / "schemas"
    if not (_PACKAGE / "_schemas").is_dir() and schemas.is_dir():
        yield from _below(schemas, "trackio/_schemas")


def _below(top: Path, place: str) -> Iterator[tuple[str, bytes]]:
    for path in top.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{place}/{path.relative_to(top).as_posix()}", path.read_bytes()


def _record(files: dict[str, bytes], own: str) -> bytes:
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{own},,\n"]).encode()


def _needed(requirement: str) -> str:
    """A requirement without the extra that asks for it; empty when none of ours does."""
    what, _, marker = requirement.partition(";")
    if _EXTRA not in marker:
        return requirement.strip()
    if not any(f"{_EXTRA}{quote}{extra}{quote}" in marker for extra in EXTRAS for quote in "'\""):
        return ""
    rest = marker.partition(_EXTRA)[0].strip().removesuffix("and").strip()
    return f"{what.strip()}; {rest}" if rest else what.strip()
