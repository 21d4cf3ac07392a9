"""Snapshots in a Space stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import trackio
from tests.hub.emulator import Hub as SmallHub
from trackio.errors import PublishError
from trackio.publish.hub import Hub
from trackio.publish.static import Publication, Published, publish
from trackio.report.build import Options

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<")  # the client speaks so to its own HTTP library
SPACE = "ada/charts"
Send = Callable[..., Published]


@pytest.fixture
def send(home: Path, tmp_path: Path) -> Send:
    def sent(folder: str = "site", *, is_pruned: bool = False, is_forced: bool = False, **options: str) -> Published:
        what = Publication(
            Options(Path(), home, workers=1, snapshot=options.get("snapshot"), prune_snapshots=options.get("prune")),
            SPACE,
            tmp_path / folder,
            is_pruned=is_pruned,
            is_forced=is_forced,
        )
        return publish(what, Hub())

    return sent


def grow(loss: float) -> None:
    with trackio.init(project="p", auto_log_cpu=False, auto_log_gpu=False) as run:
        run.log({"loss": loss})


def kept(hub: SmallHub, name: str) -> dict[str, bytes]:
    return {path: data for path, data in hub.space(SPACE).files.items() if path.startswith(f"{name}/")}


def test_snapshots_are_published_and_only_new_contents_are_sent(hub: SmallHub, recorded: str, send: Send) -> None:
    send(snapshot="auto")
    first = kept(hub, "v1")
    assert {"v1/index.html", "v1/manifest.json", "v1/snapshot.json", "v1/p/charts/loss.html"} <= first.keys()
    assert b"hf.space/v1/p/charts/loss.html" in first["v1/p/charts/loss.html"].replace(b"<!--tk-at-->", b"").replace(
        b"<!--/tk-at-->", b""
    )
    assert send(snapshot="auto").delivery.sent is None
    grow(0.5)
    send(snapshot="auto")
    assert kept(hub, "v1") == first
    assert kept(hub, "v2")
    assert [one["name"] for one in json.loads(hub.space(SPACE).files["manifest.json"])["snapshots"]] == ["v1", "v2"]


def test_a_snapshot_goes_from_a_space_when_it_was_removed_on_request(hub: SmallHub, recorded: str, send: Send) -> None:
    send(snapshot="one")
    send(snapshot="two")
    send(prune="v1")
    assert kept(hub, "v1")
    send(is_pruned=True)
    assert not kept(hub, "v1")
    assert kept(hub, "v2")


def test_a_publication_from_elsewhere_removes_no_snapshot(hub: SmallHub, recorded: str, send: Send) -> None:
    send(snapshot="one")
    before = kept(hub, "v1")
    done = send("elsewhere", is_pruned=True)
    assert kept(hub, "v1") == before
    assert done.delivery.stale == 0
    # They are still known to be ours.
    send(is_pruned=True)
    assert kept(hub, "v1") == before


@pytest.mark.parametrize("is_forced", [False, True])
def test_another_snapshot_of_the_same_number_is_refused(
    hub: SmallHub, recorded: str, send: Send, *, is_forced: bool
) -> None:
    send(snapshot="one")
    before = dict(hub.space(SPACE).files)
    grow(0.5)
    with pytest.raises(PublishError, match="snapshot v1 is not the one in this folder"):
        send("elsewhere", snapshot="one", is_forced=is_forced)
    assert hub.space(SPACE).files == before
