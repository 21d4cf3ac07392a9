"""The table of commands: a name, the module that does it, one sentence of help.

A command is a module with two functions (:class:`CommandModule`); naming it here is all it takes to add one. The
table carries the help sentences so that ``trackio --help`` imports no command at all.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import TypeAlias

    from trackio.cli.parser import Parser

    Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


class CommandModule(Protocol):
    """What the module of a command has."""

    def register(self, subparsers: Subparsers) -> None:
        """Add one parser, named as the command, with its options; import nothing heavy."""

    def run(self, args: argparse.Namespace) -> int | None:
        """Do it and give the exit code (None is 0); raise a ``TrackioError`` for what went wrong."""


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives and what it says of itself in the overview."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "show": Command("trackio.cli.show", "Show runs in a browser as they go on."),
    "serve": Command("trackio.cli.serve", "Take in what other machines record, and show it."),
    "report": Command("trackio.cli.report", "Build the static site of charts."),
    "table": Command("trackio.cli.table", "Print a table of runs, as Markdown, LaTeX or CSV."),
    "embed": Command("trackio.cli.embed", "Print the iframe of a chart."),
    "card": Command("trackio.cli.card", "Write results and energy of runs into a model card."),
    "sync": Command("trackio.cli.sync", "Send what waits for a server, or publish a report as a Space."),
    "freeze": Command("trackio.cli.freeze", "Publish a report as it is now in a Space of its own."),
    "scan": Command("trackio.cli.scan", "Look for secrets before anybody else sees them."),
    "list": Command("trackio.cli.list", "List projects, runs, metrics, alerts, reports, artifacts or files."),
    "get": Command("trackio.cli.get", "Print a project, a run, values, alerts or a report; get an artifact or a file."),
    "query": Command("trackio.cli.query", "Ask a project's database in SQL, read-only."),
    "status": Command("trackio.cli.status", "Say where the data lies, how much there is and what is running."),
    "energy": Command("trackio.cli.energy", "Print what runs used, as a table or a statement for others; hold limits."),
    "check": Command("trackio.cli.check", "Hold a run to rules and to a baseline, as in CI."),
    "comment": Command("trackio.cli.comment", "Keep one comment on a pull request up to date."),
    "import": Command("trackio.cli.import_", "Bring in runs logged elsewhere."),
    "export": Command("trackio.cli.export", "Write runs as files of other tools."),
    "sweep": Command("trackio.cli.sweep", "Begin a sweep over settings."),
    "agent": Command("trackio.cli.agent", "Make runs of a sweep."),
    "delete": Command("trackio.cli.delete", "Delete a run or a whole project."),
    "skills": Command("trackio.cli.skills", "Tell coding agents how to read runs with these commands."),
    "version": Command("trackio.cli.version", "Print the version."),
}
"""In the order that ``trackio --help`` shows them."""
