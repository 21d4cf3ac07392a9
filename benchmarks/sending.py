"""The claim on logging to a server: how fast the rows of many clients arrive, and what a killed server costs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import peers
from harness import SCRIPTS, Claim, Measure, Measures, environment
from servers import TOKEN, Server, server

CLIENTS, ROWS = 32, 1_000
PAUSE_SECONDS = 0.005
"""Between the rows of a client whose server is killed meanwhile: they take five seconds, as a training would."""

LIMIT_SECONDS = 180.0
POLL_SECONDS = 0.1


def ingest(peer: str, folder: Path, is_quick: bool) -> Measures:
    count, rows = (4, 200) if is_quick else (CLIENTS, ROWS)
    whole = _sent(peer, folder / "whole", count, rows, is_killed=False)
    killed = _sent(peer, folder / "killed", count, rows, is_killed=True)
    return {**whole, **{f"killed_{name}": value for name, value in killed.items()}}


def _sent(peer: str, folder: Path, count: int, rows: int, *, is_killed: bool) -> Measures:
    """What came in from the moment when all begin, and what the server has when the last client has ended."""
    folder.mkdir()
    whole = count * rows
    with server(peer, folder / "home", folder, "serve") as receiver:
        receiver.start()
        with clients(receiver, folder, count, rows, PAUSE_SECONDS if is_killed else 0.0) as senders:
            began = time.perf_counter()
            _begin(senders)
            if is_killed:
                _arrived(receiver, whole // 4, senders)
                receiver.kill()
                receiver.start()
            seconds = _arrived(receiver, whole, senders) - began
            _end(senders)
        found, different = receiver.stored()
        missing = whole - different
        if missing:
            # Both say that what could not be sent is sent with the next run of the project.
            with clients(receiver, folder, count, 0, 0.0) as senders:
                _begin(senders)
                _end(senders)
            found, different = receiver.stored()
    return {
        "seconds": seconds,
        "rate": whole / seconds,
        "missing": missing,
        "lost": whole - different,
        "doubled": found - different,
    }


def _begin(senders: Sequence[subprocess.Popen[bytes]]) -> None:
    for sender in senders:
        assert sender.stdin is not None
        sender.stdin.write(b"begin\n")
        sender.stdin.flush()


def _end(senders: Sequence[subprocess.Popen[bytes]]) -> None:
    for sender in senders:
        sender.wait(timeout=LIMIT_SECONDS)


def _arrived(receiver: Server, count: int, senders: Sequence[subprocess.Popen[bytes]]) -> float:
    """Wait until the server has so many rows, or all clients have ended; when the last rows came in."""
    deadline, before, since = time.perf_counter() + LIMIT_SECONDS, -1, time.perf_counter()
    while time.perf_counter() < deadline:
        is_over = all(sender.poll() is not None for sender in senders)
        rows = receiver.arrived()
        if rows != before:
            before, since = rows, time.perf_counter()
        if rows >= count or is_over:
            break
        time.sleep(POLL_SECONDS)
    return since


@contextmanager
def clients(
    receiver: Server, folder: Path, count: int, rows: int, pause: float
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes, each with a home of its own as on a machine of its own, ready to begin."""
    # All scripts tell wandb to stay offline, which this project would take as said to it.
    variables = {"TRACKIO_SERVER_URL": f"{receiver.url}/?write_token={TOKEN}", "TRACKIO_MODE": "online"}
    with ExitStack() as stack:
        found = []
        for number in range(count):
            home = folder / f"client-{number}"
            home.mkdir(exist_ok=True)
            log = stack.enter_context((folder / f"client-{number}.log").open("ab"))
            command = [peers.python(receiver.peer), SCRIPTS / "client.py", peers.adapter(receiver.peer), home]
            process = subprocess.Popen(
                [*map(str, command), str(number), str(rows), str(pause)],
                env=environment() | variables,
                cwd=home,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
            stack.callback(process.kill)
            found.append(process)
        for process in found:
            assert process.stdout is not None
            while process.stdout.readline() not in {b"ready\n", b""}:
                pass
        yield found


BOTH = ("trackio 0.43", peers.OURS)

CLAIMS = (
    Claim(
        "ingest",
        "32 clients, one server",
        "32 processes with a home of their own, each with a run that has begun, log 1,000 rows of 5 floats to a server "
        "on loopback: until the server answers that it has all of them. Again at a row every 5 ms, with the server "
        "killed by SIGKILL once it has a quarter of the rows, and started again: seconds to the last row, of which "
        "five are the logging; rows that are missing when all clients have ended, and those still missing after each "
        "has begun another run, with which both send what is left.",
        (
            Measure("rate", "rows/s", "{:.0f}", has_ratio=False),
            Measure("lost", "lost", "{:.0f}", 0, has_ratio=False),
            Measure("doubled", "doubled", "{:.0f}", 0, has_ratio=False),
            Measure("killed_seconds", "server killed: s", "{:.1f}"),
            Measure("killed_missing", "missing at the end", "{:.0f}", 0, has_ratio=False),
            Measure("killed_lost", "lost", "{:.0f}", 0, has_ratio=False),
            Measure("killed_doubled", "doubled", "{:.0f}", 0, has_ratio=False),
        ),
        ingest,
        BOTH,
    ),
)
