"""A full disk, a home that cannot be written, a locked or newer database: told once, kept, and made good."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

import trackio
from tests.tracking.conftest import Script, points
from trackio.journal import ROW
from trackio.store import layout, schema
from trackio.store.home import Home
from trackio.store.project import ProjectStore
from trackio.tracking import writer
from trackio.tracking.faults import Faults


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again with every call."""
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.0)


def test_a_home_that_cannot_be_written_is_told_once_and_made_good(
    home: Home, at_once: None, caplog: pytest.LogCaptureFixture
) -> None:
    # A file where the folder should be: stands for a read-only home, also for root.
    home.path.write_text("in the way")
    run = trackio.init(project="p", name="n", config={"lr": 0.1})
    for step in range(100):
        run.log({"loss": float(step)})
    run.config["late"] = True
    assert caplog.text.count("cannot be written") == 1
    assert "kept in memory" in caplog.text
    home.path.unlink()
    run.log({"loss": 100.0})
    run.finish()
    store = home.project("p")
    assert points(store) == [(step, float(step)) for step in range(101)]
    record = store.runs()[0]
    assert (record.name, record.config, record.status) == ("n", {"lr": 0.1, "late": True}, "finished")


def test_what_a_home_never_took_is_put_elsewhere_at_the_end(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.path.write_text("in the way")
    with trackio.init(project="p", name="n", config={"lr": 0.1}) as run:
        for step in range(7):
            run.log({"loss": step})
        run.config["late"] = True
    assert "7 rows could not be written" in caplog.text
    assert len(caplog.records) == 2, "what was never written cannot be folded or sealed, which goes without saying"
    assert run.status == "finished"
    assert home.path.read_text() == "in the way"
    (elsewhere,) = re.findall(r"They are in (\S+): ", caplog.text)
    store = Home(Path(elsewhere)).project("p")
    assert points(store) == [(step, step) for step in range(7)]
    record = store.runs()[0]
    assert (record.name, record.config, record.status) == ("n", {"lr": 0.1, "late": True}, "finished")


def test_what_can_be_put_nowhere_is_told_to_be_lost(
    home: Home, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.path.write_text("in the way")
    monkeypatch.setattr(tempfile, "tempdir", str(home.path))
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
    assert "1 row could not be written" in caplog.text
    assert "They are lost: nor can they be written elsewhere" in caplog.text
    assert run.status == "finished"


def test_only_so_much_is_kept_and_the_newest_of_it(
    home: Home, at_once: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "MOST_KEPT_BYTES", 2000)
    home.path.write_text("in the way")
    run = trackio.init(project="p")
    for step in range(1000):
        run.log({"loss": step})
    home.path.unlink()
    run.log({"loss": 1000})
    run.finish()
    kept = [step for step, _ in points(home.project("p"))]
    assert 20 < len(kept) < 100
    assert kept == list(range(1001 - len(kept), 1001))
    assert f"{1001 - len(kept)} rows could not be written" in caplog.text


def test_a_full_disk_is_told_once_and_made_good(script: Script, project: ProjectStore) -> None:
    done = script(
        "import resource, signal\n"
        "from trackio.tracking import writer; writer.RETRY_SECONDS = 0.0\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "run = trackio.init(project='p')\n"
        "for step in range(10): run.log({'loss': step})\n"
        # No file may grow beyond this: the write in the middle of a row is cut short, the next ones fail.
        "limit = run._writer.size + 50\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))\n"
        "for step in range(10, 500): run.log({'loss': step})\n"
        "assert run._writer.kept_rows > 400\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "for step in range(500, 520): run.log({'loss': step})"
    )
    assert done.stderr.count("cannot be written") == 1
    assert points(project) == [(step, step) for step in range(520)]
    assert project.damaged_bytes() == 0


def test_a_reader_on_a_full_disk_says_that_what_was_logged_last_does_not_show(script: Script) -> None:
    done = script(
        "import os, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "if (child := os.fork()) == 0:\n"
        "    run = trackio.init(project='p', auto_log_cpu=False)\n"
        "    for step in range(1000): run.log({'loss': step})\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))\n"
        "trackio.Api().project('p').runs()"
    )
    assert "could not be brought up to date" in done.stderr


def test_a_disk_that_is_full_to_the_end_keeps_what_was_written_and_raises_nothing(
    script: Script, project: ProjectStore
) -> None:
    done = script(
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "run = trackio.init(project='p')\n"
        "for step in range(10): run.log({'loss': step})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (run._writer.size, run._writer.size))\n"
        "for step in range(10, 20): run.log({'loss': step})\n"
        "run.finish(); print('went on')"
    )
    assert "went on" in done.stdout
    assert "10 rows could not be written" in done.stderr
    # The limit is that of any file.
    assert "nor can they be written elsewhere" in done.stderr
    assert points(project) == [(step, step) for step in range(10)]


def test_a_locked_database_holds_up_no_log_and_the_journal_waits(
    project: ProjectStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("trackio.store.database.BUSY_SECONDS", 0.05)
    with trackio.init(project="p") as run:
        run.log({"loss": 0.0})
    other = sqlite3.connect(project.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with trackio.init(project="p", name="second") as run:
        run.log({"loss": 1.0})
    assert "what is in the journal is safe" in caplog.text
    assert len(list(layout.journals(project.directory).iterdir())) == 1
    other.execute("ROLLBACK")
    other.close()
    assert points(project, run="second") == [(0, 1.0)]
    assert project.run("second").status == "finished"


def test_a_newer_database_is_told_and_left_alone_while_the_run_goes_on(
    script: Script, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    script("trackio.init(project='p').finish()")
    db = sqlite3.connect(project.path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = project.path.read_bytes()
    with trackio.init(project="p", name="n", resume="allow") as run:
        run.log({"loss": 1.0})
    assert "pip install -U trackio" in caplog.text
    assert project.path.read_bytes() == before
    db = sqlite3.connect(project.path)
    db.execute(f"PRAGMA user_version = {schema.CURRENT}")
    db.close()
    assert points(project, run="n") == [(0, 1.0)]


def test_a_damaged_database_is_told_and_the_journal_stays(
    project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    project.path.write_bytes(b"no database" * 1000)
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0})
    assert "is damaged" in caplog.text
    project.path.unlink()
    assert points(project) == [(0, 1.0)]


def test_a_program_that_closes_all_its_files_goes_on_to_log(script: Script, project: ProjectStore) -> None:
    # As one that becomes a daemon does.
    script(
        "import os\n"
        "run = trackio.init(project='p', auto_log_cpu=False)\n"
        "run.log({'loss': 0.0})\n"
        "os.closerange(3, 256)\n"
        "run.log({'loss': 1.0})\n"
        "run.finish()"
    )
    assert points(project) == [(0, 0.0), (1, 1.0)]
    assert project.runs()[0].status == "finished"


def test_a_journal_whose_folder_was_removed_raises_nothing_and_is_told(
    home: Home, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    run = trackio.init(project="p")
    run.log({"loss": 0.0})
    shutil.rmtree(home.path)
    for step in range(10):
        run.log({"loss": step})
    run.tend(is_beat=True)
    assert caplog.text.count("was deleted while the run goes on") == 1
    run.finish()
    assert run.status == "finished"
    assert caplog.text.count("was deleted while the run goes on") == 1


def test_a_journal_that_must_be_begun_anew_can_be_read(
    home: Home, project: ProjectStore, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trackio.init(project="p")
    run.log({"loss": 0.0})
    shutil.rmtree(home.path)
    # As of a network file system whose server is another one now.
    with Path(os.devnull).open("rb") as unwritable:
        os.dup2(unwritable.fileno(), run._writer._fd)
    for step in range(1, 5):
        run.log({"loss": float(step)})
    run.finish()
    assert points(project) == [(step, float(step)) for step in range(1, 5)]


def test_a_torn_frame_that_could_not_be_cut_off_costs_nothing_else(
    project: ProjectStore, at_once: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = trackio.init(project="p")
    run.log({"loss": 0.0})
    real = os.write

    def short(fd: int, data: bytes) -> int:
        # A description of the machine, which comes when it is ready, is written whole.
        if data[writer._KIND : writer._KIND + 1] != bytes([ROW]):
            return real(fd, data)
        monkeypatch.setattr(os, "write", real)
        return real(fd, data[: len(data) // 2])

    def refused(fd: int, length: int) -> None:
        raise OSError(1, "Operation not permitted")

    # An append-only file takes writes, but is never cut.
    monkeypatch.setattr(os, "ftruncate", refused)
    monkeypatch.setattr(os, "write", short)
    for step in range(1, 5):
        run.log({"loss": float(step)})
    run.finish()
    assert points(project) == [(step, float(step)) for step in range(5)]
    assert 0 < project.damaged_bytes() < 60


def test_warnings_are_told_again_after_the_fault_had_gone(caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults()
    for is_broken in (True, True, False, True):
        with faults.contained("topic", "the disk is slow"):
            if is_broken:
                raise OSError("no")
    assert caplog.text.count("the disk is slow (OSError: no)") == 2


def test_warnings_go_to_a_logger_and_never_raise(script: Script) -> None:
    done = script(
        "import warnings; warnings.simplefilter('error')\n"
        "run = trackio.init(project='p'); run.log({'odd': 1j, 'loss': 1.0}); run.finish(); print('went on')"
    )
    assert "went on" in done.stdout
    assert "'odd'" in done.stderr


def test_the_fault_of_a_fold_is_logged_for_who_listens(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="trackio"):
        Faults().warn("a", "told")
    assert [record.name for record in caplog.records] == ["trackio"]


def test_rows_of_a_shape_that_the_lost_home_knew_can_be_read_elsewhere(
    home: Home, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    run = trackio.init(project="p")
    run.log({"loss": 0.0})
    shutil.rmtree(home.path)
    home.path.write_text("in the way")
    with Path(os.devnull).open("rb") as unwritable:
        os.dup2(unwritable.fileno(), run._writer._fd)
    for step in range(1, 5):
        run.log({"loss": float(step)})
    run.finish()
    (elsewhere,) = re.findall(r"They are in (\S+): ", caplog.text)
    assert points(Home(Path(elsewhere)).project("p")) == [(step, float(step)) for step in range(1, 5)]


def test_readings_of_energy_do_not_fill_the_memory_while_nothing_can_be_written(
    home: Home, project: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trackio.init(project="p", auto_log_cpu=False, auto_log_gpu=False)
    with monkeypatch.context() as patched, Path(os.devnull).open("rb") as unwritable:
        patched.setattr("trackio.tracking.measured.MOST_KEPT", 3)
        # No time passes in which it could be tried again.
        patched.setattr("trackio.tracking.writer.monotonic", lambda: 0.0)
        os.dup2(unwritable.fileno(), run._writer._fd)
        for number in range(9):
            assert run.take("energy", number=number)
        assert run.take("energy_end", number=9)
        assert run._writer.kept_events == 4
    run.finish()
    assert [event["number"] for event in project.events(run.id, "energy")] == [0, 1, 2]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_where_no_file_can_be_opened_any_more_nothing_reaches_the_training(script: Script, home: Home) -> None:
    script(
        "import resource\n"
        "run = trackio.init(project='p', auto_log_cpu=False, auto_log_gpu=False); run.log({'loss': 1.0})\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "run.log({'loss': 2.0}); run.mark('here'); run.finish()"
    )
    project = home.project("p")
    assert points(project) == [(0, 1.0), (1, 2.0)]
    assert project.runs()[0].status == "finished"
