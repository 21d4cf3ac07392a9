"""Runs recorded with the real tracking API, in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import trackio


def record(
    project: str = "p", name: str = "a", metrics: Mapping[str, Sequence[Any]] | None = None, **options: Any
) -> str:
    """Record one run that has ended; gives its id."""
    values = {"loss": [1.0, 0.5, 0.25]} if metrics is None else metrics
    with trackio.init(project=project, name=name, auto_log_cpu=False, auto_log_gpu=False, **options) as run:
        for step in range(max(map(len, values.values()), default=0)):
            run.log({key: own[step] for key, own in values.items() if step < len(own)}, step=step)
    return run.id


HOSTILE = (
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "a/b\\c%2F..",
    "\u202egnp.exe\u202c",
    "x" * 300,
    "{{ 7 * 7 }}",
    "index",
    "api",
    "assets",
    "コンピュータ",
)
"""Names that would do harm wherever they were taken for more than text."""
