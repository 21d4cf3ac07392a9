"""A package's dashboard and server on loopback, started as its users start it, and what it costs the machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import peers
import psutil
from harness import environment

TOKEN = "bench-bench-bench-bench"
PROJECT = "bench"
START_SECONDS = 120.0
POLL_SECONDS = 0.02


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Server:
    """One server of a peer; it may be killed and started again at the same port."""

    peer: str
    home: Path
    command: str
    """``show``, or ``serve`` where the peer has a command for servers; 0.43's `show` is both."""
    log: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def page(self) -> str:
        """The address of the project's charts."""
        return f"{self.url}/" + (f"{PROJECT}/index.html" if self.peer == peers.OURS else f"?project={PROJECT}")

    def start(self) -> float:
        """Seconds from the command to the first answer of its first page."""
        variables = {"TRACKIO_DIR": str(self.home), "TRACKIO_WRITE_TOKEN": TOKEN, "BROWSER": "true"}
        command = [str(peers.python(self.peer).with_name("trackio"))]
        if self.peer == peers.OURS:
            command += [self.command, "--port", str(self.port)]
            command += ["--project", PROJECT, "--no-open"] if self.command == "show" else []
        else:
            command += ["show", "--project", PROJECT]
            variables |= {"GRADIO_SERVER_PORT": str(self.port), "GRADIO_NUM_PORTS": "1"}
        began = time.perf_counter()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.home, env=environment() | variables, stdout=log, stderr=subprocess.STDOUT
            )
        while time.perf_counter() - began < START_SECONDS:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.peer}: the server ended with {self.process.returncode}")
            with suppress(OSError), urllib.request.urlopen(self.url, timeout=START_SECONDS):
                return time.perf_counter() - began
            time.sleep(POLL_SECONDS)
        raise RuntimeError(f"{self.peer}: the server did not answer")

    def kill(self) -> None:
        """SIGKILL, its children too."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self.process is not None:
            self.process.wait(timeout=30)

    def cpu_seconds(self) -> float:
        """Processor time so far of all its processes."""
        times = [process.cpu_times() for process in self._processes()]
        return float(sum(one.user + one.system for one in times))

    def peak_mb(self) -> float:
        """The most memory that its processes held, each at its own time."""
        return sum(_peak_kb(process.pid) for process in self._processes()) * 1024 / 1e6

    def arrived(self) -> int:
        """How many rows it answers that it has; none while it knows no run or is down."""
        ours, theirs = "SELECT coalesce(sum(row_count), 0) FROM runs", "SELECT count(*) FROM metrics"
        try:
            [found] = self._asked(ours, theirs)
        except OSError:
            return 0
        return found

    def stored(self) -> tuple[int, int]:
        """How many rows it has, and how many different ones."""
        ours = "SELECT count(*), count(DISTINCT run_id || ':' || step) FROM logs WHERE metric = 'metric/0'"
        theirs = "SELECT count(*), count(DISTINCT run_id || ':' || step) FROM metrics"
        rows, different = self._asked(ours, theirs)
        return rows, different

    def _asked(self, ours: str, theirs: str) -> list[int]:
        """The one row that SQL gives, asked over HTTP, which both sides allow."""
        if self.peer == peers.OURS:
            request = urllib.request.Request(
                f"{self.url}/api/read/query?{urlencode({'project': PROJECT, 'sql': ours})}"
            )
        else:
            body = json.dumps({"project": PROJECT, "query": theirs}).encode()
            kind = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{self.url}/api/query_project", body, kind)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.load(answer)
        [row] = found.get("data", found)["rows"]
        return [int(value) for value in (row.values() if isinstance(row, dict) else row)]

    def _processes(self) -> list[psutil.Process]:
        if self.process is None or self.process.poll() is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.process.pid)
            return [own, *own.children(recursive=True)]
        return []


@contextmanager
def server(peer: str, home: Path, folder: Path, command: str = "show") -> Iterator[Server]:
    """A server of the peer that is not started yet, killed at the end; what it says goes into the folder."""
    home.mkdir(exist_ok=True)
    found = Server(peer, home, command, folder / "server.log")
    try:
        yield found
    except Exception:
        print(found.log.read_text("utf-8", "replace")[-2000:], file=sys.stderr)
        raise
    finally:
        found.kill()


def _peak_kb(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    return 0
