"""Cards of model repositories on the Hugging Face Hub: read, changed, and sent as a commit or a pull request."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.errors import PublishError
from trackio.publish import bars
from trackio.publish.client import api
from trackio.publish.readme import Change, Edit, Edited
from trackio.publish.told import CONFLICTS, LOG_IN, status, told

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo

NAME = "README.md"
TEMPLATE = "---\n{{ card_data }}\n---\n\n# {{ name }}\n"
"""Of a card that is made, as its repository has none."""
FORBIDDEN = 403
"""The status of a commit that its login does not allow."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card goes, and how."""

    repo_id: str
    """``owner/name``; a name alone is the user's own."""
    message: str
    """Of the commit, or the title of the pull request."""
    description: str = ""
    revision: str | None = None
    """A branch, or an open pull request such as ``refs/pr/3``; None is ``main``."""
    is_pull: bool = False
    """Whether to propose the change, which needs no right to write."""


class Models:
    """Model repositories, through the Hub's own client; the token is by default that of ``HF_TOKEN`` or of a login."""

    def __init__(self, token: str | None = None) -> None:
        self._api = api(token)

    def edit(self, place: Place, change: Edit, *, is_made: bool = True, is_kept: bool = False) -> Change:
        """Change a card as ``change`` says, and what lies beside it; with ``is_kept`` only tell what would come of it.

        Where a repository has no card, one is begun unless ``is_made`` is False. What others commit meanwhile is taken
        in once, and never overwritten. Raises PublishError, and what ``change`` raises.
        """
        from huggingface_hub.errors import HfHubHTTPError

        repo_id = self._full_id(place.repo_id)
        meaning = f"The card of {repo_id} was left as it is"
        is_again = False
        while True:
            with told(meaning):
                repo_id, parent, there = self._head(repo_id, place.revision)
                before = self._content(repo_id, parent) if NAME in there else None
            after = change(_begun(repo_id) if before is None and is_made else before)
            files = {name: data for name, data in after.files.items() if not _is_same(data, there.get(name))}
            if is_kept or (before == after.content and not files):
                return Change(repo_id, before, after.content, files=tuple(files))
            with told(meaning):
                try:
                    sent = self._send(repo_id, place, parent, Edited(after.content, files))
                except HfHubHTTPError as error:
                    if status(error) == FORBIDDEN and not place.is_pull:
                        step = f"{LOG_IN} Or propose the change as a pull request."
                        raise PublishError(meaning, "this login may not write to it", step) from error
                    if is_again or status(error) not in CONFLICTS:
                        raise
                    is_again = True
                    continue
            return Change(repo_id, before, after.content, sent.pr_url or sent.commit_url, tuple(files))

    def _full_id(self, repo_id: str) -> str:
        if "/" in repo_id:
            return repo_id
        with told(f"The owner of {repo_id!r} could not be asked for"):
            return f"{self._api.whoami()['name']}/{repo_id}"

    def _head(self, repo_id: str, revision: str | None) -> tuple[str, str, dict[str, str]]:
        """The name of today, which an earlier one leads to, the id of the last commit, and the digests of the files.

        A large file's digest is its SHA-256, another's is git's.
        """
        found = self._api.model_info(repo_id, revision=revision, files_metadata=True)
        files = {one.rfilename: one.lfs.sha256 if one.lfs else one.blob_id or "" for one in found.siblings or ()}
        return found.id, found.sha or "", files

    def _content(self, repo_id: str, commit: str) -> bytes:
        with bars.hidden(), tempfile.TemporaryDirectory(prefix="trackio-") as folder:
            return Path(self._api.hf_hub_download(repo_id, NAME, revision=commit, cache_dir=folder)).read_bytes()

    def _send(self, repo_id: str, place: Place, parent: str, what: Edited) -> CommitInfo:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        files = {NAME: what.content, **what.files}
        operations = [
            CommitOperationDelete(name) if data is None else CommitOperationAdd(name, data)
            for name, data in files.items()
        ]
        with bars.hidden(), warnings.catch_warnings():
            # What the Hub would rather see in a card, such as a licence, is between it and who wrote the card.
            warnings.filterwarnings("ignore", message="Warnings while validating metadata")
            return self._api.create_commit(
                repo_id,
                operations,
                commit_message=place.message,
                commit_description=place.description,
                revision=place.revision,
                create_pr=place.is_pull,
                parent_commit=parent,
            )


def _is_same(data: bytes | None, digest: str | None) -> bool:
    """Whether a file is there as it should be; both None: it is gone, as it should be."""
    if data is None or digest is None:
        return data is None and digest is None
    return digest in (
        sha256(data).hexdigest(),
        sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest(),
    )


def _begun(repo_id: str) -> bytes:
    from huggingface_hub import ModelCard, ModelCardData

    data = ModelCardData(tags=["trackio"])
    return f"{ModelCard.from_template(data, template_str=TEMPLATE, name=repo_id.partition('/')[2])}\n".encode()
