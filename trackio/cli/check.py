"""``trackio check``: hold a run to rules, as in continuous integration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.cli import rules
from trackio.cli.output import add_json, emit, table
from trackio.cli.select import add_project, project_named
from trackio.cli.text import number, plain
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.ci.checking import Checked
    from trackio.ci.judging import Verdict
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``check``."""
    parser = subparsers.add_parser(
        "check",
        description="Hold a run to rules, and to the runs of a baseline. The exit code is 1 when a rule is broken. "
        "What is missing or NaN breaks a rule. Rules may stand in trackio.toml too.",
    )
    add_project(parser)
    rules.add_arguments(parser)
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write the verdicts as JUnit XML")
    parser.add_argument(
        "--save-baseline", type=Path, metavar="FILE", help="keep the run as a baseline, unless a rule fails"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Judge, print, write."""
    from trackio.ci import checking
    from trackio.documents.selecting import project_of
    from trackio.store.home import Home

    given = rules.resolve(args)
    if not given.asked.rules and args.save_baseline is None:
        raise UsageError(
            "There is no rule. Give one, such as --rule 'val/loss <= baseline * 1.02', or write rules in trackio.toml."
        )
    home = Home()
    store = home.project(project_of(home, args.project or given.project or project_named(args)).name)
    checked = checking.check(store, given.asked)
    if args.junit is not None:
        from trackio.ci.junit import document

        _written(args.junit, document(checked))
    if args.save_baseline is not None and not checked.failed:
        checking.save(args.save_baseline, checked, given.asked.rules)
    if args.json:
        emit(_object(checked))
    else:
        _print(checked, args.save_baseline)
    return int(bool(checked.failed))


def _written(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _print(checked: Checked, saved: Path | None) -> None:
    names = ", ".join(plain(one.name) for one in checked.runs)
    if checked.verdicts:
        rows = [_row(one) for one in checked.verdicts]
        table(("", "rule", "value", "limit"), rows, empty="")
        print()
    for note in checked.notes:
        print(plain(note))
    for missing in checked.missing:
        if not any(missing.reason in (one.reason or "") for one in checked.verdicts):
            print(f"trackio: {plain(missing.reason)} No rule asks for it.", file=sys.stderr)
    for verdict in checked.verdicts:
        if verdict.reason is not None:
            print(f"{_word(verdict)}: {plain(verdict.reason)}", file=sys.stderr)
        elif verdict.hint is not None:
            print(f"{plain(verdict.rule)}: {plain(verdict.hint)}")
    print(f"{names}: {words(checked)}")
    if saved is not None:
        print(f"{saved}: {'not written, as a rule failed' if checked.failed else 'the baseline is kept'}.")


def words(checked: Checked) -> str:
    """How it went, in a sentence."""
    if not checked.verdicts:
        return "no rules to hold."
    failed, warned = len(checked.failed), len(checked.warned)
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{warned} warned"] if warned else []
    held = len(checked.verdicts) - failed - warned
    return f"{', '.join([*parts, f'{held} of {len(checked.verdicts)} rules held'])}."


def _row(verdict: Verdict) -> tuple[object, ...]:
    sign = "within" if verdict.sign is None else verdict.sign
    limit = "" if verdict.limit is None else f"{sign} {number(verdict.limit)}"
    return _word(verdict), verdict.rule, "" if verdict.value is None else verdict.value, limit


def _word(verdict: Verdict) -> str:
    if verdict.passed:
        return "held"
    return "failed" if verdict.tier == "fail" else "warned"


def _object(checked: Checked) -> dict[str, Any]:
    return {
        "project": checked.project,
        "runs": [{"id": one.record.id, "name": one.name} for one in checked.runs],
        "baseline": None
        if checked.baseline is None
        else {
            "found": [{"kind": one.kind, "name": one.name} for one in checked.chosen],
            "runs": [one.name for one in checked.baseline],
        },
        "missing": [{"name": one.name, "reason": one.reason} for one in checked.missing],
        "passed": not checked.failed,
        "failed": len(checked.failed),
        "warned": len(checked.warned),
        "rules": [
            {
                "rule": one.rule,
                "tier": one.tier,
                "passed": one.passed,
                "value": one.value,
                "limit": one.limit,
                "baseline": one.baseline,
                "tolerance": one.tolerance,
                "reason": one.reason,
                "hint": one.hint,
            }
            for one in checked.verdicts
        ],
        "notes": list(checked.notes),
    }
