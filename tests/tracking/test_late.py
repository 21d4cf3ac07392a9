"""Values on their way: rows at once, media and device values at their place, and everything before the end."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.tracking.conftest import points
from trackio import references
from trackio.errors import MissingExtra, UsageError
from trackio.media.base import Media, Place
from trackio.store.project import ProjectStore
from trackio.tracking import lanes, late


class Picture(Media):
    """A medium whose encoding waits for leave to begin, if it is given a gate."""

    def __init__(self, data: bytes = b"png", gate: threading.Event | None = None, size: int = 0) -> None:
        self.data, self.gate, self.size = data, gate, size
        self.threads: list[int] = []

    @property
    def nbytes(self) -> int:
        return self.size

    def reference(self, place: Place) -> dict[str, Any]:
        if self.gate is not None:
            assert self.gate.wait(30)
        self.threads.append(threading.get_ident())
        blob = place.blobs.put(self.data, ".png")
        return {"_type": "trackio.image", "file": blob.name, "size": blob.size, "at": [place.name, place.step]}


class Plain(Picture):
    """One that can be put on disk."""

    def __reduce__(self) -> Any:
        return Plain, (self.data,)


class Broken(Media):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002
        raise self.error


def pictures(project: ProjectStore, metric: str = "picture") -> list[tuple[int, Any]]:
    return [(step, references.decode(value)) for step, value in points(project, metric)]


def test_a_medium_is_stored_off_the_training_thread_at_the_place_of_its_row(project: ProjectStore) -> None:
    picture = Picture()
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0, "deep": {"picture": picture}}, step=7)
    assert picture.threads != [threading.get_ident()]
    ((step, found),) = pictures(project, "deep/picture")
    assert (step, found["at"]) == (7, ["deep/picture", 7])
    assert project.blobs.read(found["file"]) == b"png"
    assert points(project) == [(7, 1.0)]


def test_log_does_not_wait_and_the_numbers_are_there_at_once(project: ProjectStore) -> None:
    gate = threading.Event()
    run = trackio.init(project="p")
    for step in range(3):
        run.log({"picture": Picture(gate=gate), "loss": step * 0.5})
    assert points(project) == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert project.metrics(run.id)[0].name == "loss"
    assert project.run(run.id).row_count == 3
    gate.set()
    run.finish()
    assert [step for step, _ in pictures(project)] == [0, 1, 2]


def test_a_row_of_media_alone_is_a_row(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"picture": Picture()})
        run.log({"loss": 1.0})
    assert [step for step, _ in pictures(project)] == [0]
    assert points(project) == [(1, 1.0)]
    assert project.runs()[0].row_count == 2


def test_the_run_ends_after_its_media_whatever_they_are_waiting_for(project: ProjectStore) -> None:
    gate = threading.Event()
    run = trackio.init(project="p")
    run.log({"picture": Picture(gate=gate)})
    ending = threading.Thread(target=run.finish)
    ending.start()
    run.log({"loss": 1.0})
    assert not run.is_finished
    gate.set()
    ending.join()
    assert run.is_finished
    assert len(pictures(project)) == len(points(project)) == 1
    assert project.runs()[0].status == "finished"


def test_flush_waits_for_what_was_logged_and_the_run_goes_on(project: ProjectStore) -> None:
    run = trackio.init(project="p")
    run.log({"picture": Picture(b"one")})
    run.flush()
    assert len(project.values(run.id, "picture")) == 1
    run.log({"picture": Picture(b"two")})
    run.finish()
    run.flush()
    assert [found["at"] for _, found in pictures(project)] == [["picture", 0], ["picture", 1]]


def test_a_long_wait_is_told_once(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(late, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(late, "_LOOK_SECONDS", 0.001)
    gate = threading.Event()
    run = trackio.init(project="p")
    run.log({"picture": Picture(gate=gate)})
    monkeypatch.setattr(run.faults, "warn", _opening(run.faults.warn, gate))
    run.finish()
    assert caplog.text.count("Waiting until media of 1 rows are stored.") == 1


def _opening(warn: Callable[[str, str], None], gate: threading.Event) -> Callable[[str, str], None]:
    def told(topic: str, message: str) -> None:
        warn(topic, message)
        gate.set()

    return told


FAILURES: list[tuple[BaseException, str]] = [
    (MissingExtra("ffmpeg", "media"), "pip install 'trackio[media]'"),
    (UsageError("A video needs four dimensions."), "A video needs four dimensions. The rest"),
    (ValueError("odd"), "ValueError: odd"),
    (SystemExit(3), "SystemExit: 3"),
    (OSError(28, "No space left on device"), "No space left on device"),
]


@pytest.mark.parametrize(("error", "told"), FAILURES, ids=lambda item: type(item).__name__)
def test_a_medium_that_fails_costs_itself_and_is_told_once(
    error: BaseException, told: str, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(project="p") as run, caplog.at_level(logging.WARNING, logger="trackio"):
        for step in range(3):
            run.log({"video": Broken(error), "picture": Picture(), "loss": step * 0.5})
    assert points(project) == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert len(pictures(project)) == 3
    assert caplog.text.count("'video'") == 1
    assert told in caplog.text


class Sizeless(Picture):
    @property
    def nbytes(self) -> int:
        raise RuntimeError("no size")


def test_a_medium_that_does_not_know_its_size_is_stored(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"picture": [Sizeless()], "other": Sizeless()})
    assert len(pictures(project)) == len(pictures(project, "other")) == 1


ODD: list[Any] = [None, "text", [], {}, {"_type": object()}, {"_type": "trackio.x", "bad": {1, 2}}]


@pytest.mark.parametrize("answer", ODD)
def test_a_medium_that_answers_nonsense_costs_itself(answer: Any, project: ProjectStore) -> None:
    class Odd(Picture):
        def reference(self, place: Place) -> dict[str, Any]:  # noqa: ARG002
            return answer  # type: ignore[no-any-return]

    with trackio.init(project="p") as run:
        run.log({"odd": Odd(), "loss": 1.0})
    assert points(project) == [(0, 1.0)]
    assert len(project.metrics(run.id)) == 1


def test_a_list_of_media_is_one_value(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"picture": [Picture(b"a"), Picture(b"b")], "mixed": (Picture(), 0.5, "x", [Picture(), 2])})
    ((_, found),) = pictures(project)
    assert found["_type"] == "trackio.list"
    assert [project.blobs.read(name) for name in references.files(found)] == [b"a", b"b"]
    ((_, mixed),) = pictures(project, "mixed")
    assert [item["_type"].partition(".")[2] for item in mixed["items"]] == ["image", "array", "array", "array"]
    assert mixed["items"][3]["_value"][0]["_type"] == "trackio.image"
    assert len(list(references.files(mixed))) == 2


def test_a_list_holds_a_thousand_media(project: ProjectStore, caplog: pytest.LogCaptureFixture) -> None:
    with trackio.init(project="p") as run:
        run.log({"picture": [Picture(str(place).encode()) for place in range(1003)]})
    ((_, found),) = pictures(project)
    assert len(found["items"]) == 1000
    assert "'picture[1000:]' cannot be stored" in caplog.text


def test_media_of_a_row_put_together_wait_for_it_and_the_last_of_a_name_counts(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"picture": Picture(b"old"), "other": Picture()}, commit=False)
        run.log({"picture": Picture(b"new"), "other": 1.0}, commit=False)
    ((step, found),) = pictures(project)
    assert (step, project.blobs.read(found["file"])) == (0, b"new")
    assert points(project, "other") == [(0, 1.0)]


def test_media_alternate_with_rows_of_numbers_and_each_step_has_its_own(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for step in range(40):
            run.log({"loss": step} if step % 4 else {"picture": Picture(str(step).encode()), "loss": step})
    assert [(step, project.blobs.read(found["file"])) for step, found in pictures(project)] == [
        (step, str(step).encode()) for step in range(0, 40, 4)
    ]
    assert points(project) == [(step, step) for step in range(40)]


def test_threads_and_runs_do_not_mix_their_media(project: ProjectStore) -> None:
    runs = [trackio.init(project="p", name=f"r{place}", reinit="create_new") for place in range(3)]

    def work(run: Any, name: str) -> None:
        for step in range(30):
            run.log({name: Picture(f"{run.name} {name} {step}".encode())})

    threads = [threading.Thread(target=work, args=(run, name)) for run in runs for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in runs:
        run.finish()
    for run in runs:
        for name in "ab":
            found = [references.decode(value) for _, value in points(project, name, run.id)]
            kept = [project.blobs.read(one["file"]).decode() for one in found if one]
            assert kept == [f"{run.name} {name} {step}" for step in range(30)]


def test_the_summary_has_the_last_value_whenever_it_came(project: ProjectStore) -> None:
    gate = threading.Event()
    run = trackio.init(project="p")
    run.log({"m": Picture(gate=gate), "n": Picture(gate=gate)})
    run.log({"m": 0.5})
    assert run.summary["m"] == 0.5
    assert "n" not in run.summary
    gate.set()
    run.flush()
    assert run.summary["m"] == 0.5
    assert run.summary["n"]["_type"] == "trackio.image"
    run.finish()
    assert project.run(run.id).summary["m"] == 0.5


def test_too_many_media_at_once_wait_on_disk(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lanes, "MOST_BYTES", 100)
    lane, gate = lanes.LANES[lanes.MEDIA], threading.Event()
    run = trackio.init(project="p")
    run.log({"first": Picture(gate=gate)})
    for step in range(20):
        # Some cannot be put on disk, and wait in memory.
        run.log({"picture": (Picture if step % 5 == 4 else Plain)(str(step).encode(), size=60)})
    gate.set()
    run.finish()
    assert [(step, project.blobs.read(found["file"])) for step, found in pictures(project)] == [
        (step + 1, str(step).encode()) for step in range(20)
    ]
    assert lane._held_bytes == 0  # type: ignore[attr-defined]


def test_media_that_cannot_be_put_on_disk_wait_in_memory_and_it_is_told_once(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lanes, "MOST_BYTES", 10)
    gate = threading.Event()
    gate.set()
    with trackio.init(project="p") as run:
        for step in range(5):
            # A lock cannot be pickled.
            run.log({"picture": Picture(str(step).encode(), gate, size=60)})
    assert [step for step, _ in pictures(project)] == list(range(5))
    assert caplog.text.count("stay in memory") == 1


def test_nothing_is_left_beside_the_files_of_media(project: ProjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_BYTES", 10)
    with trackio.init(project="p") as run:
        for step in range(5):
            run.log({"picture": Plain(str(step).encode(), size=60)})
    left = {path.name for path in project.directory.iterdir() if not path.name.startswith("trackio.db")}
    assert left <= {"project.json", "journals", "files", "runs", "seal.lock"}


MAKE = """
import os, signal, threading, time
from trackio.media.base import Media
class Picture(Media):
    def __init__(self, data=b"png", seconds=0.0):
        self.data, self.seconds = data, seconds
    def reference(self, place):
        time.sleep(self.seconds)
        return {"_type": "trackio.image", "file": place.blobs.put(self.data, ".png").name}
