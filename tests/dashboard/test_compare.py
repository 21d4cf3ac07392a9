"""Runs side by side, over HTTP."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from tests.dashboard.recorded import record
from tests.server.running import Client


def rows(dashboard: Client, *runs: str) -> list[tuple[bool, list[str]]]:
    """Whether each row is marked as differing, and its cells."""
    body = dashboard.ask("GET", "/p/compare.html?" + "&".join(f"run={run}" for run in runs)).body.decode()
    found = re.findall(r'<tr( class="is-differing")?>\s*<th scope="row"[^>]*>(.*?)</tr>', body, re.DOTALL)
    cells = (re.findall(r"<bdi>(.*?)</bdi>", f"{text}", re.DOTALL) for _, text in found)
    return [(bool(mark), [unescape(cell) for cell in own]) for (mark, _), own in zip(found, cells, strict=True)]


def test_what_differs_comes_first_and_is_marked(home: Path, dashboard: Client) -> None:
    record(name="a", metrics={"loss": [0.5]}, config={"seed": 1, "lr": 0.1, "optim": {"name": "adam"}})
    record(name="b", metrics={"loss": [0.25]}, config={"seed": 1, "lr": 0.2, "optim": {"name": "adam"}, "extra": True})
    assert rows(dashboard, "a", "b") == [
        (True, ["lr", "0.1", "0.2"]),
        (True, ["extra", "", "true"]),
        (False, ["seed", "1", "1"]),
        (False, ["optim/name", "adam", "adam"]),
        (True, ["loss", "0.5", "0.25"]),
    ]


def test_numbers_and_truth_values_that_look_alike_differ(home: Path, dashboard: Client) -> None:
    record(name="a", metrics={}, config={"x": 1, "y": "true", "z": 1.0})
    record(name="b", metrics={}, config={"x": "1", "y": True, "z": 1})
    assert [(mark, cells[0]) for mark, cells in rows(dashboard, "a", "b")] == [(True, "y"), (False, "x"), (False, "z")]


def test_secrets_stay_hidden_and_names_that_are_unknown_are_told(home: Path, dashboard: Client) -> None:
    record(name="a", config={"api_key": "hf_abcdefghijklmnopqrstuvwx"})
    answer = dashboard.ask("GET", "/p/compare.html?run=a&run=a&run=%3Cb%3Enobody")
    assert b"hf_abc" not in answer.body
    assert "There is no run '<b>nobody' here." in unescape(answer.body.decode())
    assert answer.body.count(b'scope="col"') == 1


def test_without_runs_it_offers_all_of_them(home: Path, dashboard: Client) -> None:
    run = record()
    body = dashboard.ask("GET", "/p/compare.html").body.decode()
    assert "Choose runs" in body
    assert f'name="run" value="{run}"' in body


def test_too_many_runs_are_cut_and_it_is_said(home: Path, dashboard: Client) -> None:
    for number in range(26):
        record(name=f"r{number}", metrics={"loss": [1.0]})
    body = dashboard.ask("GET", "/p/compare.html?" + "&".join(f"run=r{number}" for number in range(26))).body.decode()
    assert "26 runs were chosen; the first 24 are shown." in body
    assert body.count('scope="col"') == 24
