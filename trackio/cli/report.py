"""``trackio report``: the static site of charts, as a folder, as one file, or served while it is looked at."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli import report_charts, report_ci, report_energy, report_notes, report_snapshot, report_space
from trackio.cli.bars import Pages
from trackio.cli.output import add_json, emit
from trackio.cli.text import plain, size
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers
    from trackio.report.build import Options, Report

OUTPUT = Path("trackio-report")


def register(subparsers: Subparsers) -> None:
    """Add ``report``."""
    parser = subparsers.add_parser(
        "report",
        description="Build a static site of charts: a page a project, a run and a chart, each chart also as SVG, PNG, "
        "CSV and Vega-Lite. Building again does only what changed.",
    )
    parser.add_argument("--project", action="append", metavar="NAME", help="only this one; repeat for more; * allowed")
    parser.add_argument("--runs", metavar="A,B", help="only these runs, by name or id, exact or with *")
    parser.add_argument("--metrics", metavar="A,B", help="only these metrics, exact or with *")
    parser.add_argument("--output", "-o", type=Path, metavar="PATH", help=f"the folder (default: {OUTPUT}) or the file")
    parser.add_argument("--single-file", action="store_true", help="one HTML file with everything in it")
    parser.add_argument("--serve", action="store_true", help="preview on 127.0.0.1; rebuild when the data changes")
    parser.add_argument("--port", type=int, metavar="N", help="where to look for a free port first (default: 7867)")
    parser.add_argument("--open", action="store_true", help="open it in a browser")
    parser.add_argument("--base-url", metavar="URL", help="where it will be published; for previews of links")
    parser.add_argument("--transparent", action="store_true", help="PNG files without a background (default: white)")
    parser.add_argument(
        "--media",
        choices=("all", "last", "none"),
        default="all",
        help="media of all steps (default), the last, or none",
    )
    parser.add_argument(
        "--media-limit",
        type=float,
        default=200.0,
        metavar="MB",
        help="where all media of a project have more, the last of each name are taken (default: 200)",
    )
    report_charts.add_arguments(parser)
    report_notes.add_arguments(parser)
    report_energy.add_arguments(parser)
    report_snapshot.add_arguments(parser)
    report_space.add_arguments(parser)
    report_ci.add_arguments(parser)
    parser.add_argument("--workers", type=int, metavar="N", help="processes at most (default: one a processor)")
    parser.add_argument("--quiet", "-q", action="store_true", help="say nothing but errors")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Build it."""
    if args.single_file and args.serve:
        raise UsageError("--single-file and --serve exclude each other; open the file in a browser instead.")
    if args.port is not None and not (args.serve or args.watch):
        raise UsageError("--port is for --serve and --watch.")
    if args.workers is not None and args.workers < 1:
        raise UsageError("--workers must be at least 1.")
    if not args.media_limit >= 0:
        raise UsageError("--media-limit must be a number of megabytes, 0 or more.")
    report_space.check(args)
    report_ci.check(args)
    report_notes.check(args)
    options = _options(args)
    if args.space_id is not None:
        return report_space.run(options, args)
    if args.single_file:
        return _single(options, args)
    if args.watch or (args.serve and args.notes):
        return report_notes.watch(options, args, _sayer(args))
    if args.serve:
        from trackio.report.serve import FIRST_PORT, serve

        return serve(options, port=args.port or FIRST_PORT, say=_sayer(args), is_opened=args.open)
    prepared = report_ci.prepare(args, options)
    report = _build(options, args)
    report_snapshot.warn(report)
    report_notes.write(options, report, args)
    written = report_ci.write(prepared, report.path, args)
    if args.json:
        emit(
            {
                "path": str(report.path),
                "projects": report.projects,
                "runs": report.runs,
                "charts": report.charts,
                "rendered": report.rendered,
                "written": report.written,
                "removed": report.removed,
                "left_out": dict(report.left_out),
                **report_notes.document(report, args),
                **report_snapshot.document(report),
                **report_ci.document(written),
            }
        )
    else:
        for line in [
            _sentence(report),
            *report_notes.sentences(report, args),
            *report_charts.sentences(report.left_out),
            *report_snapshot.sentences(report),
            *report_ci.sentences(written),
        ]:
            _sayer(args)(line)
    if args.open:
        _open(report.path / "index.html")
    return 0


def _options(args: argparse.Namespace) -> Options:
    from trackio.report.build import Options
    from trackio.report.gather import Selection

    def names(text: str | None) -> tuple[str, ...]:
        return tuple(part.strip() for part in (text or "").split(",") if part.strip())

    usual = OUTPUT.with_suffix(".html") if args.single_file else OUTPUT
    selection = Selection(tuple(args.project or ()), names(args.runs), names(args.metrics))
    return Options(
        output=args.output or usual,
        selection=selection,
        base_url=args.base_url,
        is_transparent=args.transparent,
        workers=args.workers,
        media=args.media,
        media_limit_bytes=int(min(args.media_limit, 1e12) * 1e6),
        **report_charts.resolve(args),
        **report_notes.resolve(args),
        **report_snapshot.resolve(args),
        **report_energy.resolve(args, selection),
    )


def _build(options: Options, args: argparse.Namespace) -> Report:
    from trackio.report.build import build

    say, bar = _sayer(args), _bar(args)

    def tell_waiting() -> None:
        with bar.hidden():
            say(f"Another report is being written to {options.output}; waiting for it.")

    with bar.shown():
        return build(options, progress=bar.progress, on_wait=tell_waiting)


def _single(options: Options, args: argparse.Namespace) -> int:
    from trackio.report.single import single

    left_out: dict[str, int] = {}
    bar = _bar(args)
    with bar.shown():
        count = single(options, progress=bar.progress, on_left_out=left_out.update)
    if args.json:
        emit({"path": str(options.output), "bytes": count, "left_out": left_out})
    else:
        for line in (
            f"{options.output}: {size(count)}, one file that opens anywhere.",
            *report_charts.sentences(left_out),
        ):
            _sayer(args)(line)
    if args.open:
        _open(options.output)
    return 0


def _sentence(report: Report) -> str:
    def count(n: int, noun: str) -> str:
        return f"{n:,} {noun}{'' if n == 1 else 's'}"

    parts = f"{count(report.projects, 'project')}, {count(report.runs, 'run')}, {count(report.charts, 'chart')}"
    if report.rendered == 0 and report.removed == 0 and report.written == 0:
        return f"{report.path / 'index.html'}: {parts}; nothing changed."
    return f"{report.path / 'index.html'}: {parts}; {count(report.rendered, 'page')} made."


def _sayer(args: argparse.Namespace) -> Callable[[str], None]:
    """Says a line; on stderr where stdout is for data, not at all when asked to be quiet."""

    def say(text: str) -> None:
        if not args.quiet:
            print(plain(text), file=sys.stderr if args.json else sys.stdout, flush=True)

    return say


def _bar(args: argparse.Namespace) -> Pages:
    return Pages(is_wanted=not args.quiet and not args.json)


def _open(path: Path) -> None:
    import webbrowser

    webbrowser.open(path.resolve().as_uri())