run = trackio.init(project="p", name="r", auto_log_cpu=False, auto_log_gpu=False)
"""


def test_the_end_of_the_interpreter_waits_for_media(script: Any, project: ProjectStore) -> None:
    script(f"{MAKE}\nfor step in range(5): run.log({{'picture': Picture(str(step).encode(), 0.02)}})")
    assert len(pictures(project)) == 5
    assert project.runs()[0].status == "finished"


def test_media_first_logged_while_the_interpreter_ends_are_stored(script: Any, project: ProjectStore) -> None:
    # Registered after init, so that it comes before our own; then no thread may be started any more.
    script(f"{MAKE}\nimport atexit; atexit.register(lambda: run.log({{'picture': Picture()}}))")
    script(f"{MAKE}\nrun.log({{'last': Picture()}}, commit=False)")
    project.catch_up()
    assert [[metric.name for metric in project.metrics(run.id)] for run in project.runs()] == [["picture"], ["last"]]


def test_a_killed_process_loses_only_what_had_not_arrived(script: Any, project: ProjectStore) -> None:
    done = script(
        f"{MAKE}\nrun.log({{'picture': Picture(), 'loss': 1.0}}); run.flush()\n"
        "run.log({'picture': Picture(b'late', 60), 'loss': 2.0}); os.kill(os.getpid(), signal.SIGKILL)",
        check=False,
    )
    assert done.returncode == -9
    assert points(project) == [(0, 1.0), (1, 2.0)]
    assert [step for step, _ in pictures(project)] == [0]
    assert project.query("SELECT count(*) FROM tickets")[1] == [(0,)]


def test_a_signal_handler_may_finish_the_run_in_the_middle_of_a_call(script: Any, project: ProjectStore) -> None:
    code = f"""{MAKE}
