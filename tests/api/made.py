"""Runs with known content, written to a real store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trackio import journal
from trackio.importers.imported import ImportedRun
from trackio.importers.recording import record
from trackio.records import Scalar
from trackio.store import layout
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


def alerts(store: ProjectStore, run_id: str, *raised: tuple[str, str]) -> None:
    """Let a run raise alerts, one a second: a level and a title each."""
    header = {
        "format": journal.FORMAT,
        "run": run_id,
        "project": store.name,
        "created_ns": START_NS,
        "writer": {"n": 1},
    }
    frames = [journal.frame(journal.HEADER, journal.encode(header))]
    for step, (level, title) in enumerate(raised):
        about = {
            "level": level,
            "title": title,
            "text": f"text of {title}",
            "step": step,
            "data": {"value": float("nan")},
        }
        frames.append(journal.frame(journal.EVENT, journal.event("alert", START_NS + step * SECOND_NS, **about)))
    frames.append(journal.frame(journal.EVENT, journal.event("close", START_NS)))
    layout.journal(store.directory, run_id, "alerts").write_bytes(b"".join(frames))
    store.fold()
