"""What the package offers beside ``init``, ``log`` and ``finish``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.tracking.conftest import Script
from trackio.errors import NoActiveRun, TrackioError, UsageError
from trackio.tracking import terminal

NEEDS_A_RUN: list[tuple[str, tuple[Any, ...]]] = [
    ("alert", ("title",)),
    ("define_metric", ("loss",)),
    ("log", ({"loss": 1.0},)),
    ("log_system", ({"watts": 1.0},)),
    ("mark_preempting", ()),
    ("pin_config_keys", (["lr"],)),
    ("unwatch", ()),
    ("watch", (object(),)),
]


@pytest.mark.parametrize(("name", "given"), NEEDS_A_RUN)
def test_calls_on_the_current_run_say_that_there_is_none(name: str, given: tuple[Any, ...], script: Script) -> None:
    done = script(
        f"try: trackio.{name}(*{given if name != 'watch' else (1,)!r})\n"
        "except trackio.Error as error: print(type(error).__name__, error)"
    )
    assert done.stdout.startswith(f"NoActiveRun trackio.{name} needs a run in progress")


def test_login_says_once_that_no_account_is_needed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "_told", set())
    assert trackio.login() is True
    assert trackio.login("key", relogin=True, host="http://127.0.0.1:1", anonymous="never") is True
    assert capsys.readouterr().err.count("no account is needed") == 1


def test_lines_go_to_the_standard_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_told", set())
    trackio.termlog("one\ntwo")
    trackio.termwarn("careful", prefix=False)
    trackio.termerror("broken", newline=False)
    for _ in range(3):
        trackio.termlog("only once", repeat=False)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == ("trackio: one\ntrackio: two\nWARNING careful\ntrackio: ERROR brokentrackio: only once\n")


@pytest.mark.parametrize("variable", ["TRACKIO_SILENT", "WANDB_SILENT"])
def test_what_is_no_warning_is_not_printed_when_silence_is_asked_for(
    variable: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "true")
    trackio.termlog("a")
    trackio.termwarn("b")
    assert capsys.readouterr().err == "trackio: WARNING b\n"


def test_a_closed_terminal_raises_nothing(script: Script) -> None:
    assert script("import sys; sys.stderr.close(); trackio.termlog('a'); print('on')").stdout == "on\n"
    assert script("import sys; sys.stderr = None; trackio.termlog('a'); print('on')").stdout == "on\n"


def test_calls_without_meaning_here_are_accepted() -> None:
    trackio.require("core")
    trackio.ensure_configured()
    trackio.termsetup(None, None)
    assert trackio.join is trackio.finish


def test_teardown_ends_every_run() -> None:
    runs = [trackio.init(project="p", reinit="create_new") for _ in range(2)]
    trackio.teardown(exit_code=1)
    assert [run.status for run in runs] == ["failed", "failed"]


def test_gpus_are_read_once_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trackio.init(project="p")
    monkeypatch.setattr("trackio.system.here.gpus", lambda: None)
    assert trackio.log_gpu() == {}
    monkeypatch.setattr(
        "trackio.system.here.gpus",
        lambda: lambda: {"system/gpu/0/power_watts": 70.0, "system/gpu/1/power_watts": 9.0},
    )
    assert trackio.log_gpu(device=1) == {"system/gpu/1/power_watts": 9.0}
    assert len(trackio.log_gpu(run)) == 2


def test_what_scripts_take_from_util() -> None:
    assert len(trackio.util.generate_id()) == 8
    assert len(trackio.util.generate_id(12)) == 12
    assert trackio.util.make_artifact_name_safe("a b/c:d") == "a_b_c_d"
    assert len(trackio.util.make_artifact_name_safe("x" * 500)) == 128
    assert trackio.util.get_module("json") is json
    assert trackio.util.get_module("no_such_module") is None
    with pytest.raises(UsageError, match="install it"):
        trackio.util.get_module("no_such_module", required="install it")
    assert json.loads(trackio.util.json_dumps_safer({"a": Path("x"), 1: {2}})) == {"a": "x", "1": [2]}
    assert trackio.util.json_friendly(Path("x")) == ("x", True)
    assert trackio.util.to_forward_slash_path("a\\b") == "a/b"
    assert trackio.helper.parse_config(argparse.Namespace(a=1, b=2), exclude=["a"]) == {"b": 2}


def test_errors_are_caught_by_wandbs_names() -> None:
    assert trackio.Error is trackio.errors.Error is TrackioError
    for kind in (trackio.UsageError, trackio.CommError, trackio.AuthenticationError, trackio.errors.UnsupportedError):
        assert issubclass(kind, trackio.Error)
    assert issubclass(trackio.AuthenticationError, trackio.CommError)
    assert issubclass(NoActiveRun, trackio.UsageError)
