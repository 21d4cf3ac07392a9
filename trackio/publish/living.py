"""A project's runs in a Space with a server: made or used again, waited for, and given what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trackio import settings
from trackio.errors import PublishError, SecretsFound, UsageError
from trackio.publish import scan
from trackio.publish.answering import wait
from trackio.publish.asking import Confirm
from trackio.publish.gradio_space import Wanted, deploy
from trackio.publish.handing import Handed, Progress, hand_over
from trackio.publish.hosts import page
from trackio.remote import tokens
from trackio.remote.place import space
from trackio.report.gather import Selection
from trackio.store.home import Home


@dataclass(frozen=True, slots=True)
class Living:
    """What came of it."""

    space_id: str
    url: str
    """The Space's page."""
    pages: str
    """Where it answers."""
    handed: Handed


def bring(
    project: str,
    wanted: Wanted,
    *,
    allow: Sequence[str] = (),
    confirm: Confirm | None = None,
    say: Callable[[str], None],
    progress: Progress = lambda _run, _done, _total: None,
) -> Living:
    """Bring a project's runs to a Space. Raises UnknownProject, SecretsFound, UsageError and PublishError."""
    home = wanted.home or settings.home()
    store = Home(home).project(project)
    store.catch_up()
    found = scan.recorded(home, Selection((store.name,)), allow=allow)
    if found:
        raise SecretsFound(found)
    if confirm is not None and wanted.private is not True and tokens.kept(home, wanted.space_id) is None:
        confirm(f"the runs of {store.name}", wanted.space_id, page(wanted.space_id))
    space_id = deploy(wanted, say)
    place = space(space_id)
    if place is None:
        raise UsageError(f"{space_id!r} is no name of a Space. Use owner/name.")
    wait(space_id)
    handed = hand_over(home, store, place, progress)
    for name in handed.going:
        say(f"Run {name} still goes on, and is left out. Do it again when it has ended.")
    for one in handed.left:
        raise PublishError(f"Not all of {store.name} is in {space_id}", one.reason, "Do it again to go on.")
    return Living(space_id, page(space_id), place.url, handed)
