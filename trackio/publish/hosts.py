"""Where a Space is, for readers (pure but for ``HF_ENDPOINT``)."""

from __future__ import annotations

import re

from trackio import settings

HUB = "https://huggingface.co"


def page(space_id: str) -> str:
    """Where people see a Space."""
    return f"{(settings.text('HF_ENDPOINT') or HUB).rstrip('/')}/spaces/{space_id}"


def address(space_id: str) -> str:
    """Where the pages of a static Space are served from, as the Hub names the hosts of new ones."""
    return f"https://{re.sub('[^a-z0-9]+', '-', space_id.lower()).strip('-')}.static.hf.space/"
