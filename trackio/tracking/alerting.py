"""The part of a run that raises alerts: those that a script calls for, and those that raise themselves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from threading import RLock
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any, cast

from trackio import settings
from trackio.alerts.levels import AlertLevel, Gate, seconds
from trackio.alerts.levels import level as level_of
from trackio.errors import UsageError
from trackio.harmless import plain as harmless
from trackio.harmless import plain_lines
from trackio.store.layout import clean
from trackio.tracking import terminal
from trackio.tracking.identity import Identified
from trackio.tracking.owner import Owner
from trackio.tracking.plain import plain
from trackio.tracking.writer import Writer

if TYPE_CHECKING:
    from datetime import timedelta

    from trackio.alerts.findings import Finding
    from trackio.alerts.places import Outlets, Place
    from trackio.alerts.vigil import Vigil
    from trackio.tracking.failure import Failures
    from trackio.tracking.run import Run

_COLOURS = {AlertLevel.INFO: "1;34", AlertLevel.WARN: "1;33", AlertLevel.ERROR: "1;31"}


class Alerting(Identified):
    """Records alerts, prints them, and hands them on to whoever is told."""

    outlets: Outlets | None = None
    """Who is told of its alerts."""
    _lock: RLock
    _owner: Owner
    _writer: Writer
    _failures: Failures
    _vigil: Vigil | None = None
    _alerted_us = 0

    @property
    @abstractmethod
    def is_finished(self) -> bool:
        """Whether the run has ended here."""

    @abstractmethod
    def _check(self, call: str) -> None:
        """Raise RunFinished when the run is over."""

    @abstractmethod
    def last_step(self) -> int | None:
        """The step last logged; None before the first row."""

    def alert(
        self,
        title: str,
        text: str | None = None,
        level: str | AlertLevel | None = AlertLevel.WARN,
        wait_duration: float | timedelta | Mapping[str, Any] | None = None,
        *,
        data: Any = None,
        webhook_url: str | list[str] | None = None,
    ) -> None:
        """Record an alert, print it, and have it sent to where ``init(webhook_url=)`` says.

        ``level`` is INFO, WARN or ERROR. After one with a ``wait_duration``, in seconds or as a timedelta, others of
        the same title are left out for so long. ``data`` is kept beside it. ``webhook_url`` is told of this one in the
        place of those that ``init`` named, whatever its level. Raises UsageError.
        """
        self._check("alert()")
        if not str(title).strip():
            raise UsageError("An alert needs a title.")
        if isinstance(wait_duration, Mapping):
            # As Hugging Face's trackio has them in order.
            data, wait_duration = wait_duration, None
        grade, wait_seconds = level_of(level), seconds(wait_duration)
        places = None if webhook_url is None else _places(webhook_url)
        title = clean(str(title))
        if self._gate.opens(title, wait_seconds):
            self._raise(title, clean(str(text or "")), grade, plain(data), self.last_step(), places)

    def alert_on(
        self,
        *,
        nan: bool | None = None,
        silence_minutes: float | None = None,
        gpu_memory: float | None = None,
        crash: bool | None = None,
    ) -> None:
        """Have alerts raised by themselves, from now on; what is not named stays as it is, False switches one off.

        ``nan``: a metric becomes NaN or infinite, once for each. ``silence_minutes``: nothing was logged for so long,
        and again when logging goes on. ``gpu_memory``: so much of a GPU's memory is in use, as 0.95. ``crash``: the run
        ends badly; of a process that was killed, a server that shows the run tells it. Raises UsageError.
        """
        self._check("alert_on()")
        # Loads what most runs do without.
        from trackio.alerts.rules import EVENT
        from trackio.alerts.vigil import Vigil

        vigil = self._vigil or Vigil(monotonic(), is_quiet_at_first=(settings.rank() or 0) > 0)
        rules = vigil.rules.changed(nan=nan, silence_minutes=silence_minutes, gpu_memory=gpu_memory, crash=crash)
        if rules != vigil.rules:
            self.record(EVENT, **rules.fields())
        vigil.rules, self._vigil = rules, vigil
        if rules.gpu_memory is not None and not self._owner.is_measured(cast("Run", self), "gpu"):
            self.faults.warn(
                "gpu_memory", "alert_on(gpu_memory=) looks at the metrics of GPUs, which are switched off."
            )

    def keep_vigil(self) -> None:
        """Look for what the run shall be alerted of; called every second from the background."""
        vigil = self._vigil
        if vigil is None or self.is_finished:
            return
        with self.faults.contained("vigil", "automatic alerts may be missing"):
            for finding in vigil.look(self._writer.path, self._writer.kept_rows, monotonic()):
                self._find(finding)

    def _see(self, readings: Mapping[str, float]) -> None:
        """Note what the sampler saw of the machine."""
        if self._vigil is not None:
            self._vigil.see(readings)

    def _look_last(self, exit_code: int) -> None:
        """Raise the last alerts of the run, which is about to end."""
        vigil = self._vigil
        if vigil is None or vigil.is_over:
            return
        with self.faults.contained("vigil", "automatic alerts may be missing"):
            for finding in vigil.look_last(self._writer.path):
                self._find(finding)
            if exit_code and vigil.rules.crash:
                from trackio.alerts import findings

                self._find(findings.failure(self._failures.error(), exit_code))

    def _find(self, finding: Finding) -> None:
        if not self.is_finished:
            step = self.last_step() if finding.step is None else finding.step
            self._raise(clean(finding.title), clean(finding.text), finding.level, plain(finding.data), step, None)

    def _raise(  # noqa: PLR0917 - what an alert consists of
        self, title: str, text: str, level: AlertLevel, data: Any, step: int | None, places: tuple[Place, ...] | None
    ) -> None:
        """Record an alert, print it and hand it on; ``places`` are told in the place of the run's."""
        with self._lock:
            # Readers tell times to the microsecond, and ask for what came after one.
            self._alerted_us = max(time_ns() // 1000, self._alerted_us + 1)
            now_ns = self._alerted_us * 1000
            word = level.value.lower()
            self.record("alert", time_ns=now_ns, title=title, text=text, level=word, step=step, data=data)
        grade = terminal.coloured(level.value, _COLOURS[level])
        terminal.say(f"{grade}: run {self.name!r}: {harmless(title)}{': ' if text else ''}{plain_lines(text)}")
        if places is None and self.outlets is not None:
            places = self.outlets.told_of(level)
        if places and self.offline:
            self.faults.warn(
                "offline", "alerts are recorded, and sent nowhere: mode='offline' leaves the network alone."
            )
        elif places:
            with self.faults.contained("alerted", "an alert was recorded, but is not sent"):
                from trackio.alerts.message import Message

                message = Message(self.project, self.name, self.id, level, title, text, step, now_ns, data, self.url)
                self._owner.alerted(cast("Run", self), message, places)

    @cached_property
    def _gate(self) -> Gate:
        return Gate()


def _places(webhook_url: Any) -> tuple[Place, ...]:
    from trackio.alerts.places import places

    return places(webhook_url)