signal.signal(signal.SIGALRM, lambda *_: (run.finish(), os._exit(0)))
signal.setitimer(signal.ITIMER_REAL, 0.05)
step = 0
while True:
    run.log({{"picture": Picture(str(step).encode()), "loss": step * 1.0}})
    step += 1
"""
    assert script(code).returncode == 0
    assert project.catch_up() is None
    assert project.runs()[0].status == "finished"
    losses, found = points(project), pictures(project)
    assert [step for step, _ in losses] == list(range(len(losses)))
    # The one call that was interrupted may have had no time to send its picture.
    assert len(losses) - 1 <= len(found) <= len(losses)


@pytest.mark.parametrize("module", ["sqlite3", "subprocess"])
def test_a_module_that_cannot_be_loaded_does_not_keep_a_run_from_ending(
    script: Any, project: ProjectStore, module: str
) -> None:
    # As in a signal handler that came while the module's own imports were half done.
    done = script(f"{MAKE}\nimport sys; sys.modules[{module!r}] = None\nrun.log({{'loss': 1.0}}); run.finish()")
    assert "ModuleNotFoundError" in done.stderr
    project.catch_up()
    assert points(project) == [(0, 1.0)]
    assert project.runs()[0].status == "finished"


def test_the_child_of_a_fork_waits_for_nothing_of_its_parent(script: Any, project: ProjectStore) -> None:
    code = f"""{MAKE}
