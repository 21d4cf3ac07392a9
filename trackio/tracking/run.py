"""``Run``: what a training script holds while it records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, final

from trackio.errors import RunFinished, UsageError
from trackio.records import Status
from trackio.store import layout
from trackio.tracking.beginning import Beginning, event_frame, opening
from trackio.tracking.config import Config
from trackio.tracking.failure import Failures, is_failure
from trackio.tracking.faults import Faults
from trackio.tracking.names import writer_id
from trackio.tracking.rows import Rows
from trackio.tracking.summary import Summary
from trackio.tracking.writer import Writer


@final
class Run:
    """A run in progress, safe to use from any thread; after a ``fork`` the child goes on in a journal of its own.

    ``begun`` and ``ended`` are told when a journal of the run is opened in this process, and when the run is over here.
    """

    def __init__(
        self, beginning: Beginning, begun: Callable[[Run], None], ended: Callable[[Run], None], faults: Faults
    ) -> None:
        self._beginning, self._begun, self._ended = beginning, begun, ended
        self._name, self._tags, self._notes = beginning.name, beginning.tags, beginning.notes
        self._status: Status = "running"
        self._is_child = False
        self._lock = threading.RLock()
        self.faults = faults
        self._failures = Failures()
        self.thread = threading.get_ident()
        """The thread that began it: the next run that this thread begins ends this one."""
        self.directory: Path = layout.project_directory(beginning.home, beginning.project)
        self._writer = self._new_writer()
        self._rows = Rows(self._writer, self._lock, self.faults, beginning.step)
        self.config = Config(beginning.config, self._config_changed)
        self.summary = Summary(beginning.summary, self._last_values, self._summary_changed)

    @property
    def id(self) -> str:
        """What tells the run from all others of its project."""
        return self._beginning.id

    @property
    def project(self) -> str:
        """The name of the project."""
        return self._beginning.project

    @property
    def group(self) -> str | None:
        """The group that the run belongs to."""
        return self._beginning.group

    @property
    def job_type(self) -> str | None:
        """What kind of work the run does, such as ``train`` or ``eval``."""
        return self._beginning.job_type

    @property
    def name(self) -> str:
        """The name shown; another may be assigned."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = layout.valid_name("run", name)
        self.record("run", name=self._name)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find the run by; others may be assigned."""
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._tags = as_tags(tags)
        self.record("run", tags=self._tags)

    @property
    def notes(self) -> str | None:
        """A longer description; another may be assigned."""
        return self._notes

    @notes.setter
    def notes(self, notes: str | None) -> None:
        self._notes = None if notes is None else layout.clean(str(notes))
        self.record("run", notes=self._notes)

    @property
    def step(self) -> int:
        """The step that the next ``log()`` without one takes."""
        return self._rows.next_step

    @property
    def starting_step(self) -> int:
        """The step that this part of the run started from; 0 unless it was resumed."""
        return self._beginning.step

    @property
    def resumed(self) -> bool:
        """Whether this goes on with a run that was there before."""
        return self._beginning.is_resumed

    @property
    def status(self) -> Status:
        """``running``, or how the run ended."""
        return self._status

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
        if commit is not False and (step is None or type(step) is int) and self._rows.log_plain(metrics, step):
            return
        given = metrics if metrics is not None else data
        if not isinstance(given, Mapping):
            raise UsageError(f"log() takes a dict of metrics, not {type(given).__name__}.")
        with self._lock:
            self._check("log()")
            self._rows.log(given, step, commit=commit is not False)

    def log_system(self, metrics: Mapping[str, Any]) -> None:
        """Record metrics of the machine; they stand at the step last logged, beside the rows of ``log()``."""
        with self._lock:
            self._check("log_system()")
            self._rows.log_system(metrics)

    def record(self, event: str, /, **fields: Any) -> None:
        """Append an event that is no row, such as a change to the config; the fields must be what JSON can hold."""
        with self._lock:
            self._check(f"a change to the {event}")
            self._writer.append(event_frame(event, **fields))

    def finish(self, exit_code: int | None = None, quiet: bool | None = None, *, status: Status | None = None) -> None:  # noqa: ARG002 - wandb's
        """End the run: ``failed`` with another exit code than 0 or while an exception is handled, else ``finished``.

        Calling it again has no effect.
        """
        if status is None:
            is_bad = exit_code != 0 if exit_code is not None else self._failures.is_handling()
            status = "failed" if is_bad else "finished"
        self._end(status, exit_code if exit_code is not None else int(status != "finished"))

    @property
    def is_inherited(self) -> bool:
        """Whether this is the child's side of a run that was begun before a ``fork``."""
        return self._is_child

    def finish_at_exit(self) -> None:
        """End the run with the interpreter; the child of a ``fork`` leaves the end to its parent."""
        if self._is_child:
            with self._lock:
                if not self.is_finished and self._writer.size:
                    self._rows.finish()
                    self._writer.close(event_frame("close"))
        elif self._failures.was_uncaught():
            self._end("failed", 1)
        else:
            self.finish()

    def tend(self, *, is_beat: bool) -> int:
        """Write what had to be kept, and show a sign of life on every beat; returns how large the journal is."""
        with self._lock:
            if not self.is_finished:
                self._writer.retry()
                if is_beat:
                    self._writer.touch()
            return self._writer.size

    def start(self) -> None:
        """Open the journal, so that the run shows from now on."""
        with self._lock:
            self._writer.retry()

    def continue_in_child(self) -> None:
        """Called in the child right after a ``fork``: the parent's journal and lock are not ours."""
        self._lock = threading.RLock()
        self._is_child = True
        self.faults.continue_in_child()
        if not self.is_finished:
            self._writer.abandon()
            self._writer = self._new_writer()
            self._rows.restart(self._writer, self._lock)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_bad = is_failure(error)
        self._end("failed" if is_bad else "finished", int(is_bad))

    def __setitem__(self, name: str, value: Any) -> None:
        self.log({name: value})

    def __repr__(self) -> str:
        return f"<trackio run {self.name!r} of {self.project!r}, {self.status}>"

    def _end(self, status: Status, exit_code: int) -> None:
        with self._lock:
            if self.is_finished:
                return
            self._rows.finish()
            self._writer.close(event_frame("finish", status=status, exit_code=exit_code))
            self._status = status
        self._ended(self)

    def _check(self, call: str) -> None:
        if self.is_finished:
            raise RunFinished(call, self._name)

    def _new_writer(self) -> Writer:
        return Writer(layout.journal(self.directory, self.id, writer_id()), self._begin_journal, self.faults)

    def _begin_journal(self) -> bytes:
        layout.create_project(self._beginning.home, self.project)
        self._begun(self)
        return opening(self._beginning, is_child=self._is_child) + self._rows.declarations()

    def _last_values(self) -> Mapping[str, Any]:
        return {**self._beginning.last_values, **self._rows.last_values()}

    def _config_changed(self, values: dict[str, Any], removed: list[str]) -> None:
        self.record("config", values=values, remove=removed)

    def _summary_changed(self, values: dict[str, Any], removed: list[str]) -> None:
        self.record("summary", values=values, remove=removed)


def as_tags(tags: Iterable[str] | None) -> tuple[str, ...]:
    """Tags as a tuple; one text is one tag."""
    given = () if tags is None else (tags,) if isinstance(tags, str) else tags
    if not isinstance(given, Iterable):
        raise UsageError(f"tags are a list of words, not {type(tags).__name__}.")
    return tuple(layout.clean(str(tag)) for tag in given)
