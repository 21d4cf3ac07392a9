"""The table of ``docs/compatibility.md``, from what came of every call in both libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from compat.calls import CALLS, Call

DOCUMENT = Path(__file__).parents[3] / "docs" / "compatibility.md"
RUNNER = Path(__file__).with_name("runner.py")

_HEAD = """\
# What of wandb runs here

`import trackio as wandb` runs scripts that were written for wandb. This page is written by a test that makes each call
below in both libraries, the real wandb {version} in its offline mode and trackio, and looks at what the script relies
on (`tests/clients/compat/calls.py` has the calls in full).

Of {total} calls, wandb accepts {theirs} offline. Of those {both} behave here: **{share:.1f} %**.{more}{missing}

A call that has no meaning without a service, such as `run.mark_preempting()`, is accepted, does nothing harmful and
says so once. What reads from the service, such as `Api().runs()`, does not work offline in wandb and is not in the
table; here it reads the local store: see [api.md](api.md).
"""


def outcomes(library: str) -> list[str]:
    """What came of each call: empty when its lines hold, else the error. Runs them all, in a process of their own."""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", RUNNER, library], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout.splitlines()[-1])
    return [one["outcome"] for one in found]


def share(theirs: Sequence[str], ours: Sequence[str]) -> float:
    """How many of the calls that they accept behave here, between 0 and 1."""
    accepted = [our for their, our in zip(theirs, ours, strict=True) if not their]
    return sum(not our for our in accepted) / len(accepted)


def document(version: str, theirs: Sequence[str], ours: Sequence[str]) -> str:
    """The whole page."""
    accepted = sum(not their for their in theirs)
    both = sum(not their and not our for their, our in zip(theirs, ours, strict=True))
    beyond = sum(bool(their) and not our for their, our in zip(theirs, ours, strict=True))
    more = f" {beyond} more work here only." if beyond else ""
    refused = [call for call, their, our in zip(CALLS, theirs, ours, strict=True) if our and not their]
    missing = "".join(["\n\nThese do not:\n", *(f"\n* {_code(call)}" for call in refused)]) if refused else ""
    parts = [
        _HEAD.format(
            version=version,
            total=len(CALLS),
            theirs=accepted,
            both=both,
            share=100 * share(theirs, ours),
            more=more,
            missing=missing,
        )
    ]
    by_area: dict[str, list[tuple[Call, str, str]]] = {}
    for call, their, our in zip(CALLS, theirs, ours, strict=True):
        by_area.setdefault(call.area, []).append((call, their, our))
    for area, rows in by_area.items():
        parts.append(f"\n## {area}\n\n| call | wandb | here |\n|---|---|---|\n")
        parts += [f"| {_code(call)} | {_word(their)} | {_word(our)} |\n" for call, their, our in rows]
    return "".join(parts)


_LONGEST = 110


def _code(call: Call) -> str:
    # What is looked at afterwards is told where it alone tells calls apart.
    lines = _lines(call)
    text = "; ".join(lines if sum(_lines(one) == lines for one in CALLS) == 1 else call.code.splitlines())
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."
    return "`" + text.replace("|", "\\|") + "`"


def _lines(call: Call) -> list[str]:
    every = call.code.splitlines()
    return [line for line in every if not line.startswith(("assert ", "Path("))] or every


def _word(outcome: str) -> str:
    return f"refuses: {outcome.partition(':')[0]}" if outcome else "yes"


def differences(theirs: Sequence[str], ours: Sequence[str]) -> Mapping[str, str]:
    """What does not behave here though wandb accepts it: the error by call."""
    return {call.code: our for call, their, our in zip(CALLS, theirs, ours, strict=True) if our and not their}
