"""What becomes of snapshots: removed on request, damaged, cut short, made by two at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.conftest import Build, Record
from tests.report.test_snapshots import BASE, kept, manifest
from trackio.errors import UsageError
from trackio.report.build import Options, build


@pytest.mark.parametrize(
    ("asked", "left"),
    [("1", ["v3"]), ("2", ["v2", "v3"]), ("9", ["v1", "v2", "v3"]), ("v1,v3", ["v2"]), ("middle", ["v1", "v3"])],
)
def test_snapshots_go_only_on_request(record: Record, built: Build, out: Path, asked: str, left: list[str]) -> None:
    record("p", "a")
    for label in ("first", "middle", "last"):
        built(snapshot=label)
    report = built(prune_snapshots=asked)
    assert [one.name for one in report.snapshots] == left
    assert {one.name for one in report.dropped} == {"v1", "v2", "v3"} - set(left)
    assert sorted(path.name for path in out.glob("v*")) == left
    assert manifest(out).get("pruned_snapshots", []) == [n for n in (1, 2, 3) if f"v{n}" not in left]
    assert [one.name for one in built(snapshot="next").snapshots] == [*left, "v4"]


@pytest.mark.parametrize(
    ("asked", "words"), [("0", "at least"), ("", "how many"), ("firts", "Nearest: first"), ("v7", "There are: v1")]
)
def test_what_cannot_be_removed_is_said_and_nothing_is(record: Record, built: Build, asked: str, words: str) -> None:
    record("p", "a")
    built(snapshot="first")
    with pytest.raises(UsageError, match=words):
        built(prune_snapshots=asked)
    assert [one.name for one in built().snapshots] == ["v1"]


def test_a_page_that_cited_what_was_removed_cites_what_is_left(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built(snapshot="one", base_url=BASE)
    built(snapshot="two", base_url=BASE)
    built(prune_snapshots="v2", base_url=BASE)
    assert 'href="../v1/p/index.html"' in (out / "p/index.html").read_text()
    built(prune_snapshots="v1", base_url=BASE)
    assert "v1/" not in (out / "p/index.html").read_text()
    assert "Snapshots" not in (out / "index.html").read_text()


def test_a_number_is_not_given_again_when_somebody_removes_a_folder(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built(snapshot="one")
    shutil.rmtree(out / "v1")
    assert built().damage == ()
    assert [one.name for one in built(snapshot="two").snapshots] == ["v2"]


@pytest.mark.parametrize("harm", ["cut", "lost", "list"])
def test_a_damaged_snapshot_is_told_of_and_left_alone(record: Record, built: Build, out: Path, harm: str) -> None:
    record("p", "a")
    built(snapshot="one")
    target = out / "v1" / ("snapshot.json" if harm == "list" else "p/charts/loss.svg")
    target.chmod(0o644)
    if harm == "lost":
        target.unlink()
    else:
        target.write_text("cut")
    before = kept(out, "v1")
    (told,) = built().damage
    assert "v1" in told
    assert "damaged" in told
    assert kept(out, "v1") == before
    report = built(snapshot="two")
    assert report.snapshots[-1].name == "v2"
    assert (out / "v2/p/charts/loss.svg").read_bytes() == (out / "p/charts/loss.svg").read_bytes()


def test_a_file_that_was_changed_in_place_is_not_shared_on(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built(snapshot="one")
    target = out / "v1/p/charts/loss.svg"
    data = target.read_bytes()
    target.chmod(0o644)
    target.write_bytes(data[:-2] + b"!\n")
    built(snapshot="two")
    assert (out / "v2/p/charts/loss.svg").read_bytes() == data


def test_a_folder_of_others_is_no_snapshot_and_takes_its_number(record: Record, built: Build, out: Path) -> None:
    record("p", "a")
    built()
    (out / "v1").mkdir()
    (out / "v1/mine.txt").write_text("mine")
    report = built(snapshot="auto")
    assert ([one.name for one in report.snapshots], report.damage) == (["v2"], ())
    assert [path.name for path in (out / "v1").iterdir()] == ["mine.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
from trackio.report.build import Options, build
from trackio.report.snapshots.copying import Copier

plain, seen = Copier.copy, []

def copy(self, name, source):
    seen.append(name)
    if len(seen) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    plain(self, name, source)

Copier.copy = copy
if sys.argv[3] == "0":
    Path.rename = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
build(Options(Path(sys.argv[1]), Path(sys.argv[2]), workers=1, snapshot="auto"))
"""


@pytest.mark.parametrize("after", [1, 9, 0])
def test_a_build_that_is_killed_leaves_no_half_snapshot(
    record: Record, built: Build, home: Path, out: Path, after: int
) -> None:
    record("p", "a")
    built()
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(home), str(after)], check=False)
    assert done.returncode == -9
    assert not (out / "v1").exists()
    assert (out / ".v1.part").is_dir()
    report = built(snapshot="auto")
    assert ([one.name for one in report.snapshots], report.damage) == (["v1"], ())
    assert [path.name for path in out.glob(".v*")] == []


def test_two_builds_at_once_keep_one_snapshot(record: Record, home: Path, out: Path) -> None:
    record("p", "a")
    code = (
        "import sys; from pathlib import Path; from trackio.report.build import Options, build\n"
        "build(Options(Path(sys.argv[1]), Path(sys.argv[2]), workers=1, snapshot='auto'))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(out), str(home)]) for _ in range(2)]
    assert [one.wait() for one in running] == [0, 0]
    assert [path.name for path in out.glob("v*")] == ["v1"]
    assert build(Options(out, home, workers=1)).damage == ()
