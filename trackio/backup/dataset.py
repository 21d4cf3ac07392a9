"""Backups in a dataset of the Hugging Face Hub: one commit each, on top of the last."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Collection, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.backup import card
from trackio.backup.archives import MANIFEST, Overtaken
from trackio.backup.manifest import FOLDER, Manifest, decoded
from trackio.errors import PublishError, StoreError
from trackio.publish.client import api
from trackio.publish.told import CONFLICTS, status, told

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd

LIST = f"{MANIFEST}.json"
CARD = "README.md"
KIND = "dataset"
TRIES = 5
MOST_FILES = 1000
"""In one commit; the Hub gives up on many more. Those beyond go ahead, and count when the list comes."""

SQUASHED_COMMITS = 288
"""After so many, a day's, the history is cut: else the dataset would hold every state that there ever was."""


class Dataset:
    """An `Archive` in a dataset, made private when it is not there."""

    def __init__(self, repo_id: str, token: str | None = None) -> None:
        self._api = api(token)
        self._repo_id = repo_id
        self._head: str | None = None
        """The commit that was read or written last."""
        self._card: bytes | None = None
        """As it was written last."""
        self.place = f"the dataset {repo_id}"

    def read(self) -> Manifest | None:
        """See `Archive`."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with told(f"The backup could not be read from {self.place}"):
            try:
                self._head, _ = self._look()
            except RepositoryNotFoundError:
                self._head = None
                return None
            return self._manifest(self._head)

    def fetch(self, manifest: Manifest, folder: Path) -> None:
        """See `Archive`."""
        if not manifest.paths():
            return
        with told(f"The backup could not be brought from {self.place}"):
            self._api.snapshot_download(
                self._repo_id,
                repo_type=KIND,
                revision=self._head,
                local_dir=folder,
                allow_patterns=f"{FOLDER}/*",
            )

    def keep(self, manifest: Manifest, sources: Mapping[str, Path], stale: Collection[str], after: str | None) -> None:
        """See `Archive`."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete
        from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

        meaning = f"The backup was not written to {self.place}"
        waiting = iter(sources.items())
        last: list[CommitOperationAdd] = []
        with told(meaning), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
            while some := list(islice(waiting, MOST_FILES)):
                if last:
                    self._api.create_commit(
                        self._repo_id, last, commit_message="Files of a backup", repo_type=KIND, parent_commit=None
                    )
                last = [CommitOperationAdd(path, source) for path, source in some]
            for _ in range(TRIES):
                try:
                    head, names = self._look()
                except RepositoryNotFoundError:
                    self._api.create_repo(self._repo_id, repo_type=KIND, private=True, exist_ok=True)
                    continue
                if head != self._head:
                    found = self._manifest(head)
                    if (found.id if found else None) != after:
                        raise Overtaken(self.place, found)
                readme = card.text(manifest)
                added = [*last, CommitOperationAdd(LIST, manifest.encoded())]
                if readme != self._card and (CARD not in names or card.is_ours(self._content(head, CARD))):
                    added.append(CommitOperationAdd(CARD, readme))
                gone = [CommitOperationDelete(path) for path in sorted(set(stale) & names)]
                try:
                    done = self._api.create_commit(
                        self._repo_id,
                        [*added, *gone],
                        commit_message="A backup of training runs",
                        repo_type=KIND,
                        parent_commit=head,
                    )
                except HfHubHTTPError as error:
                    if status(error) not in CONFLICTS:
                        raise
                    continue
                self._head, self._card = str(done.oid), readme
                self._squash(manifest)
                return
        raise PublishError(meaning, "it is changed all the time by others", "It is tried again.")

    def _squash(self, manifest: Manifest) -> None:
        if manifest.commits and manifest.commits % SQUASHED_COMMITS == 0:
            self._api.super_squash_history(self._repo_id, repo_type=KIND)

    def _look(self) -> tuple[str, set[str]]:
        """The last commit, and what files there are: of very many the Hub lists only some."""
        found = self._api.dataset_info(self._repo_id)
        return str(found.sha), {file.rfilename for file in found.siblings or ()}

    def _manifest(self, revision: str) -> Manifest | None:
        from huggingface_hub.errors import EntryNotFoundError

        try:
            return decoded(self._content(revision, LIST))
        except EntryNotFoundError as error:
            if status(error) == 404:
                return None
            # So does the client call it when it cannot reach the Hub.
            raise
        except StoreError as error:
            raise PublishError(
                f"The backup in {self.place} cannot be used",
                str(error).removesuffix("."),
                f"Bring back the {LIST} of an earlier commit there, or remove it to begin with nothing.",
            ) from None

    def _content(self, revision: str, name: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="trackio-") as folder:
            found = self._api.hf_hub_download(self._repo_id, name, repo_type=KIND, revision=revision, local_dir=folder)
            return Path(found).read_bytes()
