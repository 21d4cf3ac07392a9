"""The table of runs, as W&B's site exports it or its documentation has it made with pandas: a row for each run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.importers import cells
from trackio.importers.imported import ImportedRun
from trackio.importers.wandb import items
from trackio.times import nanoseconds

_NAMES = ("Name", "name", "DisplayName")
_SITE = {"State", "Created", "Runtime", "Sweep", "User", "Tags", "Notes"}
_OWN = {*_NAMES, *_SITE, "ID", "id", "Group", "Job Type", "JobType", "Updated", "End Time", "Description", "Hostname",
        "Commit", "GitHub", "Relative Time (Process)", "Agent", "Priority", ""}  # fmt: skip
_STATES = {"finished": "finished", "failed": "failed", "crashed": "crashed", "killed": "failed"}


def is_listing(header: Sequence[str]) -> bool:
    """Whether these are the columns of a table of runs."""
    names = set(header)
    return not names.isdisjoint(_NAMES) and (len(names & _SITE) > 1 or {"config", "summary"} <= names)


def runs(path: Path, content: str, config: Collection[str], group: str | None) -> Iterator[ImportedRun]:
    """A run for each row, without a history: config and summary.

    The site does not say which column is which: those that ``config`` names are config, and so are texts and lists;
    numbers are the summary.
    """
    fallback_ns = path.stat().st_mtime_ns
    for number, row in enumerate(cells.rows(path)):
        told = str(row.get("ID") or row.get("id") or f"{content} {number}")
        created_ns = _time(row.get("Created")) or fallback_ns
        runtime = row.get("Runtime")
        seconds = runtime if isinstance(runtime, (int, float)) else 0
        name = next((str(row[key]) for key in _NAMES if key in row), told)
        rest = {key: value for key, value in row.items() if key not in _OWN and not key.startswith("_")}
        packed, summed = rest.pop("config", None), rest.pop("summary", None)
        is_config = {key: key in config or not isinstance(value, (int, float)) for key, value in rest.items()}
        yield ImportedRun(
            id=f"wandb-{blake2b(told.encode(), digest_size=8).hexdigest()}",
            name=name,
            group=group or _text(row.get("Group")),
            config={**_own(packed), **{key: value for key, value in rest.items() if is_config[key]}},
            fingerprint=f"{content} {number}",
            job_type=_text(row.get("Job Type") or row.get("JobType")),
            tags=[tag.strip() for tag in str(row.get("Tags") or "").split(",") if tag.strip()],
            notes=_text(row.get("Notes")),
            summary={**_own(summed), **{key: value for key, value in rest.items() if not is_config[key]}},
            status=_STATES.get(str(row.get("State")).lower(), "finished"),  # type: ignore[arg-type]
            created_ns=created_ns,
            finished_ns=created_ns + round(seconds * 1e9),
        )


def _own(values: Any) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        return {}
    return {key: one for key, one in values.items() if not key.startswith("_") and not items.is_medium(one)}


def _text(value: Any) -> str | None:
    return None if value in (None, "", "-") else str(value)


def _time(value: Any) -> int | None:
    try:
        return None if value is None else nanoseconds(str(value))
    except UsageError:
        return None
