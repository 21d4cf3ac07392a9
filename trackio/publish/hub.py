"""The Hugging Face Hub through its own client, which honours ``HF_TOKEN`` and a login, proxies, and ``HF_ENDPOINT``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trackio import settings
from trackio.errors import MissingExtra, PublishError
from trackio.publish.spaces import Space

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MESSAGE_LENGTH = 300


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
        with _told(f"The owner of {space_id!r} could not be asked for"):
            return f"{self._api.whoami()['name']}/{space_id}"

    def find(self, space_id: str) -> Space | None:
        """See `Transport`."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with _told(f"{space_id} could not be looked up"):
            try:
                found = self._api.space_info(space_id)
            except RepositoryNotFoundError:
                return None
            return Space(found.id, found.sdk, tuple(found.tags or ()))

    def create_space(self, space_id: str, *, sdk: str, private: bool | None, exist_ok: bool) -> None:
        """See `Transport`."""
        with _told(f"The Space {space_id} could not be made"):
            self._api.create_repo(space_id, repo_type="space", space_sdk=sdk, private=private, exist_ok=exist_ok)

    def upload_folder(self, space_id: str, folder: Path, *, message: str) -> None:
        """See `Transport`; only files that changed are sent."""
        with _told(f"The report could not be sent to {space_id}"), warnings.catch_warnings():
            # A report offers its data as Parquet on purpose.
            warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
            self._api.upload_folder(
                repo_id=space_id, repo_type="space", folder_path=folder, commit_message=message, delete_patterns="*"
            )


@contextmanager
def _told(meaning: str) -> Iterator[None]:
    """What the client raises, as one error with a next step.

    Its errors share no class of their own: those of HTTP come from a library that differs between its versions, an
    unusable answer is a ValueError, and Xet's a RuntimeError.
    """
    try:
        yield
    except PublishError:
        raise
    except Exception as error:
        cause = _cause(error)
        raise PublishError(meaning, _reason(cause), _step(cause)) from error


def _cause(error: BaseException) -> BaseException:
    """What lies behind the error of an upload that ran in a thread of the client's."""
    while type(error) is RuntimeError and error.__cause__ is not None:
        error = error.__cause__
    return error


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MESSAGE_LENGTH else f"{text[: MESSAGE_LENGTH - 1]}…"


def _step(error: BaseException) -> str:
    from huggingface_hub.errors import HFValidationError, LocalTokenNotFoundError, OfflineModeIsEnabled

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, LocalTokenNotFoundError) or status in (401, 403):
        return "Log in with `hf auth login`, or set HF_TOKEN to a token that may write there."
    if isinstance(error, OfflineModeIsEnabled):
        return "Unset HF_HUB_OFFLINE and publish again."
    if isinstance(error, HFValidationError):
        return "Name the Space as owner/name, in letters, digits, '-', '_' and '.'."
    return "Publish again when the Hub can be reached."
