"""Reads what each module of a package imports, from its source alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """``importer`` names ``imported`` on ``line``; ``is_lazy`` when that happens inside a function."""

    importer: str
    imported: str
    line: int
    is_lazy: bool


def modules(root: Path) -> dict[str, Path]:
    """Dotted name to file, for every module under the package folder ``root``."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, source: str, known: set[str]) -> Iterator[Import]:
    """Every import that runs, in functions too; those for type checkers alone are left out.

    ``from package import module`` counts as an import of the module when ``known`` has it.
    """
    yield from _walk(ast.parse(source).body, name, known, is_lazy=False)


def _walk(nodes: list[ast.stmt], name: str, known: set[str], *, is_lazy: bool) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, alias.name, node.lineno, is_lazy)
        elif isinstance(node, ast.ImportFrom):
            for target in sorted({_target(node.module or "", alias.name, known) for alias in node.names}):
                yield Import(name, target, node.lineno, is_lazy)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _walk(node.orelse, name, known, is_lazy=is_lazy)
        else:
            inside = is_lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from _walk(_statements(node), name, known, is_lazy=inside)


def _target(module: str, name: str, known: set[str]) -> str:
    return f"{module}.{name}" if f"{module}.{name}" in known else module


def _statements(node: ast.AST) -> list[ast.stmt]:
    """The statements nested in a node, through handlers and match cases too."""
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            found.append(child)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            found.extend(_statements(child))
    return found
