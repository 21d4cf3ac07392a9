"""A Space with a server that takes in what runs log: made, or used again, and told where to back itself up."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from filelock import FileLock

from trackio import settings
from trackio.errors import PublishError
from trackio.publish import bars, space_files
from trackio.publish.client import api
from trackio.publish.told import LOG_IN, told
from trackio.remote import tokens
from trackio.remote.place import SPACES, subdomain
from trackio.store import layout
from trackio.version import __version__

if TYPE_CHECKING:
    from huggingface_hub.hf_api import SpaceInfo

MOUNT = "/bucket"
"""Where the Space finds its bucket."""
BUCKETS_SINCE = "1.9"
"""The huggingface_hub that can mount one."""

WRITE_TOKEN, HF_TOKEN, DATASET = "TRACKIO_WRITE_TOKEN", "HF_TOKEN", "TRACKIO_DATASET_ID"
BUCKET, BUCKET_DIR = "TRACKIO_BUCKET_ID", "TRACKIO_BUCKET_DIR"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The Space that is to be there."""

    space_id: str
    """``owner/name``, or a name alone for one of the user's own."""
    private: bool | None = None
    """Who may see one that is made, and its dataset; None is the owner's default."""
    dataset_id: str | None = None
    """Where it backs itself up; by default the Space's id with ``_dataset`` after it."""
    bucket_id: str | None = None
    """A bucket to use for that instead."""
    hf_token: str | None = field(default=None, repr=False)
    """A token for the Space, which may write to the dataset."""
    home: Path | None = None
    """Where its write token is kept."""


def deploy(wanted: Wanted, say: Callable[[str], None] = print) -> str:
    """Make the Space, or bring the one that is there up to date; its full id. It may not run yet.

    ``say`` is told what its owner should know. Doing it again goes on where it was cut short. Raises PublishError,
    MissingExtra and OSError.
    """
    return _Deploying(wanted, say).done()


