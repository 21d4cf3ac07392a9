"""What decides how pages look, as one hash: a report that another version made is made anew."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from trackio.report import resources
from trackio.version import __version__


@cache
def code_version() -> str:
    """A hash of everything that decides how pages look: our code, templates and scripts, and the drawing libraries."""
    digest = blake2b(__version__.encode(), digest_size=12)
    package = Path(__file__).parents[1]
    sources = [path for room in ("*.py", "report/**/*.py", "energy/*.*", "cards/*.py") for path in package.glob(room)]
    for path in sorted([*sources, *resources.folder("templates").glob("*"), *resources.folder("site").glob("dist/*")]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    for name in (
        "altair",
        "vl-convert-python",
        "jinja2",
        "markdown-it-py",
        "mdit-py-plugins",
        "latex2mathml",
        "numpy",
        "tsdownsample",
        "python-slugify",
    ):
        try:
            digest.update(f"{name} {version(name)}".encode())
        except PackageNotFoundError:
            # Vendored or frozen without metadata: trackio's own version stands for it.
            continue
    return digest.hexdigest()
