"""Runs with known content, written to a real store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trackio.importers.recording import ImportedRun, record
from trackio.records import Scalar
from trackio.store.home import Home
from trackio.store.project import ProjectStore

START_NS = 1_763_695_140_000_000_000
"""2025-11-21T03:19:00 UTC."""

SECOND_NS = 10**9

CURVE = [{"loss": 1.0 / (step + 1), "acc": step / 10} for step in range(10)]


def run(
    id: str,  # noqa: A002 - the name it has everywhere
    rows: Sequence[Mapping[str, Scalar]] = CURVE,
    *,
    name: str | None = None,
    group: str | None = None,
    config: dict[str, Any] | None = None,
    steps: Sequence[int] | None = None,
    start_ns: int = START_NS,
) -> ImportedRun:
    """A run with a row a second, at the steps given or 0, 1, 2, ..."""
    numbered = zip(steps if steps is not None else range(len(rows)), rows, strict=True)
    return ImportedRun(
        id,
        name or id,
        group,
        config or {},
        [(s, start_ns + i * SECOND_NS, dict(r)) for i, (s, r) in enumerate(numbered)],
    )


def project(home: Path, name: str, *runs: ImportedRun) -> ProjectStore:
    """A project with these runs, finished and sealed."""
    store = Home(home).create(name)
    record(store, runs)
    return store
