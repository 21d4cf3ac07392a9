"""A journal on its way, at the moments at which its writer does something too."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.remote.answering import Answering, Asked
from tests.store.journals import Written
from trackio.remote import shipment as shipments
from trackio.remote.link import Link
from trackio.remote.obstacles import concerns_content
from trackio.remote.place import at
from trackio.remote.shipment import Shipment
from trackio.remote.stretches import Stretch, following
from trackio.store import outbox
from trackio.store.home import Home
from trackio.store.outbox import Mark
from trackio.store.project import ProjectStore


class Keeping:
    """Takes journals in as the protocol says."""

    def __init__(self) -> None:
        self.data = bytearray()

    def __call__(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(asked.path)
        query = parse_qs(parts.query)
        if asked.method == "POST":
            if int(query["offset"][0]) != len(self.data):
                return 409, {}, self._size()
            self.data += gzip.decompress(asked.body) if asked.body else b""
        return 200, {}, self._size()

    def _size(self) -> bytes:
        return json.dumps({"size": len(self.data)}).encode()


@pytest.fixture
def project(tmp_path: Path) -> ProjectStore:
    return Home(tmp_path).create("demo")


@pytest.fixture
def kept() -> Keeping:
    return Keeping()


@pytest.fixture
def link(kept: Keeping) -> Iterator[Link]:
    with Answering(kept) as server:
        yield Link(at(server.url))


def marked(project: ProjectStore, written: Written) -> Mark:
    mark = Mark(outbox.place(project.directory, written.path.name), "u", project.name, "r")
    mark.write()
    return mark


def test_what_is_written_just_when_all_was_sent_is_sent(
    project: ProjectStore, kept: Keeping, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(project).rows([0, 1])
    mark = marked(project, written)

    def then_it_ends(file: BinaryIO, *args: Any, **options: Any) -> Stretch | None:
        found = following(file, *args, **options)
        if found is None and kept.data and not written.path.read_bytes().endswith(b"}"):
            written.rows([2]).finish()
        return found

    monkeypatch.setattr(shipments, "following", then_it_ends)
    shipment = Shipment(mark, link, is_ours=True)
    while shipment.has_news:
        shipment.advance()
    assert bytes(kept.data) == written.path.read_bytes()
    assert shipment.is_done
    assert not mark.path.exists()


def test_a_server_that_has_all_of_it_already_is_sent_nothing(project: ProjectStore, kept: Keeping, link: Link) -> None:
    written = Written(project).rows([0, 1]).finish()
    mark = marked(project, written)
    kept.data += written.path.read_bytes()
    shipment = Shipment(mark, link, is_ours=False)
    assert not shipment.advance()
    assert shipment.is_done
    assert not mark.path.exists()


def test_a_journal_that_is_about_to_be_made_keeps_its_mark(project: ProjectStore, link: Link) -> None:
    written = Written(project)
    mark = marked(project, written)
    written.path.unlink()
    for is_ours in (True, False):
        shipment = Shipment(mark, link, is_ours=is_ours)
        assert not shipment.has_news
        assert not shipment.advance()
        assert mark.path.exists()


def test_a_journal_that_was_deleted_is_let_go_of(project: ProjectStore, link: Link) -> None:
    written = Written(project)
    mark = marked(project, written)
    written.path.unlink()
    os.utime(mark.path, (0, time.time() - 100))
    shipment = Shipment(mark, link, is_ours=False)
    assert shipment.has_news
    shipment.advance()
    assert shipment.is_done
    assert not mark.path.exists()


def test_a_run_that_is_deleted_while_it_goes_on_is_let_go_of(project: ProjectStore, kept: Keeping, link: Link) -> None:
    written = Written(project).rows([0])
    shipment = Shipment(marked(project, written), link, is_ours=True)
    while shipment.has_news:
        shipment.advance()
    assert kept.data
    written.path.unlink()
    assert shipment.has_news
    shipment.advance()
    assert shipment.is_done


def test_a_journal_that_cannot_be_read_is_no_fault_of_the_server(project: ProjectStore, link: Link) -> None:
    written = Written(project)
    mark = marked(project, written)
    written.path.unlink()
    written.path.mkdir()
    with pytest.raises(shipments.Unreadable, match="directory") as caught:
        Shipment(mark, link, is_ours=True).advance()
    assert concerns_content(caught.value)


def test_a_journal_that_is_refused_is_told_and_not_waited_for(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    mark = marked(project, Written(project).rows([0]))
    with Answering(lambda _asked: (400, {}, b'{"error": "No."}')) as server:
        shipment = Shipment(mark, Link(at(server.url)), is_ours=True)
        for _ in range(5):
            with pytest.raises(shipments.Refused) as caught:
                shipment.advance()
            shipment.refused(caught.value)
    assert shipment.is_stuck
    assert caplog.text.count("cannot be sent to") == 1
    assert mark.path.exists()


def test_a_server_that_takes_nothing_is_given_up(project: ProjectStore) -> None:
    mark = marked(project, Written(project).rows([0]))
    with Answering(lambda _asked: (409, {}, b'{"size": 0}')) as server:
        shipment = Shipment(mark, Link(at(server.url)), is_ours=True)
        with pytest.raises(shipments.TransportError, match="takes nothing"):
            deque(iter(shipment.advance, False), maxlen=0)
        assert len(server.asked) < 30
