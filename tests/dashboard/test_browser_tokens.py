"""Tokens in a browser: the form that asks for one, and frames of other sites."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.browsing import Page, recorded
from tests.server.running import TOKEN, Client
from tests.server.shared import Shared
from trackio.dashboard.app import create
from trackio.server.options import ServerOptions

READ, PASS = "read-me", "pass-me"


@pytest.fixture
def closed(home: Path, shared: Shared) -> Iterator[Client]:
    """The dashboard for those with a token."""
    options = ServerOptions(home, TOKEN, READ, pass_token=PASS)
    with shared.serving(create(options), options) as found:
        yield found


def at(closed: Client, path: str) -> str:
    return f"http://127.0.0.1:{closed.port}/{path}"


def enter(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Open").click()


def test_the_form_leads_to_what_the_address_asked_for(page: Page, closed: Client) -> None:
    recorded("a")
    page.goto(at(closed, "p/charts/loss.html?smoothing=20&xmin=1&run=a%26b&run=%22%3E"))
    enter(page, READ)
    page.wait_for_url(at(closed, "p/charts/loss.html?*"))
    page.wait_for_function("() => window.trackio?.state().smoothing === 20")
    assert page.evaluate("trackio.state().run_names") == ["a&b", '">']
    page.goto(at(closed, "?project=p"))
    page.wait_for_url(at(closed, "p/index.html"))


def test_a_wrong_token_stays_in_no_address_and_the_next_one_is_asked_for(page: Page, closed: Client) -> None:
    recorded("a")
    page.goto(at(closed, "p/index.html?smoothing=3&write_token=bad"))
    for _ in range(2):
        page.get_by_role("heading", name="This token is wrong").wait_for()
        page.wait_for_url(at(closed, "p/index.html?smoothing=3"))
        page.evaluate("trackio.ready")
        assert page.locator(".tk-note").count() == 0
        enter(page, "bad again")
    enter(page, READ)
    page.get_by_role("heading", name="p", exact=True).wait_for()
    assert page.url == at(closed, "p/index.html?smoothing=3")


@pytest.fixture
def notebook() -> Iterator[str]:
    """The address of a page of another site, as notebooks have it: ``localhost`` is another one than its address."""

    class Frames(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            source = self.path[2:].replace("&", "&amp;")
            self.wfile.write(f'<iframe name="dashboard" width="900" height="600" src="{source}"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Frames) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/?"
        server.shutdown()


@pytest.mark.parametrize("token", [PASS, None], ids=["in the address", "in the form"])
def test_a_frame_of_another_site_keeps_its_token(page: Page, closed: Client, notebook: str, token: str | None) -> None:
    recorded("a")
    page.goto(notebook + at(closed, "?project=p" + (f"&read_token={token}" if token else "")))
    frame = page.frame_locator("iframe")
    if token is None:
        frame.get_by_label("Token").fill(READ)
        frame.get_by_role("button", name="Open").click()
    frame.get_by_role("heading", name="p", exact=True).wait_for()
    frame.locator(".tk-runs").get_by_role("link", name="a").click()
    frame.get_by_role("heading", name="a", exact=True).wait_for()
    kept = page.context.cookies()
    assert [one["sameSite"] for one in kept] == ["None"]
    assert PASS not in str(kept)
