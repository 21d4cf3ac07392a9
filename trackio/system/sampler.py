"""One thread a process that measures for all of its runs: energy each second, metrics of the machine at intervals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from trackio.system.boot import clock_ns
from trackio.system.here import makers
from trackio.system.meter import Makers, Meter, Moment
from trackio.system.probes import Probe
from trackio.system.recording import THREADLESS, UNANSWERED, Recording
from trackio.system.waiting import Answer, Work
from trackio.system.wish import Display, Subject, Wish
from trackio.tracking.faults import Faults

ENERGY_SECONDS = 1.0
"""How often energy is read, whatever the intervals of metrics."""

FIRST_SECONDS = 1.0
"""The first metrics come early, so that a short run has some."""

START_SECONDS = 3.0
"""How long the end of a run waits for its first reading: a driver takes up to seconds to start, and may hang."""

ANSWER_SECONDS = 1.0
"""How long it waits for the last one, of sensors that have answered before."""

APART_SECONDS = 0.1
"""The last reading of a run comes at least so long after its first: counters move a few times a second."""

MARK_SECONDS = 0.25
"""How long a mark waits for its reading."""

FORK_SECONDS = 2.0
"""How long a ``fork`` waits for a reading to end."""

_UNREAD = "metrics of the machine are no longer logged"
_UNMEASURED = "energy is not measured from now on"


@dataclass(eq=False)
class _Shown:
    """A display of one run, and when it is due."""

    display: Display
    due_ns: int
    probe: Probe | None = None


@dataclass(eq=False)
class _Sampled:
    """A run that is measured."""

    run: Subject
    wish: Wish
    recording: Recording
    shown: list[_Shown]
    first_ns: int = 0
    """When its sensors were first read."""
    is_over: bool = False
    """Whether the last reading was taken."""

    def contained(self, meaning: str) -> AbstractContextManager[None]:
        """The border to the training loop."""
        return self.run.faults.contained("system", meaning)


class Sampler:
    """Measures for runs from ``add`` to ``end``; the first starts the thread, after the last one it ends.

    Readings stand on a grid of seconds of ``CLOCK_MONOTONIC``, which nobody can set; one that comes late moves none of
    those after it. A thread that asks for something waits for a bounded time, and for none while a lock is held; of a
    driver that hangs this time is counted from when it began to, so that it is waited for once.
    """

    def __init__(self, makers: Callable[[], Makers] = makers) -> None:
        self._makers = makers
        self.continue_in_child()

    def continue_in_child(self) -> None:
        """Start afresh: right after a ``fork`` there is no thread, and the drivers' handles are the parent's."""
        self._sampled: dict[Subject, _Sampled] = {}
        self._faults = Faults()
        # Reentrant, all of them: a signal handler may end a run at any moment.
        self._lock = threading.RLock()
        self._requests: SimpleQueue[Callable[[Meter], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        # Held while the thread is at work, and across a fork: drivers and imports have locks of their own, which a
        # child must not inherit in the middle of something.
        self._working = Work()
        self._is_paused = False
        self._energy_due_ns = 0

    def pause(self) -> None:
        """Wait for the sensors to be idle, and keep them so; a driver that hangs does not hold up a fork for good."""
        self._is_paused = self._working.acquire(FORK_SECONDS)

    def go_on(self) -> None:
        """Let sensors be read again."""
        if self._is_paused:
            self._is_paused = False
            self._working.release()

    def add(self, run: Subject, wish: Wish, start: Moment) -> None:
        """Measure for a run, which began at ``start``; nothing changes for one that is measured already."""
        with self._lock:
            if run in self._sampled:
                return
            half_ns = [_ns(min(FIRST_SECONDS, display.seconds)) // 2 for display in wish.displays]
            shown = [_Shown(one, clock_ns() + half) for one, half in zip(wish.displays, half_ns, strict=True)]
            sampled = _Sampled(run, wish, Recording(wish.parts, run.take, start), shown)
            self._sampled[run] = sampled
            self._requests.put(partial(self._begin, sampled))
            if not self._is_alive():
                self._energy_due_ns = 0
                thread = threading.Thread(target=self._work, name="trackio-system", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    # No thread can be started while the interpreter ends, or where there are too many.
                    run.faults.warn("system", f"{_UNREAD}, and energy is not measured ({error})")
                    return
                self._thread = thread

    def mark(self, run: Subject, name: str) -> None:
        """Read now, and record under what name the script knows the moment."""
        sampled, answer = self._sampled.get(run), Answer()
        if sampled is None:
            return
        if self._is_alive():
            self._requests.put(partial(self._mark, sampled, name, answer))
            answer.wait(self._working.left(MARK_SECONDS))
            if not answer.is_given_up:
                return
        # Here, because the thread may never come to it.
        with sampled.contained(_UNMEASURED):
            sampled.recording.sample(answer.moment, name)

    def end(self, run: Subject) -> None:
        """Record the last reading of a run and the end; it has to go on until this returns."""
        sampled, answer = self._sampled.get(run), Answer()
        if sampled is None:
            return
        last, is_alive = answer.moment, self._is_alive()
        if is_alive:
            self._requests.put(partial(self._answer_last, sampled, answer))
            last = answer.wait(self._working.left(ANSWER_SECONDS if sampled.first_ns else START_SECONDS))
        with sampled.contained(_UNMEASURED):
            sampled.recording.end(last, UNANSWERED if is_alive else THREADLESS)
        with self._lock:
            self._sampled.pop(run, None)
        # Wakes the thread, which ends after the last run.
        self._requests.put(lambda _: None)

    def _is_alive(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    def _work(self) -> None:
        with self._faults.contained("sampler", f"{_UNREAD}, and energy is not measured any more"):
            with self._working:
                meter = Meter(self._makers(), self._faults)
            try:
                while self._step(meter):
                    pass
            finally:
                with self._working:
                    meter.close()

    def _step(self, meter: Meter) -> bool:
        """Do what comes next; False after the last run."""
        request = self._next_request()
        with self._working:
            if request is not None:
                request(meter)
            self._energy(meter)
            self._metrics()
        with self._lock:
            if self._sampled or not self._requests.empty():
                return True
            self._thread = None
            return False

    def _next_request(self) -> Callable[[Meter], None] | None:
        """What is asked for next; None when it is time for what is due."""
        due = [shown.due_ns for sampled in self._all() for shown in sampled.shown if not sampled.is_over]
        due += [self._energy_due_ns] if self._measured() else []
        try:
            return self._requests.get(timeout=max(0.0, (min(due) - clock_ns()) / 1e9) if due else None)
        except Empty:
            return None

    def _all(self) -> list[_Sampled]:
        with self._lock:
            return list(self._sampled.values())

    def _measured(self) -> list[_Sampled]:
        return [one for one in self._all() if one.recording.has_devices and not one.is_over]

    def _begin(self, sampled: _Sampled, meter: Meter) -> None:
        with sampled.contained(_UNMEASURED):
            sampled.recording.begin(meter)
            if sampled.recording.has_devices:
                is_first = not self._energy_due_ns
                moment = meter.read(sampled.recording.parts)
                sampled.first_ns = moment.clock_ns
                sampled.recording.sample(moment)
                if is_first:
                    self._energy_due_ns = moment.clock_ns + _ns(ENERGY_SECONDS)
        for part in sampled.wish.demanded:
            reader = meter.reader(part)
            if not reader.devices:
                why = next(iter(reader.missing.values()), "none was found")
                sampled.run.faults.warn(
                    f"no {part}", f"auto_log_{part}=True, but no {part.upper()} is measured: {why}."
                )

    def _mark(self, sampled: _Sampled, name: str, answer: Answer, meter: Meter) -> None:
        if not answer.is_given_up:
            with sampled.contained(_UNMEASURED):
                sampled.recording.sample(meter.read(sampled.recording.parts), name)
            answer.is_there.set()

    def _answer_last(self, sampled: _Sampled, answer: Answer, meter: Meter) -> None:
        sampled.is_over = True
        if sampled.recording.has_devices:
            left_ns = sampled.first_ns + _ns(APART_SECONDS) - clock_ns()
            answer.is_there.wait(max(0.0, left_ns / 1e9))
            answer.moment = meter.read(sampled.recording.parts)
            if self._all() == [sampled]:
                # It ends here, and what sensors know of it at the end belongs to it.
                meter.close()
            sampled.recording.note(meter)
        else:
            answer.moment = Moment()
        answer.is_there.set()

    def _energy(self, meter: Meter) -> None:
        """Read the energy for all runs, if it is time."""
        now_ns = clock_ns()
        measured = self._measured()
        if not measured or now_ns < self._energy_due_ns:
            return
        self._energy_due_ns = following(self._energy_due_ns, now_ns, _ns(ENERGY_SECONDS))
        moment = meter.read({part for sampled in measured for part in sampled.recording.parts})
        for sampled in measured:
            with sampled.contained(_UNMEASURED):
                sampled.recording.sample(moment)
                sampled.recording.note(meter)

    def _metrics(self) -> None:
        """Log the metrics that are due."""
        for sampled in self._all():
            for shown in [] if sampled.is_over else list(sampled.shown):
                if clock_ns() >= shown.due_ns:
                    is_kept = False
                    with sampled.contained(_UNREAD):
                        is_kept = _show(sampled.run, shown)
                    if not is_kept:
                        sampled.shown.remove(shown)


def _show(run: Subject, shown: _Shown) -> bool:
    """Look for the probe, or log what it reads; False when there is none, and when the run is over."""
    interval_ns = _ns(shown.display.seconds)
    if shown.probe is None:
        shown.probe = shown.display.find()
        # Load is measured between two looks.
        shown.due_ns += min(_ns(FIRST_SECONDS), interval_ns) // 2
        return shown.probe is not None
    is_kept = run.take_system(shown.probe())
    shown.due_ns = following(shown.due_ns, clock_ns(), interval_ns)
    return is_kept


def following(due_ns: int, now_ns: int, step_ns: int) -> int:
    """The first moment after ``now_ns`` on the grid that ``due_ns`` stands on; what is behind it is left out."""
    return due_ns + ((now_ns - due_ns) // step_ns + 1) * step_ns


def _ns(seconds: float) -> int:
    return max(1, round(seconds * 1e9))
