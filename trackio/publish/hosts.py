"""Where a Space is, for readers (pure but for ``HF_ENDPOINT``)."""

from __future__ import annotations

import re

from trackio.remote.stages import HUB, page

__all__ = ["HUB", "address", "page"]


def address(space_id: str) -> str:
    """Where the pages of a static Space are served from, as the Hub names the hosts of new ones."""
    return f"https://{re.sub('[^a-z0-9]+', '-', space_id.lower()).strip('-')}.static.hf.space/"
