"""``trackio get``: the content of one thing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from trackio.cli import alerts, artifacts, points, values
from trackio.cli.output import add_json, emit, fields
from trackio.cli.select import add_points, add_project, add_run, project_of, run_of
from trackio.cli.text import ago, number
from trackio.errors import NotFound
from trackio.times import iso
from trackio.times import whole_duration as duration

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


class UnknownReport(NotFound):
    """The run logged no Markdown under that name."""

    noun = "report"


def register(subparsers: Subparsers) -> None:
    """Add ``get`` and what it can get."""
    parser = subparsers.add_parser(
        "get",
        description="Print the content of one thing.",
        epilog="`trackio get KIND --help` tells the options of each.",
    )
    kinds = parser.add_subparsers(dest="what", metavar="kind", required=True)

    project = kinds.add_parser("project", help="what a project holds", description="Print what a project holds.")
    project.set_defaults(do=_project)

    run_ = kinds.add_parser(
        "run",
        help="state, config, summary and metrics of a run",
        description="Print a run's state, config, summary and metrics.",
    )
    run_.set_defaults(do=_run)

    metric = kinds.add_parser(
        "metric", help="the values of a metric", description="Print the values of a metric of a run."
    )
    metric.add_argument("--metric", required=True, metavar="NAME", help="the metric")
    metric.set_defaults(do=values.show_metric, kind="metric")

    system = kinds.add_parser(
        "system-metric",
        help="what was sampled from the machine",
        description="Print what was sampled from the machine while a run went on.",
    )
    system.add_argument("--metric", metavar="NAME", help="the system metric; all of them when left out")
    system.set_defaults(do=values.show_system, kind="system")

    snapshot = kinds.add_parser(
        "snapshot",
        help="all metrics of a run at a step or a time",
        description="Print all metrics of a run at a step or a time, or at its end.",
    )
    snapshot.set_defaults(do=values.show_snapshot, kind="metric")

    warnings = kinds.add_parser(
        "alerts", help="the alerts of a project or of a run", description="Print the alerts of a project or of a run."
    )
    warnings.set_defaults(do=alerts.show)

    report = kinds.add_parser(
        "report", help="the Markdown that a run logged", description="Print Markdown that a run logged."
    )
    report.add_argument("--report", required=True, metavar="NAME", help="the name it was logged under")
    report.set_defaults(do=_report)

    version = kinds.add_parser(
        "artifact", help="what an artifact holds; or its files", description="Print what an artifact holds, or get it."
    )
    artifacts.add_name(version)
    version.set_defaults(do=artifacts.show_artifact)

    file = kinds.add_parser("file", help="a file that a run saved", description="Get a file that a run saved.")
    artifacts.add_file(file)
    file.set_defaults(do=artifacts.show_file)

    for each in (project, run_, metric, system, snapshot, warnings, report, version, file):
        add_project(each)
    for each in (run_, metric, system, snapshot, report, file):
        add_run(each, "the newest one")
    add_run(warnings, "all runs")
    for each in (metric, system, snapshot):
        add_points(each)
    alerts.add_filters(warnings)
    for each in (project, run_, metric, system, snapshot, warnings, report, version, file):
        add_json(each)


def run(args: argparse.Namespace) -> int | None:
    """Print what was asked for."""
    done: int | None = args.do(args)
    return done


def _project(args: argparse.Namespace) -> None:
    project = project_of(args)
    runs = project.runs()
    latest = max((one.record.updated_ns for one in runs), default=None)
    if args.json:
        emit(
            {
                "project": project.name,
                "num_runs": len(runs),
                "runs": [one.name for one in runs],
                "metrics": project.metrics(),
                "last_activity": None if latest is None else iso(latest),
            }
        )
        return
    groups = {one.group for one in runs if one.group is not None}
    fields(
        [
            ("project", project.name),
            ("runs", len(runs)),
            ("running", sum(one.status == "running" for one in runs)),
            ("groups", len(groups)),
            ("metrics", ", ".join(project.metrics())),
            ("last record", ago(latest)),
        ]
    )


def _run(args: argparse.Namespace) -> None:
    project = project_of(args)
    one = run_of(args, project)
    if args.json:
        emit(
            {
                "project": project.name,
                "run": one.name,
                "id": one.id,
                "num_logs": one.num_logs,
                "last_step": one.last_step,
                "metrics": one.metrics(),
                "config": one.config,
                "summary": {name: points.opened(value) for name, value in one.summary.items()},
                "status": one.status,
            }
        )
        return
    fields(
        [
            ("run", one.name),
            ("id", one.id),
            ("project", project.name),
            *((("group", one.group),) if one.group is not None else ()),
            *((("tags", ", ".join(one.tags)),) if one.tags else ()),
            *((("notes", one.notes),) if one.notes else ()),
            ("status", one.status),
            ("began", iso(one.record.created_ns)),
            ("duration", duration(one.record.seconds)),
            ("logs", one.num_logs),
            ("last step", one.last_step),
            *(("config." + key, _short(value)) for key, value in one.config.items()),
            *(("summary." + key, _short(value)) for key, value in one.summary.items()),
        ]
    )


def _report(args: argparse.Namespace) -> None:
    project = project_of(args)
    one = run_of(args, project)
    reports = one.reports()
    found = [report for report in reports if report.name == args.report]
    if not found:
        raise UnknownReport(args.report, list(dict.fromkeys(r.name for r in reports)), f"run {one.name!r}")
    if args.json:
        entries = [{"step": r.step, "timestamp": iso(r.time_ns), "content": r.content} for r in found]
        emit({"project": project.name, "run": one.name, "report": args.report, "values": entries})
        return
    for report in found:
        print(f"--- step {report.step}, {iso(report.time_ns)}")
        for line in report.content.splitlines():
            print(number(line))


def _short(value: Any) -> str:
    text = number(value) if isinstance(value, (bool, int, float, str)) or value is None else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
