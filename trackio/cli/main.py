"""``trackio <command> ...``: find the command, parse, run it, turn errors into one line and an exit code.

Exit codes: 0 done; 1 not found, a failed gate, or what went wrong while doing it; 2 wrong usage; 130 interrupted.
Only the chosen command's module is imported, so that ``trackio version`` does not pay for drawing charts.
A new command is a line in ``commands.COMMANDS`` and a module with ``register(subparsers)`` and ``run(args)``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast

from trackio.cli.commands import COMMANDS
from trackio.cli.parser import Parser, unknown_choice
from trackio.cli.text import plain
from trackio.errors import TrackioError, UsageError
from trackio.version import __version__

if TYPE_CHECKING:
    from trackio.cli.commands import CommandModule

DESCRIPTION = "Record training runs; publish their charts."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; nothing but a fault of ours raises."""
    try:
        code = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except BrokenPipeError:
        _swallow_output()
        return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1
    except KeyboardInterrupt:
        return 130
    except UsageError as error:
        return _complain(error, 2)
    except TrackioError as error:
        return _complain(error, 1)
    except OSError as error:
        return _complain(TrackioError(f"{error.filename}: {error.strerror}." if error.filename else str(error)), 1)
    except Exception as error:
        # Named through sys.modules: importing sqlite3 here would charge it to every start.
        sqlite3 = sys.modules.get("sqlite3")
        if sqlite3 is None or not isinstance(error, sqlite3.Error):
            raise
        return _complain(TrackioError(f"The database says: {error}"), 1)


def _dispatch(argv: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name that the terminal's encoding lacks is shown escaped, not as a UnicodeEncodeError.
            stream.reconfigure(errors="backslashreplace")
    name = argv[0] if argv else "--help"
    if name in ("-h", "--help"):
        print(_overview())
        return 0 if argv else 2
    if name in ("-V", "--version"):
        print(f"trackio {__version__}")
        return 0
    if name not in COMMANDS:
        noun = "option" if name.startswith("-") else "command"
        return _complain(UsageError(f"{unknown_choice(noun, name, list(COMMANDS))}. See `trackio --help`."), 2)
    module = cast("CommandModule", import_module(COMMANDS[name].module))
    parser = Parser(prog="trackio", description=DESCRIPTION)
    module.register(parser.add_subparsers(dest="command", required=True, parser_class=Parser))
    return module.run(parser.parse_args(argv)) or 0


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: trackio [--help] [--version] <command> ...",
            "",
            DESCRIPTION,
            "",
            "commands:",
            *lines,
            "",
            "`trackio <command> --help` tells the options of one. Data lies in $TRACKIO_DIR, else in ~/.trackio.",
        ]
    )


def _complain(error: TrackioError, code: int) -> int:
    print("trackio: " + "\n".join(map(plain, error.told())), file=sys.stderr)
    return code


def _swallow_output() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain about the closed pipe."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None  # What Python itself does without a usable stdout.
