"""``init(mode="disabled")``: a run that answers everything and records nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trackio.tracking.plain import plain
from trackio.tracking.run import Run
from trackio.tracking.writer import Writer

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact


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

    def alert_on(self, *_: Any, **__: Any) -> None:
        """Look for nothing."""

    def mark(self, *_: Any, **__: Any) -> None:
        """Measure nothing."""

    def watch(self, *_: Any, **__: Any) -> None:
        """Hook into nothing."""

    def save(self, *_: Any, **__: Any) -> list[str]:
        """Keep nothing."""
        return []

    def restore(self, *_: Any, **__: Any) -> None:
        """Bring back nothing."""

    def log_code(self, *_: Any, **__: Any) -> None:
        """Keep nothing."""

    def use_artifact(
        self,
        artifact_or_name: str | Artifact,
        type: str | None = None,  # noqa: A002 - wandb's
        aliases: list[str] | None = None,  # noqa: ARG002
        use_as: str | None = None,  # noqa: ARG002
    ) -> Artifact:
        """An empty artifact of the name."""
        if not isinstance(artifact_or_name, str):
            return artifact_or_name
        return self._made(artifact_or_name, artifact_or_name.rpartition("/")[2].partition(":")[0], type)

    def use_model(self, name: str) -> str:
        """An empty folder in the place of one."""
        del name
        return self.dir

    def _made(self, artifact_or_path: Any, name: str | None, kind: str | None) -> Artifact:
        from trackio.artifacts.artifact import Artifact
        from trackio.artifacts.names import safe_name

        if isinstance(artifact_or_path, Artifact):
            return artifact_or_path
        return Artifact(safe_name(name or "disabled"), kind or "unspecified")

    def _check(self, call: str) -> None:
        """Nothing is refused, not even after the end."""

    def _new_writer(self) -> Writer:
        return _Nowhere(self.directory, bytes, self._begin_elsewhere, self.faults)


class _Nowhere(Writer):
    """Takes frames and keeps none."""

    def append(self, frame: bytes) -> None:
        """Keep nothing."""

    def retry(self) -> bool:
        """There is nothing left to write."""
        return True

    def close(self, last: bytes) -> None:
        """Keep nothing."""
