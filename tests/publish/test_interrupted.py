"""Whatever cuts a publication short: a Space has the old report or the new one, and the next try goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

import trackio
from tests.hub.emulator import TOKEN
from tests.hub.emulator import Hub as SmallHub
from trackio.errors import PublishError
from trackio.publish.hub import Hub
from trackio.publish.static import Publication, publish
from trackio.report.build import Options
from trackio.report.gather import Selection

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library
SPACE = "ada/charts"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks again at once, not after seconds."""
    clock = SimpleNamespace(**{**vars(time), "sleep": lambda _seconds: None})
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)


def send(home: Path) -> None:
    what = Publication(Options(Path(), home, Selection(("p",)), workers=1), SPACE)
    publish(what, Hub(lambda _seconds: None), wait=lambda _seconds: None)


def tried(home: Path) -> str | None:
    """What is said of a publication that failed; None when it did not."""
    try:
        send(home)
    except PublishError as error:
        return str(error)
    return None


def begin(hub: SmallHub, home: Path, *, is_published: bool) -> Callable[[], None]:
    """Bring the Hub to where publishing begins; what brings it back there, again and again."""
    if is_published:
        send(home)
        with trackio.init(project="p", name="second", auto_log_cpu=False, auto_log_gpu=False) as run:
            run.log({"loss": 0.5})
        branch = hub.space(SPACE).branches["main"]
        files, commits, blobs = dict(branch.files), list(branch.commits), dict(hub.blobs)

    def back() -> None:
        hub.mend()
        hub.requests.clear()
        if is_published:
            branch.files, branch.commits, hub.blobs = dict(files), list(commits), dict(blobs)
        else:
            hub.repos.clear()
            hub.blobs.clear()

    return back


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("is_published", [False, True])
def test_cut_at_every_request_a_space_is_the_old_one_or_the_new_one(
    hub: SmallHub, recorded: str, home: Path, is_published: bool, is_after: bool
) -> None:
    back = begin(hub, home, is_published=is_published)
    back()
    old = dict(hub.space(SPACE).files) if is_published else None
    send(home)
    new = dict(hub.space(SPACE).files)
    for number in count(1):
        back()
        hub.cut(number, is_after=is_after)
        fault = tried(home)
        if fault is None:
            # It took fewer requests than that, which may differ by one or two.
            assert len(hub.requests) < number
            break
        assert re.search("Nothing recorded is lost|trackio", fault)
        hub.mend()
        files = hub.repos[("spaces", SPACE)].files if ("spaces", SPACE) in hub.repos else None
        is_placeholder = not is_published and files is not None and "manifest.json" not in files
        assert is_placeholder or files in (old, new), number
        send(home)
        assert hub.space(SPACE).files == new, number
    assert number > 6


@pytest.mark.parametrize("is_after", [False, True])
def test_a_connection_that_is_cut_once_costs_nothing(hub: SmallHub, recorded: str, home: Path, is_after: bool) -> None:
    back = begin(hub, home, is_published=True)
    back()
    send(home)
    new, count = dict(hub.space(SPACE).files), len(hub.requests)
    for number in range(1, count + 1):
        back()
        hub.cut(number, is_after=is_after, is_once=True)
        send(home)
        assert (hub.space(SPACE).files, len(hub.space(SPACE).commits)) == (new, 2), number


@pytest.mark.parametrize("path", ["/tree/", "/preupload/", "/upload/", "/commit/main"])
def test_a_process_that_is_killed_leaves_the_old_report(hub: SmallHub, recorded: str, home: Path, path: str) -> None:
    back = begin(hub, home, is_published=True)
    back()
    old = dict(hub.space(SPACE).files)
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-m", "trackio", "sync", "--space-id", SPACE, "--yes"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        hub.before[path] = lambda: child.send_signal(signal.SIGKILL)
        assert child.wait(60) == -signal.SIGKILL
    assert "manifest.json" in hub.space(SPACE).files
    is_new = path == "/commit/main"
    # The commit had arrived whole: that nobody waits for the answer does not undo it.
    assert (hub.space(SPACE).files != old) is is_new
    send(home)
    assert b"second" in hub.space(SPACE).files["p/index.html"]
