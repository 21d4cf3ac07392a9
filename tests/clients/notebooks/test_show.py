"""Runs and the dashboard in a notebook, executed by a real kernel."""

from __future__ import annotations

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import trackio

if TYPE_CHECKING:
    from nbformat import NotebookNode

RECORD = """
import trackio
run = trackio.init(project="notes", name="first")
run.log({"loss": 0.5})
run
"""


class Notebook:
    """A notebook whose cells are added and executed one after another."""

    def __init__(self, client: NotebookClient) -> None:
        self._client = client

    def cell(self, code: str) -> NotebookNode:
        """Execute code as the next cell; the cell with its outputs."""
        cells = self._client.nb.cells
        cells.append(new_code_cell(code))
        return self._client.execute_cell(cells[-1], len(cells) - 1)


@contextmanager
def opened(folder: Path) -> Iterator[Notebook]:
    """A notebook with its kernel, which is shut down at the end."""
    client = NotebookClient(
        new_notebook(), timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    with client.setup_kernel():
        yield Notebook(client)


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    with opened(tmp_path) as found:
        yield found


def test_the_dashboard_stands_below_its_cell_and_the_next_cell_goes_on(notebook: Notebook) -> None:
    notebook.cell(RECORD)
    shown = notebook.cell("trackio.show(project='notes')")
    with urllib.request.urlopen(framed(shown), timeout=30) as answer:
        page = answer.read().decode()
    assert "first" in page
    assert answer.url.endswith("/notes/index.html")
    assert notebook.cell("1 + 1").outputs[0].data["text/plain"] == "2"


def test_a_frame_opens_with_a_token_of_its_own_where_one_is_asked_for(notebook: Notebook) -> None:
    notebook.cell(RECORD)
    shown = notebook.cell("trackio.show(project='notes', read_token='for-friends-alone')")
    assert "for-friends-alone" not in json.dumps(shown.outputs)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(framed(shown), timeout=30) as answer:
        assert answer.url.endswith("/notes/index.html")
    with pytest.raises(urllib.error.HTTPError, match="401"), urllib.request.urlopen(answer.url, timeout=30):
        pass


def framed(shown: NotebookNode) -> str:
    """The address of the frame below a cell."""
    outputs = json.dumps(shown.outputs).replace('\\"', '"').replace("\\n", " ")
    [found] = re.findall(r'<iframe[^>]* src="([^"]+)"', outputs)
    return html.unescape(found)


def test_no_output_of_a_notebook_holds_the_write_token(notebook: Notebook) -> None:
    notebook.cell(RECORD)
    shown = notebook.cell("shown = trackio.show(project='notes')\nshown")
    token = notebook.cell("print(shown.full_url.partition('write_token=')[2])").outputs[0].text.strip()
    assert len(token) > 20
    assert token not in json.dumps(shown.outputs)


def test_a_run_ends_with_its_kernel(tmp_path: Path) -> None:
    with opened(tmp_path) as notebook:
        notebook.cell(RECORD)
        [run] = trackio.Api().project("notes").runs()
        assert run.status == "running"
    [run] = trackio.Api().project("notes").runs()
    assert (run.name, run.status) == ("first", "finished")
