"""``trackio list``: what there is, by name."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from trackio.api import Api
from trackio.cli import alerts, artifacts
from trackio.cli.output import add_json, emit, table
from trackio.cli.select import add_project, add_run, project_of
from trackio.cli.text import ago, plain
from trackio.errors import StoreError
from trackio.logged import Run
from trackio.records import MetricKind
from trackio.times import iso
from trackio.times import whole_duration as duration

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``list`` and what it can list."""
    parser = subparsers.add_parser(
        "list", description="List what there is.", epilog="`trackio list KIND --help` tells the options of each."
    )
    kinds = parser.add_subparsers(dest="what", metavar="kind", required=True)

    projects = kinds.add_parser("projects", help="every project", description="List every project.")
    projects.set_defaults(do=_projects)

    runs = kinds.add_parser(
        "runs", help="the runs of a project", description="List the runs of a project, oldest first."
    )
    runs.add_argument("--group", metavar="NAME", help="only the runs of this group")
    runs.add_argument("--status", choices=("running", "finished", "failed", "crashed"), help="only runs of this status")
    runs.set_defaults(do=_runs)

    metrics = kinds.add_parser(
        "metrics", help="the metrics of a run, or of all runs", description="List the metrics of a run, or of all runs."
    )
    metrics.set_defaults(do=_metrics, kind="metric")

    system = kinds.add_parser(
        "system-metrics",
        help="what was sampled from the machine",
        description="List what was sampled from the machine.",
    )
    system.set_defaults(do=_metrics, kind="system")

    warnings = kinds.add_parser(
        "alerts", help="the alerts of a project or of a run", description="List the alerts of a project or of a run."
    )
    warnings.set_defaults(do=alerts.show)

    reports = kinds.add_parser(
        "reports", help="the Markdown that runs logged", description="List the Markdown that runs logged."
    )
    reports.set_defaults(do=_reports)

    versions = kinds.add_parser(
        "artifacts", help="the versions of artifacts", description="List the versions of artifacts."
    )
    artifacts.add_filters(versions)
    versions.set_defaults(do=artifacts.list_artifacts)

    files = kinds.add_parser("files", help="the files that a run saved", description="List the files that a run saved.")
    add_run(files, "the newest one")
    files.set_defaults(do=artifacts.list_files)

    for each in (runs, metrics, system, warnings, reports, versions, files):
        add_project(each)
    for each in (metrics, system, warnings, reports):
        add_run(each, "all runs")
    alerts.add_filters(warnings)
    for each in (projects, runs, metrics, system, warnings, reports, versions, files):
        add_json(each)


def run(args: argparse.Namespace) -> int | None:
    """List what was asked for."""
    done: int | None = args.do(args)
    return done


def _projects(args: argparse.Namespace) -> None:
    projects = Api().projects()
    if args.json:
        emit({"projects": [project.name for project in projects]})
        return
    rows: list[tuple[object, ...]] = []
    for project in projects:
        try:
            runs = project.runs()
        except StoreError as error:
            # One that cannot be read hides none of the others.
            print(f"trackio: {plain(str(error))}", file=sys.stderr)
            rows.append((project.name, None, None, "unreadable"))
            continue
        latest = max((one.record.updated_ns for one in runs), default=None)
        rows.append((project.name, len(runs), sum(one.status == "running" for one in runs), ago(latest)))
    table(("project", "runs", "running", "last record"), rows, empty="No projects yet.")


def _runs(args: argparse.Namespace) -> None:
    project = project_of(args)
    runs = project.runs(group=args.group, status=args.status)
    if args.json:
        emit({"project": project.name, "runs": [entry(one) for one in runs]})
        return
    table(
        ("run", "id", "group", "status", "last step", "duration", "last record"),
        [
            (
                one.name,
                one.id,
                one.group,
                one.status,
                one.last_step,
                duration(one.record.seconds),
                ago(one.record.updated_ns),
            )
            for one in runs
        ],
        empty="No runs.",
    )


def entry(run: Run) -> dict[str, object]:
    """A run as ``list runs --json`` has it."""
    record = run.record
    return {
        "id": run.id,
        "name": run.name,
        "group": run.group,
        "status": run.status,
        "last_step": run.last_step,
        "num_logs": run.num_logs,
        "job_type": run.job_type,
        "tags": run.tags,
        "notes": run.notes,
        "exit_code": record.exit_code,
        "created_at": iso(record.created_ns),
        "updated_at": iso(record.updated_ns),
        "finished_at": None if record.finished_ns is None else iso(record.finished_ns),
        "duration_seconds": record.seconds,
    }


def _metrics(args: argparse.Namespace) -> None:
    project = project_of(args)
    kind: MetricKind = args.kind
    one = None if args.run is None else project.run(args.run)
    if one is None:
        names = project.metrics() if kind == "metric" else project.system_metrics()
    else:
        names = one.metrics() if kind == "metric" else one.system_metrics()
    if args.json:
        emit({"project": project.name, "run": None if one is None else one.name, "metrics": names})
    elif one is None:
        table(("metric",), [(name,) for name in names], empty="Nothing logged.")
    else:
        table(
            ("metric", "points", "last step", "last", "min", "max"),
            [(m.name, m.count, m.last_step, m.last, m.minimum, m.maximum) for m in one.metric_records(kind)],
            empty="Nothing logged.",
        )


def _reports(args: argparse.Namespace) -> None:
    project = project_of(args)
    runs = project.runs() if args.run is None else [project.run(args.run)]
    found = [(one, report) for one in runs for report in one.reports()]
    if args.json:
        entries = [
            {
                "run": one.name,
                "run_id": one.id,
                "report": report.name,
                "step": report.step,
                "timestamp": iso(report.time_ns),
            }
            for one, report in found
        ]
        emit({"project": project.name, "run": None if args.run is None else runs[0].name, "reports": entries})
    else:
        rows = [(one.name, report.name, report.step, ago(report.time_ns)) for one, report in found]
        table(("run", "report", "step", "logged"), rows, empty="No reports.")
