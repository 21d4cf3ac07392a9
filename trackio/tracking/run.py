"""``Run``: what a training script holds while it records."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from trackio.errors import RunFinished, UsageError
from trackio.records import Status
from trackio.store import layout
from trackio.tracking.alerting import Alerting
from trackio.tracking.artifacts import Artifacts
from trackio.tracking.beginning import Beginning, event_frame, opening
from trackio.tracking.calls import Calls
from trackio.tracking.config import Config
from trackio.tracking.definitions import Definitions
from trackio.tracking.failure import Failures, code_of
from trackio.tracking.faults import Faults
from trackio.tracking.measured import Measured
from trackio.tracking.names import writer_id
from trackio.tracking.owner import Owner
from trackio.tracking.rows import Rows
from trackio.tracking.saving import Saving
from trackio.tracking.sending import noted
from trackio.tracking.status import RunStatus
from trackio.tracking.status import exit_code as exit_code_of
from trackio.tracking.summary import Summary
from trackio.tracking.writer import Writer

if TYPE_CHECKING:
    from trackio.store.project import ProjectStore


class Run(Alerting, Measured, Calls, Artifacts, Saving):
    """A run in progress, safe to use from any thread; after a ``fork`` the child goes on in a journal of its own.

    ``owner`` is told when a journal of the run is opened in this process, and when the run is over here.
    """

    def __init__(self, beginning: Beginning, owner: Owner, faults: Faults) -> None:
        self._beginning, self._owner = beginning, owner
        self._name, self._tags, self._notes = beginning.name, beginning.tags, beginning.notes
        self._status: Status = "running"
        self._is_child = False
        self._gave_way = False
        self._is_reopened = False
        self._lock = threading.RLock()
        self._waiting = deque()
        self.faults = faults
        self._failures = Failures()
        self.thread = threading.get_ident()
        """The thread that began it: the next run that this thread begins ends this one."""
        self.directory: Path = layout.project_directory(beginning.home, beginning.project)
        self._writer = self._new_writer()
        self._rows = Rows(self._writer, self._lock, self.faults, beginning.step)
        self._definitions = Definitions(beginning.definitions, beginning.last_values)
        self._is_synced = self._definitions.are_synced
        self.config = Config(beginning.config, self._config_changed, faults)
        self.summary = Summary(beginning.summary, self._last_values, self._summary_changed)

    @property
    def step(self) -> int:
        """The step that the next ``log()`` without one takes."""
        return self._rows.next_step

    @property
    def status(self) -> RunStatus:
        """``running``, or how the run ended."""
        return RunStatus(self._status)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended here."""
        return self._status != "running"

    def log(
        self,
        metrics: Mapping[str, Any] | None = None,
        step: int | None = None,
        commit: bool | None = None,
        sync: bool | None = None,  # noqa: ARG002 - wandb's, which older scripts still pass
        *,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Record one row of metrics; when this returns it is in the kernel's hands and survives the process.

        Nested mappings are flattened with ``/``. Without a step the run's next one is taken. ``commit=False`` adds to
        the row that the next call completes. A value that cannot be stored is dropped with one warning. A bad step
        raises InvalidStep, and the values are kept at the next step. ``data`` is another name for ``metrics``.
        """
        is_plain = commit is not False and not self._is_synced and (step is None or type(step) is int)
        if is_plain and self._rows.log_plain(metrics, step):
            return
        given = metrics if metrics is not None else data
        if not isinstance(given, Mapping):
            raise UsageError(f"log() takes a dict of metrics, not {type(given).__name__}.")
        if self._is_synced:
            with self._lock, self.faults.contained("step metric", "rows take no step metric along"):
                given = self._definitions.filled(given)
        # Without the lock: a figure may have to be drawn.
        cells = self._rows.cells(given)
        with self._lock:
            self._check("log()")
            self._rows.log(given, cells, step, commit=commit is not False)

    def log_system(self, metrics: Mapping[str, Any]) -> None:
        """Record metrics of the machine; they stand at the step last logged, beside the rows of ``log()``."""
        cells = self._rows.cells(metrics)
        with self._lock:
            self._check("log_system()")
            self._rows.log_system(cells)

    def record(self, event: str, /, **fields: Any) -> None:
        """Append an event that is no row, such as a change to the config; the fields must be what JSON can hold."""
        with self._lock:
            self._check(f"a change to the run's {event}" if event != "run" else "a change to the run")
            self._writer.append(event_frame(event, **fields))

    def finish(self, exit_code: int | None = None, quiet: bool | None = None, *, status: str | None = None) -> None:  # noqa: ARG002 - wandb's
        """End the run: ``failed`` with another exit code than 0 or while an exception is handled, else ``finished``.

        ``status`` says it in a word: ``failed`` and the like, or any other for ``finished``. Calling it again has no
        effect. A run that is sent to a server waits for the rest of that, but not for long.
        """
        given = status if exit_code is None else exit_code
        code = self._failures.handled_code() if given is None else exit_code_of(given)
        self._end("failed" if code else "finished", code)
        self._owner.sent(self)

    join = finish

    def give_way(self) -> None:
        """End, because another run begins in its place; it goes on should the script log to it all the same."""
        code = self._failures.handled_code()
        self._end("failed" if code else "finished", code)
        self._gave_way = True

    @property
    def is_inherited(self) -> bool:
        """Whether this is the child's side of a run that was begun before a ``fork``."""
        return self._is_child

    def finish_at_exit(self) -> None:
        """End the run with the interpreter; the child of a ``fork`` leaves the end to its parent."""
        if self._is_child:
            if self._writer.size:
                self._close(self._status, "close")
        else:
            exit_code = self._failures.exit_code(self.step)
            code = self._failures.handled_code() if exit_code is None else exit_code
            self._end("failed" if code else "finished", code)

    def leaving(self, exit_code: int) -> None:
        """Told that the script calls ``sys.exit``."""
        self._failures.leaving(exit_code, self.step)

    def tend(self, *, is_beat: bool) -> tuple[int, int]:
        """Write what had to be kept, and show a sign of life on every beat.

        Returns how large the journal is, and how much of it is energy that was read.
        """
        with self._lock:
            if not self.is_finished:
                self._writer.retry()
                self._append_waiting()
                self._rows.tend()
                if is_beat:
                    self._writer.touch()
            return self._writer.size, self._taken_bytes

    def flush(self) -> None:
        """Wait until everything logged so far is stored, media, files and what devices compute included."""
        self._wait_for_files()
        self._rows.wait()
        self._owner.fold(self)

    def start(self) -> None:
        """Open the journal, so that the run shows from now on."""
        if self._beginning.copied is not None:
            self._send(self._beginning.copied)
        with self._lock:
            self._writer.retry()

    def continue_in_child(self) -> None:
        """Called in the child right after a ``fork``: the parent's journal and lock are not ours."""
        self._lock = threading.RLock()
        self._waiting.clear()
        self._is_child = True
        self.faults.continue_in_child()
        if self._vigil is not None:
            self._vigil.continue_in_child()
        if not self.is_finished:
            self._writer.abandon()
            self._writer = self._new_writer()
            self._rows.restart(self._writer, self._lock)

    def __enter__(self) -> Run:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.finish(code_of(error))

    def __getitem__(self, name: str) -> Any:
        return self.summary[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.log({name: value})

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, _memo: Any) -> Run:
        return self

    def __repr__(self) -> str:
        return f"<trackio run {self.name!r} of {self.project!r}, {self.status}>"

    def _end(self, status: Status, exit_code: int) -> None:
        if self._close(status, "finish", status=status, exit_code=exit_code):
            self._owner.end(self)

    def _close(self, becomes: Status, event: str, /, **fields: Any) -> bool:
        """Close the journal when all that is on its way has arrived; False when the run had ended before."""
        if not self.is_finished:
            self._finish_files()
        is_measured = False
        while True:
            with self._lock:
                if self.is_finished:
                    return False
                self._rows.finish()
                is_waiting = self._rows.is_waiting
                if is_measured and not is_waiting:
                    self._append_waiting()
                    self._writer.close(event_frame(event, **fields))
                    self._status = becomes
                    return True
            # Without the lock, which the threads that deliver and measure need.
            if is_waiting:
                self._rows.wait()
            else:
                # At the very end: what is on its way is still computed.
                self._look_last(int(fields.get("exit_code", 0)))
                self._owner.ending(self)
                is_measured = True

    def _check(self, call: str) -> None:
        if self.is_finished:
            if not self._gave_way:
                raise RunFinished(call, self._name)
            self._go_on()

    def _go_on(self) -> None:
        """Go on, in another journal, with a run that nobody but the next ``init()`` has ended."""
        with self._lock:
            if not self.is_finished:
                return
            self._status, self._gave_way, self._is_reopened = "running", False, True
            if self._vigil is not None:
                self._vigil.is_over = False
            self._writer = self._new_writer()
            self._rows.go_on(self._writer)
            self._owner.begun(self)
        self.faults.warn(
            "reopened",
            f"run {self._name!r} was ended when another began, and goes on beside it now. "
            "Pass init(reinit='create_new') to have several runs at once.",
        )

    def _new_writer(self) -> Writer:
        path = layout.journal(self.directory, self.id, writer_id())
        return Writer(path, self._begin_journal, self._begin_elsewhere, self.faults)

    def _begin_journal(self) -> bytes:
        layout.create_project(self._beginning.home, self.project)
        self._send(self._writer.path)
        self._owner.begun(self)
        return self._opening()

    def _begin_elsewhere(self) -> tuple[Path, Path, bytes]:
        from tempfile import mkdtemp

        home = Path(mkdtemp(prefix="trackio-"))
        path = layout.journal(layout.create_project(home, self.project), self.id, writer_id())
        self._send(path)
        return home, path, self._opening()

    def _send(self, path: Path) -> None:
        mark = noted(self._beginning, path)
        if mark is not None:
            self._owner.send(self, mark)

    def _opening(self) -> bytes:
        return opening(self._beginning, is_child=self._is_child or self._is_reopened) + self._rows.declarations()

    def last_step(self) -> int | None:
        """The step last logged; None before the first row."""
        return self._rows.next_step - 1 if self._rows.next_step > 0 else None

    def _last_values(self) -> Mapping[str, Any]:
        last = {**self._beginning.last_values, **self._rows.last_values()}
        return self._definitions.summarised(last, self._stored_summary)

    def _stored_summary(self) -> Mapping[str, Any]:
        """The summary as readers see it: what is to be kept of a metric is computed there alone."""
        found: dict[str, Any] = {}
        with self.faults.contained("summary", "the summary shows last values in the place of what define_metric said"):
            self._owner.fold(self)
            found.update(self._store().run(self.id).summary)
        return found

    def _store(self) -> ProjectStore:
        # Loads SQLite, which a run that nobody asks need not wait for.
        from trackio.store.project import ProjectStore

        return ProjectStore(self.project, self.directory)

    def _definitions_changed(self) -> None:
        self._is_synced = self._definitions.are_synced

    def _config_changed(self, values: dict[str, Any], removed: list[str]) -> None:
        self.record("config", values=values, remove=removed)

    def _summary_changed(self, values: dict[str, Any], removed: list[str]) -> None:
        self.record("summary", values=values, remove=removed)
