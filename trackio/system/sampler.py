"""A thread that reads a probe at an interval and logs what it finds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from trackio.errors import RunFinished
from trackio.system.probes import Probe

FIRST_SECONDS = 1.0
"""The first sample comes early, so that a short run has one."""


class Sampler:
    """Samples until stopped.

    ``find`` makes the probe, or None where there is nothing to read; it runs in the thread, because looking for a
    driver takes its time. ``log`` takes each sample, and ``contained`` is the border that no fault crosses.
    """

    def __init__(
        self,
        find: Callable[[], Probe | None],
        log: Callable[[Mapping[str, float]], None],
        *,
        interval_seconds: float,
        contained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._find, self._log, self._contained = find, log, contained
        self._interval_seconds = interval_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="trackio-system", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more samples."""
        self._stopped.set()

    def _sample(self) -> None:
        with self._contained():
            if self._stopped.wait(min(FIRST_SECONDS, self._interval_seconds) / 2):
                return
            read = self._find()
            if read is None:
                return
            # Load is measured between two looks.
            pause = min(FIRST_SECONDS, self._interval_seconds) / 2
            while not self._stopped.wait(pause):
                try:
                    self._log(read())
                except RunFinished:
                    return
                pause = self._interval_seconds
