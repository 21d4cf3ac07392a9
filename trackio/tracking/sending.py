"""Runs on their way to a server: which server, what is noted of their journals, and how long their end waits for it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import settings as environment
from trackio.errors import UsageError
from trackio.messages import logger
from trackio.store import layout
from trackio.store.outbox import Mark, place
from trackio.tracking import terminal
from trackio.tracking.beginning import Beginning
from trackio.tracking.faults import Faults
from trackio.tracking.options import Settings

if TYPE_CHECKING:
    from trackio.remote.place import Place
    from trackio.remote.sender import Sender
    from trackio.remote.shipment import Shipment
    from trackio.tracking.run import Run

SYNC_SECONDS = 30.0
"""How long the end of a run waits for what is still to be sent, unless ``sync_timeout`` says otherwise."""

LEAVING_SECONDS = 5.0
"""And at most so long where the process ends with an error or is told to end: whoever did that waits for it."""

_LONGEST_SECONDS = 1e6


def server(chosen: Settings) -> Place | None:
    """The server that settings name; None for runs that stay on this machine. Raises UsageError."""
    url, space_id = chosen.given("server_url"), chosen.given("space_id")
    if not url and (not space_id or environment.is_true(environment.text("HF_HUB_OFFLINE"))):
        return None
    # Costs 20 ms, which a run that stays here does without.
    from trackio.remote import place as places

    token = chosen.given("write_token") or chosen.given("api_key")
    private = chosen.given("private")
    wish = places.Wish(
        private if isinstance(private, bool) else None,
        _text(chosen.given("dataset_id")),
        _text(chosen.given("bucket_id")),
    )
    found = places.chosen(_text(url), _text(space_id), _text(token), wish)
    if found is None and _text(space_id):
        logger().warning(
            "space_id=%r is no id of a Space, which has its owner in it, as in 'you/charts': the run is recorded on "
            "this machine, and not sent. `trackio sync --space-id you/charts --sdk gradio` does that later.",
            space_id,
        )
    return found


def seconds(chosen: Settings) -> float:
    """How long the end of a run waits; raises UsageError for what is no such time."""
    given = chosen.given("sync_timeout")
    try:
        found = SYNC_SECONDS if given is None else float(given)
    except (TypeError, ValueError):
        found = -1.0
    if not isfinite(found) or found < 0:
        raise UsageError(f"sync_timeout={given!r} is no number of seconds.")
    return min(found, _LONGEST_SECONDS)


def spool_home(home: Path, project: str, faults: Faults) -> Path:
    """Where a run that is sent is recorded: at home, or where that takes nothing, in a temporary folder."""
    try:
        folder = layout.journals(layout.create_project(home, project))
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        if os.access(folder, os.W_OK):
            return home
        reason = "it may not be written"
    from tempfile import mkdtemp

    try:
        found = Path(mkdtemp(prefix="trackio-"))
    except OSError:
        return home
    faults.warn("spool", f"{home} takes nothing ({reason}), so the run is kept in {found}, and sent from there.")
    return found


def noted(beginning: Beginning, journal: Path) -> Mark | None:
    """Note that a journal is to be sent, before it is begun; None for one that stays. Raises OSError."""
    if beginning.server is None:
        return None
    path = place(journal.parent.parent, journal.name)
    where = beginning.server
    wish = None if where.wish is None else asdict(where.wish)
    mark = Mark(path, where.url, beginning.project, beginning.id, where.space_id, wish)
    if not path.exists():
        mark.write()
    return mark


class Sending:
    """What this process sends, from the first run on that is to be sent."""

    def __init__(self) -> None:
        self._sender: Sender | None = None
        self._faults = Faults()
        self._runs: dict[tuple[str, str], Run] = {}
        """Those that are being sent, and nobody has waited for."""

    def begin(self, run: Run, mark: Mark, where: Place) -> None:
        """Send a journal that is about to be begun."""
        with run.faults.contained("remote", "the run is recorded on this machine and not sent"):
            if self._sender is None:
                from trackio.remote.sender import Sender

                self._sender = Sender(self._faults)
            self._runs[run.project, run.id] = run
            self._sender.send(mark, where)

    def end(self, run: Run) -> None:
        """Wait a while for what is still to be sent of a run that has ended, and say what is left."""
        if run.settings.mode == "offline":
            where = run.server
            if where is not None:
                command = _command(run.project)
                terminal.termlog(f"run {run.name!r} is recorded offline; `{command}` sends it to {where.host}.")
            return
        if self._runs.pop((run.project, run.id), None) is not None:
            self._wait([run], seconds(run.settings))

    def flush(self, runs: Iterable[Run]) -> None:
        """Wait a while until all that these runs have logged so far is sent."""
        if self._sender is None:
            return
        for run in runs:
            pending = self._sender.of_run(run.project, run.id)
            self._sender.wait(pending, seconds(run.settings), until_closed=False)

    def end_all(self) -> None:
        """Wait for those that nobody has waited for: the process ends."""
        runs, self._runs = list(self._runs.values()), {}
        if runs:
            is_bad = any(run.status == "failed" for run in runs)
            most = max(seconds(run.settings) for run in runs)
            self._wait(runs, min(most, LEAVING_SECONDS) if is_bad else most)

    def is_live(self, space_id: str) -> bool:
        """Whether a Space was found to hold a server."""
        if self._sender is None:
            return False
        from trackio.remote.place import space

        found = space(space_id)
        return found is not None and self._sender.is_live(found.url)

    def is_behind(self, run: Run) -> bool:
        """Whether something that the run logged could not be sent so far."""
        pending = [] if self._sender is None else self._sender.of_run(run.project, run.id)
        return any(one.left_bytes > 0 and one.link.is_failing for one in pending)

    def journals(self) -> set[str]:
        """The names of the journals that this process sends itself."""
        return set() if self._sender is None else {one.mark.journal.name for one in self._sender.all()}

    def continue_in_child(self) -> None:
        """Called in the child right after a ``fork``: what was on its way is the parent's to send."""
        self._runs.clear()
        self._faults.continue_in_child()
        if self._sender is not None:
            self._sender.continue_in_child()

    def _wait(self, runs: list[Run], most_seconds: float) -> None:
        if self._sender is None:
            return
        pending = {run: self._sender.of_run(run.project, run.id) for run in runs}
        self._sender.wait([one for found in pending.values() for one in found], most_seconds)
        for run, found in pending.items():
            left = [one for one in found if not (one.is_done or one.is_awaited) and one.total_bytes and one.link.is_due]
            if left:
                terminal.termwarn(_left_words(run, left))


def _left_words(run: Run, left: list[Shipment]) -> str:
    size = sum(one.left_bytes for one in left)
    what = f"{size / 1000:,.1f} kB are" if size else "its end is"
    host, command = left[0].link.place.host, _command(run.project)
    return f"run {run.name!r}: {what} still to be sent to {host}; `{command}` sends them."


def _command(project: str) -> str:
    import shlex

    return f"trackio sync --project {shlex.quote(project)}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
