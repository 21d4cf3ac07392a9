"""Runs the server under uvicorn, with any number of workers that share one socket."""

from __future__ import annotations

import errno
import inspect
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from trackio import settings
from trackio.errors import MissingExtra, UsageError
from trackio.remote.tokens import made
from trackio.server import tokens
from trackio.store.listening import address, announce

FIRST_PORT, LAST_PORT, PORTS = 7860, 65535, 100
GRACE_SECONDS = 10
"""How long requests in progress have when the server is told to end."""
KEEP_ALIVE_SECONDS = 75
"""Senders come back every ten seconds, and need not greet anew each time."""

OPEN_FILES = 65536
"""Connections among them."""

UVICORN: dict[str, Any] = {
    "http": "trackio.server.connection:Connection",
    "ws": "none",
    "server_header": False,
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    "timeout_graceful_shutdown": GRACE_SECONDS,
}
"""What holds wherever the server runs under uvicorn."""

APPS = ("trackio.dashboard.asgi", "trackio.server.asgi")
"""With pages where there are any, else the API alone."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How the server runs; what it does is said by ``TRACKIO_*`` variables, and by these over them."""

    host: str = "127.0.0.1"
    port: int = FIRST_PORT
    """The first port that is tried; 0 for any that is free."""
    workers: int = 1
    write_token_file: Path | None = None
    read_token_file: Path | None = None
    is_open: bool = False
    """Whether anybody may look, even if the environment has a read token."""
    hosts: tuple[str, ...] = ()
    root_path: str | None = None
    requests_per_second: float | None = None
    proxies: str | None = None
    """The addresses of proxies that are trusted to tell who asked."""
    key_file: Path | None = None
    certificate_file: Path | None = None
    is_logged: bool = False
    """Whether each request is told."""


def serve(serving: Serving, say: Callable[[str], None]) -> None:
    """Serve until the process is told to end; raises UsageError for what cannot be, MissingExtra without uvicorn."""
    if find_spec("uvicorn") is None or find_spec("fastapi") is None:
        raise MissingExtra("fastapi and uvicorn", "server")
    # First: a place that cannot be had is told before a token is made.
    with bound(serving.host, serving.port) as listening, settings.handed(_variables(serving, say)):
        from trackio.server.options import from_environment

        # What is wrong with it is told here, not by each worker.
        options = from_environment()
        scheme = "https" if serving.certificate_file else "http"
        place, port = serving.host, listening.getsockname()[1]
        withdraw = announce(options.home, address(scheme, place, port, options.root_path))
        try:
            if serving.port and port != serving.port:
                say(f"Port {serving.port} is taken; using {port}.")
            shown = f"[{place}]" if ":" in place else place
            say(f"Serving {options.home} at {scheme}://{shown}:{port}{options.root_path}/ - Ctrl-C ends it.")
            if not _is_loopback(serving.host) and options.read_token is None:
                say("Anybody who can reach it can look at the runs; --read-token-file lets in those with a token.")
            _run(serving, listening)
        finally:
            withdraw()


def check_port(port: int) -> None:
    """Raise UsageError for a number that is no port; 0 stands for any that is free."""
    if not 0 <= port <= LAST_PORT:
        raise UsageError(f"There is no port {port}. Choose one from 1 to {LAST_PORT}, or 0 for any that is free.")


