"""What was found that is worth an alert, in words."""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from trackio.alerts.levels import AlertLevel
from trackio.times import duration

RULE = "rule"
"""The key in an alert's ``data`` that says which rule raised it; alerts of a script have none."""

LONGEST_TITLE = 300
MOST_NAMED = 10
"""How many metrics are named in the text of one alert; its data have all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An alert that nobody called for."""

    title: str
    text: str
    level: AlertLevel
    data: Mapping[str, Any]
    step: int | None = None
    """None for the step last logged."""


def not_numbers(found: Mapping[str, tuple[float, int]]) -> Finding:
    """That metrics became NaN or infinite: value and step by name, at least one."""
    kinds = sorted({"NaN" if math.isnan(value) else "infinity" for value, _ in found.values()})
    kind = " or ".join(kinds)
    title = f"{kind[0].upper()}{kind[1:]} in {next(iter(found)) if len(found) == 1 else f'{len(found)} metrics'}"
    named = [f"{name} is {_word(value)} at step {step}" for name, (value, step) in list(found.items())[:MOST_NAMED]]
    more = f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    metrics = {name: {"value": _word(value), "step": step} for name, (value, step) in found.items()}
    return Finding(
        title[:LONGEST_TITLE],
        f"{', '.join(named)}{more}.",
        AlertLevel.ERROR,
        {RULE: "nan", "metrics": metrics},
        min(step for _, step in found.values()),
    )


def silence(minutes: float) -> Finding:
    """That nothing was logged for so long."""
    span = duration(60 * minutes)
    return Finding(
        f"Nothing logged for {span}",
        f"The process is there, but no row has come for {span}.",
        AlertLevel.WARN,
        {RULE: "silence", "minutes": minutes},
    )


def goes_on(seconds: float) -> Finding:
    """That logging goes on after so long a silence."""
    return Finding(
        "Logging goes on",
        f"Rows come again after {duration(seconds)}.",
        AlertLevel.INFO,
        {RULE: "silence", "minutes": round(seconds / 60, 3)},
    )


def gpu_memory(device: str, share: float) -> Finding:
    """That the memory of a GPU is nearly full: its number, and how much of it is in use, of 1."""
    return Finding(
        f"Memory of GPU {device} is {share:.0%} full",
        f"{share:.1%} of the memory of GPU {device} is in use.",
        AlertLevel.WARN,
        {RULE: "gpu_memory", "gpu": device, "share": round(share, 4)},
    )


def failure(error: BaseException | None, exit_code: int) -> Finding:
    """That a run ends badly, and why, as far as its process knows."""
    data = {RULE: "crash", "exit_code": exit_code}
    if error is None or isinstance(error, SystemExit):
        return Finding("Run failed", f"It ended with exit code {exit_code}.", AlertLevel.ERROR, data)
    kind, words = type(error).__name__, _said(error)
    title = f"{kind}: {words.splitlines()[0]}" if words.strip() else kind
    where = ""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    if frames:
        # The folder is nobody's business where this is read.
        where = f" in {PurePath(frames[0].filename).name}, line {frames[0].lineno}"
    rest = words.strip().partition("\n")[2].strip()
    text = f"The run failed{where}." + (f"\n{rest}" if rest else "")
    return Finding(title[:LONGEST_TITLE], text, AlertLevel.ERROR, {**data, "exception": kind})


def _said(error: BaseException) -> str:
    try:
        return str(error).strip()
    except Exception:  # noqa: BLE001 - an exception of a script may fail at saying what it is
        return ""


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
