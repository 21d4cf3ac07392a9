"""``init(mode="disabled")``: a run that answers everything and records nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio.tracking.plain import plain
from trackio.tracking.run import Run
from trackio.tracking.writer import Writer


class DisabledRun(Run):
    """Config and summary are kept in memory, so that a script reads what it wrote; there is no file."""

    def log(
        self,
        metrics: Mapping[str, Any] | None = None,
        step: int | None = None,  # noqa: ARG002 - steps are those of rows, and there are none
        commit: bool | None = None,  # noqa: ARG002
        sync: bool | None = None,  # noqa: ARG002
        *,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the values for the summary."""
        given = metrics if metrics is not None else data
        if isinstance(given, Mapping):
            self.summary.update({str(name): plain(value) for name, value in given.items()})

    def alert(self, *_: Any, **__: Any) -> None:
        """Say nothing."""

    def watch(self, *_: Any, **__: Any) -> None:
        """Hook into nothing."""

    def _check(self, call: str) -> None:
        """Nothing is refused, not even after the end."""

    def _new_writer(self) -> Writer:
        return _Nowhere(self.directory, bytes, self.faults)


class _Nowhere(Writer):
    """Takes frames and keeps none."""

    def append(self, frame: bytes) -> None:
        """Keep nothing."""

    def retry(self) -> bool:
        """There is nothing left to write."""
        return True

    def close(self, last: bytes) -> None:
        """Keep nothing."""
