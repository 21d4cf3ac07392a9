"""Runs the program that a sweep names, as its command says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trackio import settings
from trackio.sweeps.config import Config
from trackio.tracking.trial import VARIABLE, Trial

_ENVIRONMENT = re.compile(r"\$\{envvar:(\w+)\}")


def run(config: Config, trial: Trial, term_timeout: int | None) -> int:
    """Run it to its end and return its exit code; on an interrupt it is asked to end, and then made to."""
    with tempfile.TemporaryDirectory(prefix="trackio-sweep-") as folder:
        words = list(_words(config, trial, Path(folder)))
        process = subprocess.Popen(words, env=settings.environment({VARIABLE: trial.text()}))
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            try:
                process.wait(term_timeout if term_timeout is not None else 30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise


def _words(config: Config, trial: Trial, folder: Path) -> Iterator[str]:
    values = dict(_flat(trial.parameters, ""))
    for word in config.command:
        match word:
            case "${env}":
                # Only Unix has it, and there it changes nothing.
                continue
            case "${interpreter}":
                yield sys.executable
            case "${program}":
                yield config.program or ""
            case "${args}":
                yield from (f"--{name}={_text(value)}" for name, value in values.items())
            case "${args_no_hyphens}":
                yield from (f"{name}={_text(value)}" for name, value in values.items())
            case "${args_no_boolean_flags}":
                for name, value in values.items():
                    if value is not False:
                        yield f"--{name}" if value is True else f"--{name}={_text(value)}"
            case "${args_json}":
                yield json.dumps(trial.parameters)
            case "${args_json_file}":
                path = folder / "args.json"
                path.write_text(json.dumps(trial.parameters), encoding="utf-8")
                yield str(path)
            case _:
                yield _ENVIRONMENT.sub(lambda found: settings.text(found[1]) or "", word)


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, (list, dict)) else str(value)
