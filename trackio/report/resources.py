"""Templates, scripts and styles: in the package when it was installed, beside it in a checkout."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from trackio.errors import ReportError

_PACKAGE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """The folder ``templates`` or ``site``."""
    shipped = _PACKAGE / f"_{name}"
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


@cache
def site_file(name: str) -> str:
    """The text of a built file of ``site/dist``."""
    path = folder("site") / "dist" / name
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ReportError(
            f"{path} cannot be read ({error.strerror}). Install trackio again, or run `make runtime` in a checkout."
        ) from error


def hashed_name(name: str) -> str:
    """The address of an asset under the root: ``assets/runtime.0123abcd.js``."""
    stem, dot, suffix = name.rpartition(".")
    return f"assets/{stem}.{sha256(site_file(name).encode()).hexdigest()[:8]}{dot}{suffix}"