class _Deploying:
    def __init__(self, wanted: Wanted, say: Callable[[str], None]) -> None:
        self._wanted, self._say = wanted, say
        self._home = wanted.home or settings.home()
        self._api = api()
        self._meaning = f"The Space {wanted.space_id} was not made"

    def done(self) -> str:
        folder = self._home / tokens.FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        # Every rank of a training may ask for the same Space.
        with FileLock(folder / f"{layout.key(self._wanted.space_id)}.lock"), told(self._meaning):
            return self._done()

    def _done(self) -> str:
        space_id = self._wanted.space_id
        if "/" not in space_id:
            space_id = f"{self._api.whoami()['name']}/{space_id}"
        self._wanted = replace(self._wanted, space_id=space_id)
        found = self._found()
        names = {file.rfilename for file in found.siblings or ()} if found is not None else set()
        has_server = space_files.APP in names
        if found is not None:
            space_id = found.id
            self._check(found, names)
        token = self._token(space_id, has_server=has_server)
        if found is None:
            self._api.create_repo(
                space_id,
                repo_type="space",
                space_sdk=space_files.SDK,
                private=self._wanted.private,
                exist_ok=True,
            )
            # Ours from now on, though it be cut short.
            card = space_files.files(space_id)[space_files.CARD]
            self._commit(space_id, {space_files.CARD: card}, "A Space for training runs")
        if not has_server:
            self._api.add_space_secret(space_id, WRITE_TOKEN, token)
        self._back_up(space_id, is_new=not has_server)
        self._upload(space_id, names)
        self._check_address(space_id)
        if not has_server:
            self._say(f"The write token of {space_id} is kept in {tokens.place(self._home, space_id)}.")
        return space_id

    def _check_address(self, space_id: str) -> None:
        """Raise PublishError where the Hub serves the Space elsewhere than others are, as one with a long name."""
        address = self._api.space_info(space_id).host
        host = urlsplit(address or "").hostname
        if host is not None and host != urlsplit(SPACES.replace("{}", subdomain(space_id))).hostname:
            raise PublishError(
                f"{space_id} was made, and nothing is sent to it",
                f"the Hub serves it at {address}",
                f"Name a Space that is shorter; or pass server_url={address!r} instead, with {WRITE_TOKEN} set to what "
                f"{tokens.place(self._home, space_id)} has.",
            )

    def _found(self) -> SpaceInfo | None:
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            return self._api.space_info(self._wanted.space_id)
        except RepositoryNotFoundError:
            return None

    def _check(self, found: SpaceInfo, names: set[str]) -> None:
        meaning, other = f"{found.id} was left as it is", "Name another Space, or delete that one."
        if found.sdk not in (None, space_files.SDK):
            raise PublishError(meaning, f"it is a {found.sdk} Space, which runs no server", other)
        if self._wanted.private and not found.private:
            raise PublishError(
                meaning,
                "it is public, and the runs were to be private",
                "Make it private in the settings of its page, name another Space, or leave out private=True.",
            )
        if space_files.TAG not in (found.tags or ()):
            # One that was made on the Hub's page is as good as none.
            is_ours = names <= {".gitattributes", space_files.CARD}
        else:
            # Anybody may use the tag.
            is_ours = space_files.APP not in names or space_files.is_written(self._content(found.id, space_files.APP))
        if not is_ours:
            raise PublishError(meaning, "trackio did not make it", other)

    def _token(self, space_id: str, *, has_server: bool) -> str:
        """The write token of the Space: that which was kept, else the environment's, else a new one.

        One that is made gets the environment's first.
        """
        said = settings.text(WRITE_TOKEN)
        if settings.text("TRACKIO_SERVER_URL") is not None:
            # It is that server's.
            said = None
        kept = tokens.kept(self._home, space_id)
        if kept is not None and (has_server or said is None):
            # The Hub tells no secret: what is kept here may be all that is left of it.
            return kept
        if said is not None:
            return tokens.keep(self._home, space_id, said)
        if has_server:
            raise PublishError(
                f"{space_id} was left as it is",
                "its write token is not on this machine",
                f"Set {WRITE_TOKEN} to it. It is in {tokens.FOLDER}/*/{tokens.NAME} under the trackio folder of the "
                "machine that made the Space; or set a new one as a secret in the Space's settings.",
            )
        return tokens.keep(self._home, space_id)

    def _back_up(self, space_id: str, *, is_new: bool) -> None:
        wanted = self._wanted
        if wanted.bucket_id is not None:
            self._mount(space_id, wanted.bucket_id)
            return
        known = {} if is_new else self._api.get_space_variables(space_id)
        if not is_new and wanted.dataset_id is None and (DATASET in known or BUCKET in known):
            dataset_id = known[DATASET].value if DATASET in known else None
        else:
            dataset_id = wanted.dataset_id or f"{space_id}_dataset"
            if "/" not in dataset_id:
                dataset_id = f"{space_id.partition('/')[0]}/{dataset_id}"
            self._make_dataset(space_id, dataset_id)
            if DATASET not in known or known[DATASET].value != dataset_id:
                self._api.add_space_variable(space_id, DATASET, dataset_id)
        given = wanted.hf_token or settings.text("TRACKIO_SPACE_HF_TOKEN")
        if given is None and is_new and dataset_id is not None:
            given = self._own_token()
            self._say(
                f"The Space {space_id} was given a copy of your login's token, to back itself up to {dataset_id}. "
                "Give it one that may write to that dataset alone with TRACKIO_SPACE_HF_TOKEN, or with HF_TOKEN in its "
                "settings."
            )
        if given is not None:
            self._api.add_space_secret(space_id, HF_TOKEN, given)

    def _own_token(self) -> str:
        from huggingface_hub import get_token

        found = get_token()
        if found is None:
            raise PublishError(self._meaning, "nobody is logged in", LOG_IN)
        return found

    def _make_dataset(self, space_id: str, dataset_id: str) -> None:
        from huggingface_hub.errors import RepositoryNotFoundError

        is_private = bool(self._api.space_info(space_id).private)
        try:
            found = self._api.dataset_info(dataset_id)
        except RepositoryNotFoundError:
            self._api.create_repo(dataset_id, repo_type="dataset", private=is_private, exist_ok=True)
            return
        if is_private and not found.private:
            raise PublishError(
                f"{dataset_id} was left as it is",
                "anybody can see it, and the Space is private",
                "Make it private on its page, or name another with dataset_id.",
            )

    def _mount(self, space_id: str, bucket_id: str) -> None:
        if not (hasattr(self._api, "create_bucket") and hasattr(self._api, "set_space_volumes")):
            raise PublishError(
                self._meaning,
                "this huggingface_hub mounts no buckets",
                f"Install huggingface_hub {BUCKETS_SINCE} or newer, or leave bucket_id out: a dataset will do.",
            )
        from huggingface_hub import Volume

        if "/" not in bucket_id:
            bucket_id = f"{space_id.partition('/')[0]}/{bucket_id}"
        is_private = bool(self._api.space_info(space_id).private)
        self._api.create_bucket(bucket_id, private=is_private, exist_ok=True)
        mounted = self._api.get_space_runtime(space_id).volumes or []
        if not any(one.mount_path == MOUNT and one.source == bucket_id for one in mounted):
            others = [one for one in mounted if one.mount_path != MOUNT]
            mine = Volume(type="bucket", source=bucket_id, mount_path=MOUNT)
            self._api.set_space_volumes(space_id, [*others, mine])
        known = self._api.get_space_variables(space_id)
        for name, value in ((BUCKET, bucket_id), (BUCKET_DIR, MOUNT)):
            if name not in known or known[name].value != value:
                self._api.add_space_variable(space_id, name, value)

    def _upload(self, space_id: str, names: set[str]) -> None:
        files = space_files.files(space_id)
        if space_files.REQUIREMENTS in names:
            there = self._content(space_id, space_files.REQUIREMENTS)
            if space_files.version(there.decode("utf-8", "replace")) > space_files.numbers(__version__):
                self._say(f"The Space {space_id} has a newer trackio, and keeps it.")
                return
            if there == files[space_files.REQUIREMENTS] and self._is_same(space_id, names, files):
                return
        stale = [name for name in names if re.fullmatch(r"trackio-[\w.+]+-py3-none-any\.whl", name)]
        self._commit(space_id, files, f"trackio {__version__}", gone=[name for name in stale if name not in files])

    def _is_same(self, space_id: str, names: set[str], files: dict[str, bytes]) -> bool:
        return all(name in names for name in files) and all(
            self._content(space_id, name) == content for name, content in files.items()
        )

    def _content(self, space_id: str, name: str) -> bytes:
        import tempfile

        with bars.hidden(), tempfile.TemporaryDirectory(prefix="trackio-") as folder:
            found = self._api.hf_hub_download(space_id, name, repo_type="space", local_dir=folder)
            return Path(found).read_bytes()

    def _commit(self, space_id: str, files: dict[str, bytes], message: str, gone: list[str] | None = None) -> None:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations: list[Any] = [CommitOperationAdd(name, content) for name, content in files.items()]
        operations += [CommitOperationDelete(name) for name in gone or ()]
        with bars.hidden(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
            self._api.create_commit(space_id, operations, commit_message=message, repo_type="space")