def bound(host: str, port: int) -> socket.socket:
    """A listening socket at the port, or the next one that is free; raises UsageError where none can be had."""
    check_port(port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = min(port + PORTS, LAST_PORT) if port else 0
    for candidate in range(port, last + 1):
        try:
            return socket.create_server((host, candidate), family=family, backlog=1024)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == last:
                reason = (error.strerror or str(error)).partition(" (while")[0]
                raise UsageError(
                    f"The server cannot listen at {host}, port {candidate}: {reason}. Choose with --host and --port."
                ) from None
    raise AssertionError("the last port that was tried had a fault, which was told")


def _variables(serving: Serving, say: Callable[[str], None]) -> dict[str, str | None]:
    """What the app is told, in this process and in others."""
    home = settings.home().absolute()
    found: dict[str, str | None] = {"TRACKIO_DIR": str(home)}
    said = settings.text("TRACKIO_WRITE_TOKEN")
    if serving.write_token_file is not None:
        found["TRACKIO_WRITE_TOKEN"] = tokens.of_file(serving.write_token_file)
    elif said is not None:
        found["TRACKIO_WRITE_TOKEN"] = tokens.checked(said, "TRACKIO_WRITE_TOKEN")
    else:
        found["TRACKIO_WRITE_TOKEN"] = _own_token(home, say)
    if serving.read_token_file is not None:
        found["TRACKIO_READ_TOKEN"] = tokens.of_file(serving.read_token_file)
    elif serving.is_open:
        found["TRACKIO_READ_TOKEN"] = None
    if serving.root_path is not None:
        found["TRACKIO_ROOT_PATH"] = serving.root_path
    if serving.requests_per_second is not None:
        found["TRACKIO_RATE_LIMIT"] = f"{serving.requests_per_second:g}"
    if serving.certificate_file is not None:
        found["TRACKIO_HTTPS"] = "1"
    names = [settings.text("TRACKIO_ALLOWED_HOSTS") or "", *serving.hosts]
    if not _is_loopback(serving.host):
        # What this machine is called by others.
        names.append(socket.gethostname())
    found["TRACKIO_ALLOWED_HOSTS"] = ",".join(filter(None, names)) or None
    return found


def _own_token(home: Path, say: Callable[[str], None]) -> str:
    """The token of the home, or one for this time where the home takes no files; says which."""
    place = home / tokens.TOKEN_FILE
    try:
        token, is_new = tokens.kept(home)
    except OSError as error:
        token = made()
        say(f"Write token: {token} (for this time; {place} cannot be written: {error.strerror or error})")
    else:
        where = f"Write token: {token} (shown once; it is kept in {place})"
        say(where if is_new else f"The write token is in {place}.")
    return token


def _allow_connections() -> None:
    """Let this process have enough open files: each browser and sender takes a few, and 1024 are soon gone."""
    if find_spec("resource") is None:
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if 0 <= soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            # A system whose own limit is below the one that it names.
            return


def _run(serving: Serving, listening: socket.socket) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    _allow_connections()
    config = uvicorn.Config(
        f"{__name__}:app",
        factory=True,
        workers=serving.workers,
        log_level="info" if serving.is_logged else "warning",
        proxy_headers=serving.proxies is not None,
        forwarded_allow_ips=serving.proxies,
        ssl_keyfile=serving.key_file,
        ssl_certfile=serving.certificate_file,
        **UVICORN,
    )
    if serving.workers > 1:
        # What the workers run was to be named until uvicorn 0.40.
        named: dict[str, Any] = {}
        if "target" in inspect.signature(Multiprocess).parameters:
            named["target"] = uvicorn.Server(config).run
        Multiprocess(config, sockets=[listening], **named).run()
    else:
        end_on_signal()
        uvicorn.Server(config).run(sockets=[listening])


def app() -> Any:
    """What each process answers with. A worker ends with the one that started it, even if that is killed."""
    from trackio.server.connection import Uncancelled

    logging.getLogger("uvicorn.error").addFilter(Uncancelled())
    parent = multiprocessing.parent_process()
    if parent is not None:
        # It would hold the port, and go on answering with what nobody can end or start anew.
        threading.Thread(target=_end_after, args=(parent,), name="trackio-parent", daemon=True).start()
    return import_module(next(name for name in APPS if _is_there(name))).app


def _end_after(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _is_there(module: str) -> bool:
    return find_spec(module) is not None


def end_on_signal() -> None:
    """Let SIGTERM end the process as it should end: when all is done uvicorn sends itself the signal that ended it."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
