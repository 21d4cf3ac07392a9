"""``sync`` and ``freeze``: what is being recorded, brought to disk and shown to others.

This is where the write side meets the outlets: runs in progress are flushed, and the report of what lies on disk is
published.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trackio import settings
from trackio.context_vars import current_project, current_space_id
from trackio.errors import UsageError
from trackio.messages import logger
from trackio.publish import places
from trackio.publish.gradio_space import Wanted
from trackio.publish.hub import Hub
from trackio.publish.static import Publication, Published, publish
from trackio.report.build import Options, silent
from trackio.report.build import Progress as Bar
from trackio.report.gather import Selection
from trackio.store import layout
from trackio.store.home import Home
from trackio.tracking.faults import Faults
from trackio.tracking.run import Run
from trackio.tracking.session import process

if TYPE_CHECKING:
    from trackio.publish.asking import Confirm
    from trackio.publish.living import Living
    from trackio.remote.delivery import Delivered, Progress


def sync(  # noqa: PLR0917 - the original's order
    project: str | None = None,
    space_id: str | None = None,
    private: bool | None = None,
    force: bool = False,
    run_in_background: bool = False,
    sdk: Literal["static", "gradio"] = "static",
    dataset_id: str | None = None,
    bucket_id: str | None = None,
    frontend_dir: str | Path | None = None,
    *,
    prune: bool = False,
    allow: Sequence[str] = (),
    hf_token: str | None = None,
) -> str | None:
    """Bring everything logged so far to disk, and publish the project's report as a static Space; its ``owner/name``.

    What waits to be sent to a server is sent first, as far as the server can be reached.

    The Space is ``space_id``, else that of the run in progress, of ``TRACKIO_SPACE_ID``, or of the last ``sync``; with
    none of these nothing is published and the answer is None. A Space that was found to take what runs log as they go
    on is left as it is. ``project`` is by default the current one. An id
    without an owner is the logged-in user's. ``private`` counts for a Space that is made. Only what changed is sent, in
    one commit; files that others wrote stay, unless they are in the way and ``force`` is given, and so do files of
    earlier publications that the report no longer has, unless ``prune`` is. A secret in what would be seen stops it;
    ``allow`` lets through what is meant, by its rule or place.

    It may come at any time, in a training loop too: while a run of the project goes on in this process, whatever
    keeps it from publishing costs a warning and the answer is None. Nobody is asked. ``run_in_background`` publishes in
    a thread that the interpreter waits for, and answers with the id as given.

    ``sdk="gradio"`` brings the runs to a Space with a server and the live dashboard, which is made when it is not
    there, and waits until it answers. It backs itself up to the dataset ``dataset_id`` (its own id with ``_dataset``
    after it), with ``hf_token`` or else the login's; or to the bucket ``bucket_id``. A report needs none of these, and
    ``frontend_dir`` never has an effect.

    Raises UnknownProject, UsageError, MissingExtra without huggingface_hub, ReportError and PublishError; in any case
    nothing that was recorded is lost.
    """
    if sdk not in ("static", "gradio"):
        raise UsageError(
            f"sdk={sdk!r} is unknown. Use 'static', a Space of pages that needs no server, or 'gradio', one that has a "
            "server."
        )
    name = _project(project)
    live = _flushed(name)
    if any(run.disabled for run in live):
        return None
    place = space_id or place_of(name)
    unused = {"dataset_id": dataset_id, "bucket_id": bucket_id, "frontend_dir": frontend_dir}
    faults = live[0].faults if live else Faults()
    with faults.contained("outbox", "what waits for a server was not sent; it will be tried again"):
        _send_others(name, live)
    if sdk == "gradio":
        _say_unused([name for name, value in {"frontend_dir": frontend_dir}.items() if value is not None])
        if place is None:
            raise UsageError("Name the Space: sync(space_id='owner/name', sdk='gradio').")
        wanted = Wanted(place, private, dataset_id, bucket_id, hf_token, settings.home())
        return _to_server(name, wanted, allow, faults, is_live=bool(live), in_background=run_in_background)
    if place is not None and process.sending.is_live(place):
        Home().project(name).catch_up()
        return place
    if place is not None:
        _say_unused([option for option, value in unused.items() if value is not None])
    answer = None
    with _border(faults, name) if live else nullcontext():
        Home().project(name).catch_up()
        if place is not None:
            what = publication(name, place, private=private, force=force, prune=prune, allow=allow)
            if run_in_background:
                threading.Thread(target=_publish_aside, args=(what, name, faults), name="trackio-sync").start()
            answer = place if run_in_background else published(what).space_id
    return answer


def send(
    project: str,
    *,
    server_url: str | None = None,
    write_token: str | None = None,
    progress: Progress = lambda _run, _done, _total: None,
) -> Delivered:
    """Send what waits in a project's outbox, but for what this process sends by itself.

    ``server_url`` names the server where it has moved, or one of several. The write token is that of its address,
    else ``write_token``, else that of the environment. Raises UsageError.
    """
    from trackio.remote import delivery, place

    marks = delivery.waiting(layout.project_directory(settings.home(), project), process.sending.journals())
    if not marks:
        return delivery.Delivered((), ())
    token = write_token or settings.said("write_token") or settings.said("api_key")
    named = settings.said("server_url")
    mine = [run.server for run in process.live if run.server is not None]
    # The environment's token is for the environment's server.
    known = (*mine, *([place.at(named, token)] if named else []))
    access = delivery.Access(
        place.at(server_url, token) if server_url else None,
        known,
        token if write_token or not named else None,
    )
    return delivery.deliver(marks, access, progress)


def freeze(  # noqa: PLR0917 - the original's order
    space_id: str | None = None,
    project: str | None = None,
    new_space_id: str | None = None,
    private: bool | None = None,
    bucket_id: str | None = None,
    frontend_dir: str | Path | None = None,
    *,
    allow: Sequence[str] = (),
) -> str:
    """Publish the project's report as it is now in a Space of its own, which no later ``sync`` changes; its id.

    The new Space is ``new_space_id``, by default ``space_id`` with ``_static`` after it; one that ``sync`` or
    `trackio report` writes is refused, and so are they where it is frozen. Freezing again replaces it. The source is
    what this machine recorded, not what the Space ``space_id`` shows. Where that, or the Space that the project was
    published to last, is private, so is the new one unless ``private`` says otherwise. ``bucket_id`` and
    ``frontend_dir`` have no effect.

    Raises as ``sync`` does, and PublishError for a Space that is there and trackio did not make.
    """
    name = _project(project)
    what = frozen(space_id, name, new_space_id, private=private, allow=allow)
    _flushed(name)
    unused = {"bucket_id": bucket_id, "frontend_dir": frontend_dir}
    _say_unused([option for option, value in unused.items() if value is not None])
    return publish(what, Hub()).space_id


def frozen(
    space_id: str | None,
    project: str,
    new_space_id: str | None,
    *,
    private: bool | None = None,
    allow: Sequence[str] = (),
) -> Publication:
    """A project's report for a Space of its own; see `freeze`."""
    if not (new_space_id or space_id):
        raise UsageError("A frozen report needs a name for its Space: new_space_id='owner/name' (--new-space-id).")
    source_id, place = space_id or place_of(project), new_space_id or f"{space_id}_static"
    if place == source_id:
        raise UsageError(
            f"{place} is the Space that {project} goes on in, and what is frozen is to stay as it is. Name another: "
            "new_space_id='owner/name' (--new-space-id)."
        )
    what = publication(project, place, private=private, allow=allow)
    return replace(what, source_id=source_id, is_frozen=True)


