"""Publishing before somebody who watches: bars and questions stay on the terminal, and the answer goes to the pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hub.emulator import Hub as SmallHub

ROOT = Path(__file__).parents[2]
NARROW = struct.pack("HHHH", 24, 50, 0, 0)
"""The rows and columns of a terminal in which no address has room."""
PATIENCE_SECONDS = 60


class Terminal:
    """A real one, that keeps what it was told to show."""

    def __init__(self, ours: int) -> None:
        self._ours = ours
        self._said = ""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: text in self._said, PATIENCE_SECONDS), self._said

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def whole(self) -> str:
        """All of it, once nobody writes there any more."""
        self._reader.join(PATIENCE_SECONDS)
        return self._said

    def _read(self) -> None:
        while True:
            try:
                found = os.read(self._ours, 4096)
            except OSError:
                # The last who had the other side open is gone.
                return
            with self._news:
                self._said += found.decode()
                self._news.notify_all()


@contextmanager
def running(*words: str) -> Iterator[tuple[Terminal, subprocess.Popen[str]]]:
    """The command, with the terminal as its standard input and error, and a pipe for its output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, NARROW)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_XET": "1", "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    command = [sys.executable, "-m", "trackio", *words]
    try:
        with subprocess.Popen(
            command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment
        ) as process:
            os.close(theirs)
            yield Terminal(ours), process
    finally:
        os.close(ours)


def test_the_answer_goes_to_the_pipe_unbroken_and_not_to_the_terminal(hub: SmallHub, recorded: str) -> None:
    name = "ada/a-rather-long-name-of-a-space-for-our-paper-on-training-runs"
    with running("report", "--space-id", name, "--yes", "--snapshot", "auto") as (terminal, process):
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        shown = terminal.whole()
    pages = f"http://{name.replace('/', '-')}.static.hf.space:{hub.port}/"
    page, index, iframe = said.splitlines()
    assert (page, index) == (f"{hub.endpoint}/spaces/{name}", f"{pages}index.html")
    assert iframe.startswith(f'<iframe src="{index}" ')
    assert "pages" in shown
    assert "<iframe" not in shown
    # What is a message is a line of its own, however wide the terminal is.
    assert re.search(rf"(?m)^{re.escape(pages)}v1/index\.html: snapshot v1 .*\.\r$", shown)


def test_the_question_is_whole_and_nothing_moves_below_it(hub: SmallHub, recorded: str) -> None:
    # The second time there is no page to make.
    for answer, code in (("n", 1), ("y", 0)):
        with running("report", "--space-id", "ada/charts") as (terminal, process):
            terminal.wait_for("Go on? [y/N] ")
            terminal.type(f"{answer}\n")
            process.communicate(timeout=PATIENCE_SECONDS)
            shown = terminal.whole()
        assert process.returncode == code
        question = "This makes the report of p public at https://ada-charts.static.hf.space/index.html. Go on? [y/N] "
        assert f"{question}{answer}\r\n" in shown


def test_a_bar_leaves_the_words_of_a_plain_build_in_the_pipe(recorded: str, tmp_path: Path) -> None:
    with running("report", "--output", str(tmp_path / "site")) as (terminal, process):
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        shown = terminal.whole()
    assert said == f"{tmp_path / 'site' / 'index.html'}: 1 project, 1 run, 1 chart; {said.split('; ')[1]}"
    assert "pages" in shown
