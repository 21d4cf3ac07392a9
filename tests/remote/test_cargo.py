"""Files go before what names them, those inside others too, however often that fails in between."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

from tests.remote.answering import Answering, Asked
from trackio.errors import ServerBusy
from trackio.remote import cargo as cargos
from trackio.remote.cargo import Cargo
from trackio.remote.link import Link
from trackio.remote.place import at
from trackio.store.blobs import Blobs
from trackio.store.home import Home


class Taking:
    """Takes files in as the protocol says; is busy whenever ``busy`` fits a request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.done: set[str] = set()
        self.busy = "no request at all"

    def __call__(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if re.search(self.busy, f"{asked.method} {asked.path}"):
            return 503, {}, b""
        if asked.method == "POST":
            names = json.loads(asked.body)["names"]
            return 200, {}, json.dumps({"missing": [name for name in names if name not in self.done]}).encode()
        found = re.fullmatch(r"/api/files/(\S+)\?project=p&offset=(\d+)&size=(\d+)", asked.path)
        assert found is not None
        name, offset, total = found[1], int(found[2]), int(found[3])
        have = self.files.get(name, b"")
        if offset != len(have):
            return 409, {}, json.dumps({"size": len(have)}).encode()
        self.files[name] = have + asked.body
        is_done = len(self.files[name]) == total
        self.done |= {name} if is_done else set()
        return 200, {}, json.dumps({"size": len(self.files[name]), "done": is_done}).encode()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Home(tmp_path).create("p").directory


def manifest(blobs: Blobs) -> tuple[str, list[str]]:
    """A list of files, one of which lists others."""
    inner = [blobs.put(f"picture {number}".encode(), ".png").name for number in range(3)]
    table = blobs.put(json.dumps([{"file": name} for name in inner[:2]]).encode(), ".table.json").name
    listed = blobs.put(json.dumps({"a": {"file": table}, "b": {"file": inner[2]}}).encode(), ".manifest.json").name
    return listed, [listed, table, *inner]


def test_all_that_a_list_leads_to_is_sent_whenever_the_server_fails(project: Path) -> None:
    listed, names = manifest(Blobs(project))
    taking = Taking()
    with Answering(taking) as server:
        cargo = Cargo("p", project, Link(at(server.url)), lambda: None)
        for name in names:
            for busy in (rf"PUT .*{name}", rf"PUT (?!.*{name})", "POST"):
                taking.busy = busy
                with suppress(ServerBusy):
                    cargo.bring([listed])
        taking.busy = "no request at all"
        cargo.bring([listed])
        assert taking.done == set(names)
        count = len(server.asked)
        cargo.bring([listed])
        assert len(server.asked) == count


def test_a_large_file_goes_on_where_it_was_left(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cargos, "CHUNK_BYTES", 1000)
    data = bytes(range(256)) * 20
    name = Blobs(project).put(data).name
    taking, beats = Taking(), []
    with Answering(taking) as server:
        taking.busy = "offset=3000"
        with pytest.raises(ServerBusy):
            Cargo("p", project, Link(at(server.url)), lambda: beats.append(1)).bring([name])
        taking.busy = "no request at all"
        Cargo("p", project, Link(at(server.url)), lambda: beats.append(1)).bring([name])
        assert sum(asked.path.endswith("offset=1000&size=5120") for asked in server.asked) == 1
    assert taking.files[name] == data
    assert len(beats) >= 6


def test_an_empty_file_and_many_names_are_sent(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cargos, "NAMES_AT_ONCE", 3)
    blobs = Blobs(project)
    names = [blobs.put(b"x" * number).name for number in range(8)]
    taking = Taking()
    with Answering(taking) as server:
        Cargo("p", project, Link(at(server.url)), lambda: None).bring(names)
        assert sum(asked.method == "POST" for asked in server.asked) == 3
    assert taking.done == set(names)


def test_a_file_that_is_never_taken_is_told_and_holds_up_nothing(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = Blobs(project).put(b"x").name
    with Answering(lambda asked: (400, {}, b'{"error": "No."}') if asked.method == "PUT" else lacking(name)) as server:
        cargo = Cargo("p", project, Link(at(server.url)), lambda: None)
        cargo.bring([name])
        cargo.bring([name])
        assert [asked.method for asked in server.asked] == ["POST", "PUT", "PUT", "PUT"]
    assert caplog.text.count("is not taken: No; it is not sent, and all else is.") == 1


def lacking(name: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps({"missing": [name]}).encode()