def place_of(project: str) -> str | None:
    """The Space that a project goes to when none is named: of its run, of the environment, or of the last time."""
    return _space_of(project) or places.recall(layout.project_directory(settings.home(), project))


def publication(
    project: str,
    space_id: str,
    *,
    private: bool | None = None,
    force: bool = False,
    prune: bool = False,
    allow: Sequence[str] = (),
) -> Publication:
    """A project's whole report, and the Space that it goes to."""
    options = Options(Path(), settings.home(), Selection((project,)))
    return Publication(options, space_id, private=private, is_forced=force, is_pruned=prune, allow=tuple(allow))


def published(what: Publication, confirm: Confirm | None = None, progress: Bar = silent) -> Published:
    """Publish it, and go on there from now on."""
    done = publish(what, Hub(), confirm=confirm, progress=progress)
    for project in done.projects:
        places.remember(Home().project(project).directory, done.space_id)
    return done


def _project(given: str | None) -> str:
    name = given or current_project.get()
    if name is None:
        raise UsageError("Name the project: sync(project=...). No run has begun in this process.")
    return name


def _flushed(project: str) -> list[Run]:
    """The project's runs in progress, after all that they logged is stored."""
    live = [run for run in process.live if run.project == project]
    for run in live:
        run.flush()
    process.sending.flush(live)
    return live


def _send_others(project: str, live: list[Run]) -> None:
    """Send what else waits, unless the server of the runs in progress is just not there."""
    if any(process.sending.is_behind(run) for run in live):
        return
    found = send(project)
    if not found.left:
        return
    from trackio.remote.delivery import called, listed

    names = called(Home().project(project).runs())
    for host, reason, left in found.reasons():
        runs = listed(names.get(one.run, one.run) for one in left)
        logger().warning("Not wholly sent to %s: %s. It keeps %s.", host, reason, runs)


def _space_of(project: str) -> str | None:
    """The Space that the project's current or last run, or else the environment, names."""
    mine = current_space_id.get() if current_project.get() == project else None
    return mine or settings.text("TRACKIO_SPACE_ID")


def brought(project: str, wanted: Wanted, **options: Any) -> Living:
    """Bring a project's runs to a Space with a server: see `trackio.publish.living.bring`."""
    from trackio.publish.living import bring

    return bring(project, wanted, say=options.pop("say", logger().warning), **options)


def _to_server(
    project: str, wanted: Wanted, allow: Sequence[str], faults: Faults, *, is_live: bool, in_background: bool
) -> str | None:
    def work() -> str:
        return brought(project, wanted, allow=allow).space_id

    def aside() -> None:
        with _border(faults, project):
            work()

    if in_background:
        threading.Thread(target=aside, name="trackio-sync").start()
        return wanted.space_id
    done: list[str] = []
    with _border(faults, project) if is_live else nullcontext():
        done.append(work())
    return done[0] if done else None


def _publish_aside(what: Publication, project: str, faults: Faults) -> None:
    with _border(faults, project):
        published(what)


def _border(faults: Faults, project: str) -> AbstractContextManager[None]:
    """Keeps what goes wrong with publishing from a training loop, and tells of it."""
    return faults.contained("sync", f"{project} is not published")


def _say_unused(options: list[str]) -> None:
    """Say what was asked for and has no effect, each time: publishing is rare."""
    if options:
        logger().warning("%s: no effect. A Space has pages of its own, and a report its data too.", ", ".join(options))
