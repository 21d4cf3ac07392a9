"""The Hugging Face Hub through its own client, which honours ``HF_TOKEN`` and a login, proxies, and ``HF_ENDPOINT``."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trackio.errors import PublishError
from trackio.publish import bars
from trackio.publish.client import api
from trackio.publish.hosts import address
from trackio.publish.spaces import Commit, Moved, Sent, Space
from trackio.publish.told import CONFLICTS, LOG_IN, status, told
from trackio.publish.waiting import pause

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

T = TypeVar("T")


class Hub:
    """A ``Transport`` to the Hub. ``wait`` sleeps for some seconds before the Hub is asked again."""

    def __init__(self, wait: Callable[[float], object] = time.sleep) -> None:
        self._api = api()
        self._wait = wait

    def full_id(self, space_id: str) -> str:
        """See `Transport`; asks who is logged in only when no owner is named."""
        from huggingface_hub import get_token
        from huggingface_hub.utils._validators import validate_repo_id

        if get_token() is None:
            raise PublishError(f"{space_id} was not published to", "nobody is logged in to the Hub", LOG_IN)
        with told(f"{space_id!r} is no name of a Space"):
            validate_repo_id(space_id)
        if "/" in space_id:
            return space_id
        with told(f"The owner of {space_id!r} could not be asked for"):
            return f"{self._asked(self._api.whoami)['name']}/{space_id}"

    def find(self, space_id: str) -> Space | None:
        """See `Transport`."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with told(f"{space_id} could not be looked up"):
            try:
                found = self._asked(lambda: self._api.space_info(space_id))
            except RepositoryNotFoundError:
                return None
            host = f"{(found.host or address(found.id)).rstrip('/')}/"
            return Space(found.id, found.sdk, host, found.sha or "", bool(found.private))

    def is_new(self, space_id: str) -> bool:
        """See `Transport`."""
        with told(f"{space_id} could not be looked up"):
            return len(self._asked(lambda: self._api.list_repo_commits(space_id, repo_type="space"))) <= 1

    def files(self, space: Space) -> Mapping[str, str]:
        """See `Transport`."""
        from huggingface_hub.hf_api import RepoFile

        def listed() -> dict[str, str]:
            tree = self._api.list_repo_tree(space.id, recursive=True, revision=space.head, repo_type="space")
            files = [one for one in tree if isinstance(one, RepoFile)]
            return {one.path: one.lfs.sha256 if one.lfs else one.blob_id for one in files}

        with told(f"The files of {space.id} could not be listed"):
            return self._asked(listed)

    def content(self, space: Space, path: str) -> bytes:
        """See `Transport`."""
        with (
            told(f"{path} of {space.id} could not be read"),
            bars.hidden(),
            tempfile.TemporaryDirectory(prefix="trackio-") as folder,
        ):

            def read() -> bytes:
                return Path(
                    self._api.hf_hub_download(space.id, path, repo_type="space", revision=space.head, cache_dir=folder)
                ).read_bytes()

            return self._asked(read)

    def create_space(self, space_id: str, *, sdk: str, private: bool | None) -> None:
        """See `Transport`."""
        with told(f"The Space {space_id} could not be made"):
            self._asked(
                lambda: self._api.create_repo(
                    space_id, repo_type="space", space_sdk=sdk, private=private, exist_ok=True
                )
            )

    def commit(self, space_id: str, change: Commit) -> Sent:
        """See `Transport`; through preupload, LFS or Xet as the client does it, then in one commit."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations: list[CommitOperationAdd | CommitOperationDelete] = []

        def send() -> Sent:
            # Made anew for each attempt: the client marks those that it has sent.
            operations[:] = [CommitOperationAdd(path, content) for path, content in change.files.items()]
            operations.extend(CommitOperationDelete(path) for path in change.removed)
            made = self._api.create_commit(
                space_id,
                operations,
                commit_message=change.message,
                repo_type="space",
                create_pr=change.is_pull,
                parent_commit=change.parent,
            )
            return Sent(made.commit_url, made.pr_url)

        with told(f"The report was not sent to {space_id}"), bars.hidden(), _quiet():
            try:
                # A proposal whose answer was lost would be made twice; of a commit the Hub tells that it is there.
                return send() if change.is_pull else self._asked(send)
            except Exception as error:
                if status(error) in CONFLICTS:
                    raise Moved(
                        f"{space_id} was left as it is", "it was changed meanwhile", "Publish again."
                    ) from error
                raise

    def _asked(self, call: Callable[[], T]) -> T:
        """The Hub's answer; one that is busy, or whose answer was lost, is asked again after a while."""
        attempt = 0
        while True:
            try:
                return call()
            except Exception as error:
                seconds = pause(error, attempt)
                if seconds is None:
                    raise
                attempt += 1
                self._wait(seconds)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        # A report offers its data as Parquet on purpose.
        warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
        yield
