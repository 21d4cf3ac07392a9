"""What the calls of a run that keep files have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any

from trackio.errors import InvalidArtifact, StoreError
from trackio.tracking.deposits import Deposit, Deposits
from trackio.tracking.faults import Faults
from trackio.tracking.identity import Identified

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact
    from trackio.store.project import ProjectStore


class Keeping(Identified):
    """Takes in artifacts and files: copied when the call returns, hashed and stored by a thread."""

    faults: Faults
    _lock: RLock
    _taken: Deposits | None = None
    """What was handed over; None while nothing was."""

    @property
    @abstractmethod
    def step(self) -> int:
        """The step that the next row takes."""

    @abstractmethod
    def _check(self, call: str) -> None:
        """Raise RunFinished when the run is over."""

    @abstractmethod
    def _store(self) -> ProjectStore:
        """The project as readers see it."""

    @property
    def _deposits(self) -> Deposits:
        if self._taken is None or not self._taken.is_ours:
            self._taken = Deposits(self._lock, self.faults)
        return self._taken

    def _wait_for_files(self) -> None:
        """Return when all files handed over so far are stored."""
        if self._taken is not None:
            self._deposits.wait()

    def _finish_files(self) -> None:
        """Likewise at the end of the run; what met a fault is tried again."""
        if self._taken is not None:
            self._deposits.finish()

    def _log(
        self, artifact: Artifact, aliases: list[str] | None, tags: list[str] | None, shared: str | None = None
    ) -> Artifact:
        """Have an artifact stored and journaled; ``shared`` names the shares of others that go into it."""
        from trackio.artifacts import storing
        from trackio.artifacts.names import valid_aliases, valid_tags

        words = valid_aliases(aliases), valid_tags(tags)
        if self.disabled:
            artifact.finalize()
            return artifact
        store, step = self._store(), self.step
        for place in (artifact.origin, None if artifact.is_draft() else artifact.home):
            if place is not None and place.directory != store.directory:
                raise InvalidArtifact(f"{artifact.name!r} is of project {place.name!r}; log it in a run of that one.")
        self._check_type(artifact.base_name, artifact.type)
        if not artifact.is_draft():
            self.record("artifact", **storing.logged_again(artifact, *words, step))
            with self.faults.contained("artifact", "aliases of an artifact that was logged again do not show yet"):
                artifact.refresh()
            return artifact
        delivery = artifact.deliver(store)
        artifact.keep_staging()

        def stored() -> None:
            self._post("artifact", **storing.logged(artifact, store, *words, step, shared))

        self._put(f"artifact {artifact.name!r}", stored, delivery.end, artifact.clear_staging)
        return artifact

    def _post(self, event: str, /, **fields: Any) -> None:
        """Journal an event from the thread that stores."""
        self._deposits.post(lambda: self.record(event, **fields))

    def _put(
        self,
        what: str,
        store: Callable[[], None],
        ended: Callable[[Exception | None], None] = lambda _error: None,
        given_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Have something stored by the thread; ``ended`` is told how it went, ``given_up`` that it never will be."""
        self._deposits.put(Deposit(what, store, ended, given_up))

    def _check_type(self, name: str, kind: str) -> None:
        """Raise InvalidArtifact when a collection is known to be of another type; the fold has the last word."""
        # Costs 8 ms, which `import trackio` does without.
        import sqlite3

        from trackio.store import versions

        try:
            known = versions.type_of(self._store(), name)
        except (OSError, sqlite3.Error, StoreError):
            known = None
        known = self._deposits.types.setdefault(name, known or kind)
        if known != kind:
            raise InvalidArtifact(f"{name!r} has the type {known!r}, so a {kind!r} cannot be one. Use another name.")
