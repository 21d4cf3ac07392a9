"""The Hugging Face Hub's own client, which honours ``HF_TOKEN`` and a login, proxies, and ``HF_ENDPOINT``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackio import settings
from trackio.errors import MissingExtra

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def api(token: str | None = None) -> HfApi:
    """The client; ``token`` is by default that of ``HF_TOKEN`` or of a login. Raises MissingExtra."""
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise MissingExtra("huggingface_hub", "hub") from error
    # Named, as the client itself reads the variable only when it is imported.
    return HfApi(endpoint=settings.text("HF_ENDPOINT"), token=token)
