"""Imports point down, rooms that must not know each other do not, and nothing goes in circles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.imports import Import, imports, modules
from tests.house.rooms import FLOORS, FORBIDDEN

PACKAGE = Path(__file__).parents[2] / "trackio"
MODULES = modules(PACKAGE)
IMPORTS = [edge for name, path in MODULES.items() for edge in imports(name, path.read_text("utf-8"), set(MODULES))]
OURS = [edge for edge in IMPORTS if edge.imported.partition(".")[0] == "trackio"]


def room(module: str) -> str:
    """The longest name in the table of rooms that ``module`` is or lies in."""
    parts = module.split(".")
    while ".".join(parts) not in FLOORS:
        parts.pop()
    return ".".join(parts)


def test_every_module_has_a_room() -> None:
    homeless = [name for name in MODULES if room(name) == "trackio" and name != "trackio"]
    assert not homeless, f"give them a floor in tests/house/rooms.py: {homeless}"


def test_imports_point_down() -> None:
    upward = [edge for edge in OURS if FLOORS[room(edge.imported)] > FLOORS[room(edge.importer)]]
    assert not upward, _told(upward)


def test_rooms_that_must_not_know_each_other_do_not() -> None:
    forbidden = [edge for edge in OURS if (room(edge.importer), room(edge.imported)) in FORBIDDEN]
    assert not forbidden, _told(forbidden)


def test_no_import_goes_in_a_circle() -> None:
    edges: dict[str, set[str]] = {name: set() for name in MODULES}
    for edge in OURS:
        if edge.imported in MODULES and edge.imported != edge.importer:
            edges[edge.importer].add(edge.imported)
    while leaves := {name for name, targets in edges.items() if not targets & edges.keys()}:
        edges = {name: targets for name, targets in edges.items() if name not in leaves}
    assert not edges, f"these import each other, or lead to such: {sorted(edges)}"


def test_the_environment_is_read_in_one_file() -> None:
    readers = [
        f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
        for name, path in MODULES.items()
        if name != "trackio.settings"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    ]
    assert not readers, f"read it through trackio.settings: {readers}"


def test_globals_are_never_rewritten() -> None:
    writers = [
        f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "globals"
    ]
    assert not writers, f"keep state in an object, names in __init__'s table: {writers}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a", ["a"]),
        ("from p import m", ["p.m"]),
        ("from p import name", ["p"]),
        ("def f():\n    import a", ["a"]),
        ("try:\n    import a\nexcept ImportError:\n    import b", ["a", "b"]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", ["b"]),
        ("with x:\n    for y in z:\n        import a", ["a"]),
        ("match x:\n    case 1:\n        import a", ["a"]),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, expected: list[str]) -> None:
    assert [edge.imported for edge in imports("x", source, {"p.m"})] == expected


def _told(edges: list[Import]) -> str:
    return "\n".join(f"{edge.importer}:{edge.line} imports {edge.imported}" for edge in edges)
