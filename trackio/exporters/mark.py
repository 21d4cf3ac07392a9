"""What event files have no place for, as one JSON object that only our own import reads."""

from __future__ import annotations

from typing import Any

from trackio.exporters.behind import FILES
from trackio.exporters.exported import ExportedRun
from trackio.store.points import BOOLEAN, FLOAT, INTEGER

CONFIG_TAG = "trackio/config"
"""The text that shows the config to people; an import has it from the mark."""

_TYPES = {INTEGER: "int", BOOLEAN: "bool"}
_QUERY = "SELECT kind, name, types FROM metrics WHERE run = (SELECT num FROM runs WHERE id = ?)"


def mixed(run: ExportedRun, system: str) -> frozenset[str]:
    """The tags of metrics whose numbers have several types, which one type for all does not tell."""
    return frozenset(
        name if kind == "metric" else system + name
        for kind, name, bits in run.store.query(_QUERY, [run.record.id])[1]
        if bits not in (FLOAT, *_TYPES)
    )


def mark(run: ExportedRun, system: str) -> dict[str, Any]:
    """All that is known of a run but its rows and files; ``system`` is put before names of the machine's figures."""
    record = run.record
    types: dict[str, str] = {}
    machine: list[str] = []
    for kind, name, bits in run.store.query(_QUERY, [record.id])[1]:
        tag = name if kind == "metric" else system + name
        if kind == "system":
            machine.append(tag)
        if bits in _TYPES:
            types[tag] = _TYPES[bits]
    return {
        "trackio": 1,
        "name": record.name,
        "group": record.group,
        "job_type": record.job_type,
        "tags": list(record.tags),
        "notes": record.notes,
        "config": record.config,
        "summary": run.summary,
        "status": record.status,
        "exit_code": record.exit_code,
        "created_ns": record.created_ns,
        "finished_ns": record.finished_ns,
        "alerts": [
            {"time_ns": a.time_ns, "level": a.level, "title": a.title, "text": a.text, "step": a.step, "data": a.data}
            for a in run.alerts()
        ],
        "events": [event for event in run.told() if event["event"] not in FILES],
        "types": types,
        "not_logged": [CONFIG_TAG],
        "system": machine,
        "system_prefix": system,
    }
