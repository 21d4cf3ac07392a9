"""A preview on this machine: the report behind a small server that rebuilds it when the data changes.

The pages on disk stay as they are published; the script that makes a browser reload is put in while serving.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trackio import settings
from trackio.errors import ReportError, TrackioError
from trackio.report.build import Options, build
from trackio.store.home import Home

HOST, FIRST_PORT, PORTS = "127.0.0.1", 7867, 100
LOOK_SECONDS = 1.0
"""Between two looks for new data."""
POLL_SECONDS = 20.0
"""How long a browser's question for news is kept open."""

NEWS = "/-/news"
RELOAD = (
    b"<script>(function ask(seen){fetch('" + NEWS.encode() + b"?'+seen).then(function(r){return r.text()})"
    b".then(function(n){if(seen!==''&&n!==seen)location.reload();else ask(n)})"
    b".catch(function(){setTimeout(ask,2000,seen)})})('')</script>"
)


class News:
    """A number that grows with each build, and a wait for it."""

    def __init__(self) -> None:
        self.number = 0
        self.notice = b""
        """HTML that stands over every page: why the newest build was not made."""
        self._changed = threading.Condition()

    def publish(self) -> None:
        """There is a new build."""
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def wait(self, seen: str, seconds: float) -> int:
        """The number, as soon as it differs from the one seen."""
        with self._changed:
            self._changed.wait_for(lambda: str(self.number) != seen, seconds)
            return self.number


class Preview:
    """A report that follows its data: the server, and what it serves."""

    def __init__(self, options: Options, *, port: int = FIRST_PORT, say: Callable[[str], None]) -> None:
        self.options, self.news, self._say = options, News(), say
        self._seen = self._revision()
        self._start()
        self.server = _bound(partial(Handler, directory=str(options.output), news=self.news), port)
        self.port: int = self.server.server_address[1]
        if port and self.port != port:
            say(f"Port {port} is taken; using {self.port}.")

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.port}/"

    def look(self) -> bool:
        """Rebuild if the data changed since the last look. What fails is said and tried again at the next look."""
        try:
            found = self._revision()
            if found == self._seen:
                return False
            report = build(self.options)
        except (TrackioError, OSError) as error:
            self._tell(error)
            return False
        self._seen = found
        if report.written or report.removed:
            self.news.publish()
        return True

    def follow(self, stop: threading.Event) -> None:
        """Look again and again until it is time to stop."""
        while not stop.wait(LOOK_SECONDS):
            self.look()

    def _start(self) -> None:
        build(self.options)

    def _tell(self, error: TrackioError | OSError) -> None:
        # One by one: what is said is made plain, and an end of a line would be too.
        for line in lines(error):
            self._say(line)

    def close(self) -> None:
        """Free the port."""
        self.server.shutdown()
        self.server.server_close()

    def _revision(self) -> tuple[tuple[str, str], ...]:
        home = Home(self.options.home or settings.home())
        found = []
        for name in home.projects():
            project = home.project(name)
            project.catch_up()
            found.append((name, project.revision()))
        return tuple(found)


def lines(error: TrackioError | OSError) -> tuple[str, ...]:
    """What an error says, line by line."""
    return error.told() if isinstance(error, TrackioError) else (str(error),)


def serve(options: Options, *, port: int = FIRST_PORT, say: Callable[[str], None], is_opened: bool = False) -> int:
    """Serve until interrupted."""
    return serve_preview(Preview(options, port=port, say=say), say=say, is_opened=is_opened)


def serve_preview(preview: Preview, *, say: Callable[[str], None], is_opened: bool = False) -> int:
    """Serve a preview until interrupted."""
    threading.Thread(target=preview.server.serve_forever, name="trackio-preview", daemon=True).start()
    say(f"{preview.url} shows {preview.options.output} and follows the data. Ctrl-C ends it.")
    if is_opened:
        import webbrowser

        webbrowser.open(preview.url)
    stop = threading.Event()
    try:
        preview.follow(stop)
    except KeyboardInterrupt:
        pass
    finally:
        preview.close()
    return 0


class Handler(SimpleHTTPRequestHandler):
    """Files of the report, nothing cached, and news of builds."""

    def __init__(self, *args: Any, news: News, **kwargs: Any) -> None:
        self._news = news
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        """Serve a file, or the number of the newest build."""
        if not self._is_asked_here():
            self.send_error(HTTPStatus.FORBIDDEN, "Ask for 127.0.0.1")
        elif urlsplit(self.path).path == NEWS:
            self._send(str(self._news.wait(urlsplit(self.path).query, POLL_SECONDS)).encode(), "text/plain")
        elif "\0" in self.translate_path(self.path):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif (page := self._page()) is not None:
            page = page.replace(b"</body>", self._news.notice + RELOAD + b"</body>")
            self._send(page, "text/html; charset=utf-8")
        elif self._news.notice and urlsplit(self.path).path.endswith(("/", ".html")):
            # There has been no build yet in which this page was.
            page = b"<!doctype html><html lang=en><title>trackio</title><body>" + self._news.notice + RELOAD
            self._send(page, "text/html; charset=utf-8")
        else:
            super().do_GET()

    def end_headers(self) -> None:
        """The browser asks anew each time."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
        """Say nothing: the terminal is for what the report does."""

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - overridden
        """Folders show nothing but their index."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def _is_asked_here(self) -> bool:
        # A page elsewhere whose name is made to lead here would otherwise read the report.
        name = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        return name in (HOST, "localhost")

    def _page(self) -> bytes | None:
        path = Path(self.translate_path(self.path))
        if path.is_dir() and urlsplit(self.path).path.endswith("/"):
            path /= "index.html"
        if path.suffix != ".html":
            return None
        try:
            return path.read_bytes()
        except OSError:
            return None

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows this would let two previews share a port; elsewhere it frees the port of one that just ended.
    allow_reuse_address = os.name != "nt"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle is no news."""


def _bound(handler: Callable[..., Handler], port: int) -> ThreadingHTTPServer:
    last = port + PORTS if port else 0
    for candidate in range(port, last + 1):
        try:
            return _Server((HOST, candidate), handler)
        except OSError:
            continue
    raise ReportError(f"None of the ports {port} to {last} is free. Name another with --port.")
