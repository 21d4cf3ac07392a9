"""Where dashboards of a home listen, as links to its runs are made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trackio.addresses import DASHBOARD
from trackio.store import liveness
from trackio.store.listening import address, announce, dashboard

ADDRESSES = [
    (("http", "127.0.0.1", 7861), "http://127.0.0.1:7861"),
    (("http", "0.0.0.0", 80), "http://127.0.0.1:80"),
    (("https", "::", 443, "/trackio"), "https://[::1]:443/trackio"),
    (("http", "fd00::1", 7860), "http://[fd00::1]:7860"),
    (("http", "gpu-box", 7860, "/a"), "http://gpu-box:7860/a"),
]


@pytest.mark.parametrize(("listening", "url"), ADDRESSES, ids=[url for _, url in ADDRESSES])
def test_an_address_can_be_opened(listening: tuple[str, str, int], url: str) -> None:
    assert address(*listening) == url


def test_the_newest_that_lives_is_the_one_that_links_lead_to(tmp_path: Path) -> None:
    assert dashboard(tmp_path) == DASHBOARD
    first, second = announce(tmp_path, "http://h:1"), announce(tmp_path, "http://h:2")
    assert dashboard(tmp_path) == "http://h:2"
    second()
    second()
    assert dashboard(tmp_path) == "http://h:1"
    first()
    assert dashboard(tmp_path) == DASHBOARD
    assert not list((tmp_path / "listening").iterdir())


ANNOUNCE = "import sys, time; from pathlib import Path; from trackio.store.listening import announce\n"
ANNOUNCE += "announce(Path(sys.argv[1]), 'http://h:3'); print('on', flush=True); time.sleep(float(sys.argv[2]))"


def listening(home: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ANNOUNCE, str(home), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    process.stdout.close()
    return process


def test_one_that_was_killed_is_not_believed_and_cleared_away_by_the_next(tmp_path: Path) -> None:
    process = listening(tmp_path, 60)
    assert dashboard(tmp_path) == "http://h:3"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert dashboard(tmp_path) == DASHBOARD
    withdraw = announce(tmp_path, "http://h:4")
    assert len(list((tmp_path / "listening").iterdir())) == 1
    withdraw()


def test_the_end_of_a_process_takes_its_note_back(tmp_path: Path) -> None:
    listening(tmp_path, 0).wait(30)
    assert not list((tmp_path / "listening").iterdir())


OTHERS = {
    "another process has its number now": {"started": "1"},
    "on another machine": {"host": "elsewhere"},
    "before the machine was started anew": {"boot": "another"},
    "in another container": {"namespace": "another"},
    "with no number": {"pid": "one"},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_what_does_not_run_here_is_not_believed(tmp_path: Path, change: dict[str, str]) -> None:
    note = {"url": "http://h:5", "since_ns": 5, "process": {**liveness.identity(), **change}}
    path = tmp_path / "listening" / "a.json"
    path.parent.mkdir()
    path.write_text(json.dumps(note))
    assert dashboard(tmp_path) == DASHBOARD


@pytest.mark.parametrize("text", ["", "[]", "{", '{"url": 1}', '{"url": "javascript:x", "since_ns": 1, "process": {}}'])
def test_a_note_that_says_nothing_is_passed_over(tmp_path: Path, text: str) -> None:
    withdraw = announce(tmp_path, "http://h:6")
    (tmp_path / "listening" / "a.json").write_text(text)
    assert dashboard(tmp_path) == "http://h:6"
    withdraw()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_leaves_the_note_of_its_parent(tmp_path: Path) -> None:
    code = (
        ANNOUNCE.partition("print")[0] + "import os\nif os.fork(): os.wait(); print(*Path(sys.argv[1]).rglob('*.json'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ".json" in done.stdout


def test_a_home_that_cannot_be_written_to_is_served_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "listening").write_text("in the way")
    announce(tmp_path, "http://h:7")()
    assert dashboard(tmp_path) == DASHBOARD
