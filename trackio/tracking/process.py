"""The runs of this process, from ``init`` to the end of the interpreter, and across ``fork``."""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from trackio.context_vars import current_run
from trackio.system.meter import Moment
from trackio.system.sampler import Sampler
from trackio.system.wish import Wish
from trackio.tracking.background import Background
from trackio.tracking.failure import on_exit
from trackio.tracking.options import Settings
from trackio.tracking.run import Run
from trackio.tracking.sending import Sending

if TYPE_CHECKING:
    from trackio.alerts.delivery import Delivery
    from trackio.alerts.message import Message
    from trackio.alerts.places import Outlets, Place
    from trackio.store.outbox import Mark
    from trackio.system.meter import Part
    from trackio.tracking.sealing import Sealing

FINISH_SECONDS = 2.0
"""How long the end of a run waits for its alerts to be sent, which goes on after that."""

EXIT_SECONDS = 5.0
"""How long the end of the interpreter waits for them."""


class Process:
    """What is alive in this process, and what has to be done when it ends."""

    def __init__(self) -> None:
        self.background = Background()
        self.settings = Settings()
        """What ``setup()`` said for all runs to come."""
        self.last_name: str | None = None
        """The name of the run that ended last."""
        self.last: tuple[str, str] | None = None
        """Its project and id."""
        self._live: list[Run] = []
        self.sampler = Sampler()
        self.sending = Sending()
        self._wishes: WeakKeyDictionary[Run, Wish] = WeakKeyDictionary()
        self._sealing: Sealing | None = None
        self._delivery: Delivery | None = None
        self._hooked_pid: int | None = None

    def add(self, run: Run) -> None:
        """Take in a run that begins."""
        self._hook()
        self._live.append(run)
        current_run.set(run)

    def begun(self, run: Run) -> None:
        """Called when a journal of a run is opened, also of one that had ended."""
        if run not in self._live:
            # Not the current one: another has taken its place.
            self._live.insert(0, run)
        self.background.watch(run)
        if run in self._wishes:
            # It had ended, or this is the child of a fork.
            self.sampler.add(run, self._wishes[run], Moment())

    @property
    def live(self) -> tuple[Run, ...]:
        """The runs that go on, oldest first."""
        return tuple(self._live)

    def begun_by(self, thread: int) -> Run | None:
        """The newest live run that a thread began."""
        return next((run for run in reversed(self._live) if run.thread == thread), None)

    def current(self) -> Run | None:
        """The run of this context, else the newest of the process, as long as it goes on."""
        run = current_run.get()
        if run is not None and not run.is_finished:
            return run
        return self._live[-1] if self._live else None

    def measure(self, run: Run, wish: Wish, start: Moment) -> None:
        """Measure for a run as its script wishes, from ``start`` on; also when it goes on after its end."""
        self._wishes[run] = wish
        self.sampler.add(run, wish, start)

    def send(self, run: Run, mark: Mark) -> None:
        """Called when a journal is about to be opened that a server is to have."""
        if run.server is not None and not run.offline:
            self.sending.begin(run, mark, run.server)

    def sent(self, run: Run) -> None:
        """Called when a run has ended and its script waits for that: wait for what is on its way to a server."""
        self.sending.end(run)
        if run.server is not None:
            # What the server has is removed.
            self.fold(run)

    def ending(self, run: Run) -> None:
        """Called when a run is about to end."""
        self.sampler.end(run)

    def is_measured(self, run: Run, part: Part) -> bool:
        """Whether metrics of the GPUs, or of the rest of the machine, are logged for a run."""
        wish = self._wishes.get(run)
        return wish is not None and part in wish.parts

    def tell(self, run: Run, outlets: Outlets) -> None:
        """Have these outlets told of the alerts of a run."""
        run.outlets = outlets
        # Now: what is wrong with one is told at once, and no thread can be started while the interpreter ends.
        self._delivering().prepare(outlets.places, run.faults)

    def alerted(self, run: Run, message: Message, places: tuple[Place, ...]) -> None:
        """Have these places told of an alert."""
        self._delivering().post(message, places, run.faults)

    def _delivering(self) -> Delivery:
        if self._delivery is None:
            from trackio.alerts.delivery import Delivery

            self._delivery = Delivery()
        return self._delivery

    def mark(self, run: Run, name: str) -> None:
        """Measure at a moment that the script names."""
        if run in self._wishes:
            self.sampler.mark(run, name)
        else:
            run.faults.warn("unmeasured", "mark() names moments of the measured energy, and measuring is switched off.")

    def end(self, run: Run) -> None:
        """Called when a run has ended here: fold and seal it, and let the run before it be current again."""
        self.background.forget(run)
        if run in self._live:
            self._live.remove(run)
        self.last_name, self.last = run.name, (run.project, run.id)
        if current_run.get() is run:
            current_run.set(self.begun_by(run.thread))
        self.fold(run)
        self._seal(run)
        if self._delivery is not None:
            self._delivery.wait(FINISH_SECONDS)

    def _seal(self, run: Run) -> None:
        if not os.path.isdir(run.directory):  # noqa: PTH112 - Path's raises where it may not look
            return
        with run.faults.contained("seal", "the snapshot of the run was not written; readers will do it"):
            if self._sealing is None:
                # Not before it is needed: subprocess takes its time to load.
                from trackio.tracking.sealing import Sealing

                self._sealing = Sealing()
            self._sealing.request(run.directory)

    def _hook(self) -> None:
        """See to the end of this process, once in each that begins a run."""
        if self._hooked_pid == os.getpid():
            return
        if self._hooked_pid is None:
            atexit.register(self._at_exit)
            on_exit(self._leaving)
            if hasattr(os, "register_at_fork"):
                # What registers last goes first: logging would hold its lock while we wait for a thread that logs.
                import logging  # noqa: F401

                os.register_at_fork(
                    before=self._pause,
                    after_in_parent=self._go_on,
                    after_in_child=self._continue_in_child,
                )
        self._hooked_pid = os.getpid()
        # Children of multiprocessing end without atexit.
        processes = sys.modules.get("multiprocessing.process")
        if processes is not None and processes.parent_process() is not None:
            from multiprocessing.util import Finalize

            Finalize(None, self._at_exit, exitpriority=100)

    def fold(self, run: Run) -> None:
        """Bring the database of a run's project up to what was logged."""
        self.background.fold(run.directory, run.faults)

    def _leaving(self, code: int) -> None:
        for run in self._live:
            run.leaving(code)

    def _at_exit(self) -> None:
        for run in list(self._live):
            run.finish_at_exit()
        self.sending.end_all()
        if self._sealing is not None:
            self._sealing.wait()
        if self._delivery is not None:
            self._delivery.leave(EXIT_SECONDS)

    def _pause(self) -> None:
        self.sampler.pause()
        self.background.pause()
        if self._delivery is not None:
            self._delivery.pause()

    def _go_on(self) -> None:
        if self._delivery is not None:
            self._delivery.go_on()
        self.background.go_on()
        self.sampler.go_on()

    def _continue_in_child(self) -> None:
        self.background.continue_in_child()
        self.sampler.continue_in_child()
        self.sending.continue_in_child()
        if self._delivery is not None:
            self._delivery.continue_in_child()
        if self._sealing is not None:
            self._sealing.continue_in_child()
        for run in self._live:
            run.continue_in_child()
