"""What the package imports is declared, what is declared is imported, and each requirement says why."""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from pathlib import Path

from tests.house.imports import imports, modules

CHECKOUT = Path(__file__).parents[2]
PYPROJECT = (CHECKOUT / "pyproject.toml").read_text("utf-8")
INSTALLED_BY = {
    "PIL": "pillow",
    "google": "protobuf",
    "markdown_it": "markdown-it-py",
    "pynvml": "nvidia-ml-py",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
"""Where a module's name is not its distribution's."""
OPTIONAL = frozenset({"jax", "pydantic", "pytorch_lightning", "tensorflow", "torch"})
"""Asked for only when the script has loaded them itself, or there with the library that is plugged into."""


TOOLS = ("demo", "test", "bench", "dev")
"""Extras of a checkout; the others are what some users need."""


def test_imports_and_requirements_are_the_same() -> None:
    assert _imported() == set(_required(_block())) | set(_required(_extras()))


def test_each_requirement_says_why() -> None:
    lines = [*_block().splitlines(), *_extras().splitlines()]
    for before, line in pairwise(lines):
        if line.strip().startswith('"'):
            assert before.strip().startswith("#"), f"say in a comment what {line.strip()} is for"


def _imported() -> set[str]:
    """The distributions of every third-party module that the package imports anywhere."""
    known = modules(CHECKOUT / "trackio")
    tops = {
        edge.imported.partition(".")[0]
        for name, path in known.items()
        for edge in imports(name, path.read_text("utf-8"), set(known))
    }
    # What media need is loaded by name, so that a missing package names its extra.
    tops |= {top for path in known.values() for top in re.findall(r'\bload\("(\w+)', path.read_text("utf-8"))}
    # tomllib is the standard library's from Python 3.11 on.
    foreign = tops - set(sys.stdlib_module_names) - {"trackio", "tomllib"} - OPTIONAL
    return {_canonical(INSTALLED_BY.get(top, top)) for top in foreign}


def _required(block: str) -> list[str]:
    return [_canonical(name) for name in re.findall(r'^ *"([A-Za-z0-9_.-]+?)[<>=!~\[;" ]', block, re.MULTILINE)]


def _block() -> str:
    """The text of ``dependencies = [...]``; tomllib came with Python 3.11 only."""
    found = re.search(r"^dependencies = \[\n(.*?)^\]", PYPROJECT, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def _extras() -> str:
    """The lists of the extras that users install, one requirement a line."""
    found = re.search(r"^\[project.optional-dependencies\]\n(.*?)^\[", PYPROJECT, re.MULTILINE | re.DOTALL)
    assert found
    lists: list[tuple[str, str]] = re.findall(r"^(\w+) = \[(.*?)\]$", found[1], re.MULTILINE | re.DOTALL)
    return "\n".join(content for name, content in lists if name not in TOOLS)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
