"""``/docs`` tells of every route, and asks nothing of other sites."""

from __future__ import annotations

import re
from pathlib import Path

from tests.server.running import TOKEN, in_thread
from trackio.server.options import ServerOptions


def test_the_page_tells_of_every_route_without_another_site(home: Path) -> None:
    with in_thread(ServerOptions(home, TOKEN)) as client:
        answer = client.without_token().ask("GET", "/docs")
        page = answer.body.decode()
        described = client.ask("GET", "/openapi.json").json()["paths"]
        assert answer.status == 200
        assert "<script" not in page
        assert re.findall(r"https?://", page) == []
        for path, methods in described.items():
            for method in methods:
                assert f"<code>{method.upper()} {path}</code>" in page
        assert client.ask("GET", "/redoc").status == 404
