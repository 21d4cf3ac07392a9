"""The Hugging Face Hub through its own client, which honours ``HF_TOKEN`` and a login, proxies, and ``HF_ENDPOINT``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings
from trackio.errors import MissingExtra
from trackio.publish.spaces import Space
from trackio.publish.told import told

if TYPE_CHECKING:
    from huggingface_hub import HfApi


class Hub:
    """A ``Transport`` to the Hub."""

    def __init__(self) -> None:
        try:
            from huggingface_hub import HfApi
        except ImportError as error:
            raise MissingExtra("huggingface_hub", "hub") from error
        # Named, as the client itself reads the variable only when it is imported.
        self._api: HfApi = HfApi(endpoint=settings.text("HF_ENDPOINT"))

    def full_id(self, space_id: str) -> str:
        """See `Transport`; asks who is logged in only when no owner is named."""
        if "/" in space_id:
            return space_id
        with told(f"The owner of {space_id!r} could not be asked for"):
            return f"{self._api.whoami()['name']}/{space_id}"

    def find(self, space_id: str) -> Space | None:
        """See `Transport`."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with told(f"{space_id} could not be looked up"):
            try:
                found = self._api.space_info(space_id)
            except RepositoryNotFoundError:
                return None
            return Space(found.id, found.sdk, tuple(found.tags or ()))

    def create_space(self, space_id: str, *, sdk: str, private: bool | None, exist_ok: bool) -> None:
        """See `Transport`."""
        with told(f"The Space {space_id} could not be made"):
            self._api.create_repo(space_id, repo_type="space", space_sdk=sdk, private=private, exist_ok=exist_ok)

    def upload_folder(self, space_id: str, folder: Path, *, message: str) -> None:
        """See `Transport`; only files that changed are sent."""
        with told(f"The report could not be sent to {space_id}"), warnings.catch_warnings():
            # A report offers its data as Parquet on purpose.
            warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
            self._api.upload_folder(
                repo_id=space_id, repo_type="space", folder_path=folder, commit_message=message, delete_patterns="*"
            )