gate = threading.Event()
class Held(Picture):
    def reference(self, place):
        gate.wait(30)
        return super().reference(place)
run.log({{"picture": Held(b"parent"), "loss": 1.0}})
run.log({{"picture": Held(b"open"), "loss": 2.0}}, commit=False)
child = os.fork()
if child == 0:
    run.log({{"child": Picture(b"child")}}, step=9)
    run.finish_at_exit()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
gate.set()
run.finish()
"""
    script(code)
    assert [(step, project.blobs.read(found["file"])) for step, found in pictures(project)] == [
        (0, b"parent"),
        (1, b"open"),
    ]
    assert [step for step, _ in pictures(project, "child")] == [9]


def test_a_home_that_cannot_be_written_costs_the_media_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("TRACKIO_DIR", str(blocked / "home"))
    run = trackio.init(project="p")
    run.log({"picture": Picture(), "loss": 1.0})
    run.finish()
    assert "the value of 'picture' cannot be stored" in caplog.text


def test_the_threads_end_with_the_process_and_are_few(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for _ in range(50):
            run.log({"picture": Picture()})
    ours = [thread.name for thread in threading.enumerate() if thread.name.startswith("trackio ")]
    assert len(ours) == len(set(ours)) <= 3
    assert all(thread.daemon for thread in threading.enumerate() if thread.name in ours)
    assert os.getpid() == lanes.LANES[lanes.MEDIA]._pid
