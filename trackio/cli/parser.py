"""The argument parser: errors on one line, and the nearest name for an unknown one."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from trackio.cli.text import plain
from trackio.errors import nearest


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that takes no abbreviated options and says what is wrong in one line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # An abbreviation that works today breaks the day another option shares its letters.
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Print the one line and leave with 2, the code for wrong usage."""
        print(f"trackio: {plain(message)}. See `{self.prog} --help`.", file=sys.stderr)
        raise SystemExit(2)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # The only place where argparse compares with the choices; its own message lists them all and suggests none.
        if action.choices is None or value in action.choices:
            return
        raise argparse.ArgumentError(None, unknown_choice(_noun(action), str(value), [str(c) for c in action.choices]))


def unknown_choice(noun: str, value: str, choices: list[str]) -> str:
    """One sentence that names the wrong choice and the nearest right ones."""
    near = nearest(value, choices)
    hint = f"nearest: {', '.join(near)}" if near else f"one of: {', '.join(choices)}"
    return f"no {noun} {value!r}; {hint}"


def _noun(action: argparse.Action) -> str:
    if action.option_strings:
        return f"choice for {action.option_strings[-1]}"
    return action.metavar if isinstance(action.metavar, str) else action.dest
