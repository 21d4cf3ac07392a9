"""``trackio.Artifact``, and the functions of the package that keep files with the current run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from trackio.artifacts.artifact import Artifact
from trackio.errors import NoActiveRun
from trackio.tracking import code, front, session
from trackio.tracking.artifacts import StrPath
from trackio.tracking.saving import Policy


def save(
    glob_str: StrPath | bytes, base_path: StrPath | None = None, policy: Policy = "live", glob: bool = True
) -> list[str]:
    """Keep files with the current run: see ``Run.save``."""
    return session.demanded("save").save(glob_str, base_path, policy, glob)


def restore(
    name: str, run_path: str | None = None, replace: bool = False, root: StrPath | None = None
) -> TextIO | None:
    """Bring back a file that a run saved: see ``Run.restore``.

    Without a run in progress, ``run_path`` is needed, and the file is put into the current folder.
    """
    run = session.current()
    if run is not None:
        return run.restore(name, run_path, replace, root)
    if run_path is None:
        raise NoActiveRun("restore(name), without a run_path,")
    from trackio.artifacts.saved import restored

    return restored(None, run_path, name, Path(root or "."), replace=replace)


def log_artifact(
    artifact_or_path: Artifact | StrPath,
    name: str | None = None,
    type: str | None = None,  # noqa: A002 - wandb's
    aliases: list[str] | None = None,
    tags: list[str] | None = None,
) -> Artifact:
    """Log an artifact as an output of the current run: see ``Run.log_artifact``."""
    return session.demanded("log_artifact").log_artifact(artifact_or_path, name, type, aliases, tags)


def use_artifact(
    artifact_or_name: str | Artifact,
    type: str | None = None,  # noqa: A002 - wandb's
    aliases: list[str] | None = None,
    use_as: str | None = None,
) -> Artifact:
    """Note an artifact as an input of the current run, and give it: see ``Run.use_artifact``."""
    return session.demanded("use_artifact").use_artifact(artifact_or_name, type, aliases, use_as)


def log_model(path: StrPath, name: str | None = None, aliases: list[str] | None = None) -> Artifact:
    """Log a model: see ``Run.log_model``."""
    return session.demanded("log_model").log_model(path, name, aliases)


def use_model(name: str) -> str:
    """Download a model and return its path: see ``Run.use_model``."""
    return session.demanded("use_model").use_model(name)


def link_artifact(artifact: Artifact, target_path: str, aliases: list[str] | None = None) -> Artifact:
    """Put a version into another collection too: see ``Run.link_artifact``."""
    return session.demanded("link_artifact").link_artifact(artifact, target_path, aliases)


def link_model(
    path: StrPath, registered_model_name: str, name: str | None = None, aliases: list[str] | None = None
) -> Artifact:
    """Log a model and put it into the registry: see ``Run.link_model``."""
    return session.demanded("link_model").link_model(path, registered_model_name, name, aliases)


def log_code(
    root: str | None = ".",
    name: str | None = None,
    include_fn: code.Chooser = code.is_source,
    exclude_fn: code.Chooser = code.is_foreign,
) -> Artifact | None:
    """Log the source files below a folder: see ``Run.log_code``."""
    return session.demanded("log_code").log_code(root, name, include_fn, exclude_fn)


def upsert_artifact(
    artifact_or_path: Artifact | str,
    name: str | None = None,
    type: str | None = None,  # noqa: A002 - wandb's
    aliases: list[str] | None = None,
    distributed_id: str | None = None,
) -> Artifact:
    """Store this process's share of an artifact: see ``Run.upsert_artifact``."""
    return session.demanded("upsert_artifact").upsert_artifact(artifact_or_path, name, type, aliases, distributed_id)


def finish_artifact(
    artifact_or_path: Artifact | str,
    name: str | None = None,
    type: str | None = None,  # noqa: A002 - wandb's
    aliases: list[str] | None = None,
    distributed_id: str | None = None,
) -> Artifact:
    """Make a version of all shares: see ``Run.finish_artifact``."""
    return session.demanded("finish_artifact").finish_artifact(artifact_or_path, name, type, aliases, distributed_id)


class _OwnRun:
    """Logs an artifact in a run that is made for it alone."""

    def __init__(self, project: str | None) -> None:
        self._project = project

    def log_artifact(self, artifact: Any, /) -> Artifact:
        with front.init(
            project=self._project, job_type="auto", reinit="create_new", auto_log_cpu=False, auto_log_gpu=False
        ) as run:
            return run.log_artifact(artifact)


def _recorder(project: str | None) -> Any:
    return session.current() or _OwnRun(project)


Artifact.recorder = staticmethod(_recorder)
