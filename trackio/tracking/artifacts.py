"""The calls of a run that keep versions of files, and take them up again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.errors import InvalidArtifact, StoreError, UnknownArtifact, UsageError
from trackio.tracking import code
from trackio.tracking.keeping import Keeping

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact

StrPath = str | os.PathLike[str]


class Artifacts(Keeping):
    """Artifacts logged, used and linked. Their files are hashed and stored by a thread; what is asked of one waits."""

    def log_artifact(
        self,
        artifact_or_path: Artifact | StrPath,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - wandb's name for it
        aliases: list[str] | None = None,
        tags: list[str] | None = None,
    ) -> Artifact:
        """Log an artifact as an output of the run; a path or an address is made one first.

        Returns at once: ``artifact.wait()`` returns when it is stored and knows its version. Content that the name has
        already gives that version again, and moves ``latest`` and the aliases to it. A fault of the disk is told, and
        raised by ``wait()`` alone. Raises InvalidArtifact for what can be no artifact, or is of another type than the
        versions of that name.
        """
        self._check("log_artifact()")
        return self._log(self._made(artifact_or_path, name, type), aliases, tags)

    def log_model(self, path: StrPath, name: str | None = None, aliases: list[str] | None = None) -> Artifact:
        """Log a file, a folder or an address as an artifact of the type ``model``: see ``log_artifact``."""
        return self.log_artifact(path, name, "model", aliases)

    def use_artifact(
        self,
        artifact_or_name: str | Artifact,
        type: str | None = None,  # noqa: A002 - wandb's
        aliases: list[str] | None = None,
        use_as: str | None = None,
    ) -> Artifact:
        """Note an artifact as an input of the run, and give it: ``download()`` brings its files.

        Named as ``name:alias``, ``name:v3``, or with ``project/`` before it. ``aliases`` are given to it besides. A
        draft is logged first. Raises UnknownArtifact, and InvalidArtifact when it has another ``type``.
        """
        from trackio.artifacts.artifact import Artifact
        from trackio.artifacts.find import find
        from trackio.artifacts.names import valid_aliases

        self._check("use_artifact()")
        more = valid_aliases(aliases)
        if isinstance(artifact_or_name, Artifact):
            artifact = artifact_or_name
            if artifact.is_draft():
                self._log(artifact, aliases, None)
                artifact.wait()
        else:
            self._deposits.wait()
            artifact = find(self._store(), artifact_or_name)
        if type is not None and type != artifact.type:
            raise InvalidArtifact(f"{artifact.name!r} has the type {artifact.type!r}, not {type!r}.")
        artifact.use_as = use_as
        if artifact.is_draft():
            # In a disabled run.
            return artifact
        if not set(more) <= set(artifact.aliases):
            artifact.aliases = [*dict.fromkeys([*artifact.aliases, *more])]
            artifact.save()
        collection, _, version = artifact.source_name.partition(":v")
        project = None if artifact.project == self.project else artifact.project
        self.record("artifact_used", name=collection, version=int(version), digest=artifact.digest, project=project)
        return artifact

    def use_model(self, name: str) -> str:
        """Note a model as an input of the run, download it, and return its path: of the file, when it is just one.

        Raises InvalidArtifact when the artifact's type is none of a model.
        """
        artifact = self.use_artifact(name)
        if "model" not in artifact.type.lower():
            raise InvalidArtifact(f"{artifact.name!r} is a {artifact.type!r}, no model. Use use_artifact() for it.")
        root = artifact.download()
        return str(Path(root, *artifact.entries)) if len(artifact) == 1 else root

    def link_artifact(self, artifact: Artifact, target_path: str, aliases: list[str] | None = None) -> Artifact:
        """Put a version into another collection too, such as ``wandb-registry-models/best``.

        Gives it as it is there. It is logged first if it was not, and waited for. Raises InvalidArtifact when the
        collection has another type.
        """
        # Costs 8 ms, which `import trackio` does without.
        import sqlite3

        from trackio.artifacts.find import find
        from trackio.artifacts.names import valid_aliases
        from trackio.artifacts.places import target

        self._check("link_artifact()")
        collection, more = target(target_path, self.project), valid_aliases(aliases)
        if artifact.is_draft():
            self._log(artifact, None, None)
            if self.disabled:
                return artifact
            artifact.wait()
        if artifact.project != self.project:
            return artifact.link(target_path, more)
        self._check_type(collection, artifact.type)
        name = artifact.source_name.partition(":")[0]
        self.record("artifact_linked", name=name, digest=artifact.digest, target=collection, aliases=more)
        try:
            self._store().fold()
            return find(self._store(), f"{collection}:{artifact.digest}")
        except (OSError, sqlite3.Error, StoreError, UnknownArtifact) as error:
            self.faults.warn("link", f"the link to {collection!r} is in the journal, but does not show yet: {error}")
            return artifact

    def link_model(
        self, path: StrPath, registered_model_name: str, name: str | None = None, aliases: list[str] | None = None
    ) -> Artifact:
        """Log a model, and link it to ``model-registry/<registered_model_name>``; gives it as it is there.

        Content that ``name`` has already is not logged anew. The aliases are those in the registry.
        """
        if "/" in registered_model_name:
            raise InvalidArtifact(f"{registered_model_name!r}: pass the name of the registered model alone, no path.")
        return self.link_artifact(self.log_model(path, name), f"model-registry/{registered_model_name}", aliases)

    def log_code(
        self,
        root: str | None = ".",
        name: str | None = None,
        include_fn: code.Chooser = code.is_source,
        exclude_fn: code.Chooser = code.is_foreign,
    ) -> Artifact | None:
        """Log the source files below a folder as an artifact of the type ``code``; None when there are none.

        Python files, lists of requirements and Dockerfiles unless ``include_fn`` chooses others by their path (and the
        root, if it takes two arguments); ``exclude_fn`` takes some out again. Files whose names say that they hold keys
        or passwords, such as ``.env``, are left out whatever is chosen.
        """
        from trackio.artifacts.artifact import Artifact
        from trackio.artifacts.names import safe_name

        self._check("log_code()")
        program = Path(sys.argv[0] if sys.argv and sys.argv[0] not in ("", "-c", "-m") else "notebook")
        artifact = Artifact.internal(name or safe_name(f"source-{self.project}-{program.name}"), "code")
        folder = Path(root or ".").absolute()
        for path in code.chosen(folder, include_fn, exclude_fn):
            artifact.add_file(path, path.relative_to(folder).as_posix())
        if not len(artifact):
            self.faults.warn("code", f"log_code(): there are no source files below {folder}.")
            return None
        return self._log(artifact, None, None)

    def upsert_artifact(
        self,
        artifact_or_path: Artifact | str,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - wandb's
        aliases: list[str] | None = None,  # noqa: ARG002 - wandb's; those of finish_artifact count
        distributed_id: str | None = None,
    ) -> Artifact:
        """Store this process's share of an artifact that many write; ``finish_artifact`` makes a version of all.

        They share the ``distributed_id``, or else the group of their runs. Returns when the share is stored. Raises
        UsageError without either.
        """
        from trackio.artifacts import storing
        from trackio.store.artifacts import PART

        self._check("upsert_artifact()")
        artifact, shared = self._made(artifact_or_path, name, type), self._shared(distributed_id)
        artifact.finalize()
        artifact.distributed_id = shared
        if not self.disabled:
            store = self._store()

            def stored() -> None:
                self._post(PART, **storing.share(artifact, store, shared))

            self._put(f"the share of artifact {artifact.name!r}", stored, given_up=artifact.clear_staging)
            self._wait_for_files()
        return artifact

    def finish_artifact(
        self,
        artifact_or_path: Artifact | str,
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - wandb's
        aliases: list[str] | None = None,
        distributed_id: str | None = None,
    ) -> Artifact:
        """Make a version of all shares that were stored under the ``distributed_id``, and of this one.

        Later shares are those of the next version.
        """
        self._check("finish_artifact()")
        artifact = self._made(artifact_or_path, name, type)
        return self._log(artifact, aliases, None, self._shared(distributed_id))

    def _shared(self, distributed_id: str | None) -> str:
        shared = distributed_id if distributed_id is not None else self.group
        if not shared:
            raise UsageError("Many write one artifact by a distributed_id, or in runs of one group. Pass either.")
        return str(shared)

    def _made(self, artifact_or_path: Any, name: str | None, kind: str | None) -> Artifact:
        from trackio.artifacts.artifact import Artifact
        from trackio.artifacts.names import safe_name

        if isinstance(artifact_or_path, Artifact):
            return artifact_or_path
        if not isinstance(artifact_or_path, (str, os.PathLike)):
            raise InvalidArtifact(f"An artifact or a path can be logged, not {type(artifact_or_path).__name__}.")
        path = os.fspath(artifact_or_path)
        last = Path(path.rstrip("/")).name
        artifact = Artifact(name or safe_name(f"run-{self.id}-{last}"), kind or "unspecified")
        if Path(path).is_file():
            artifact.add_file(path)
        elif Path(path).is_dir():
            artifact.add_dir(path)
        elif "://" in path:
            artifact.add_reference(path)
        else:
            raise InvalidArtifact(
                f"There is no file or folder at {path!r}, and it is no address such as s3://bucket/path."
            )
        return artifact
