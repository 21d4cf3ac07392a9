"""Full addresses in the files of a snapshot: those that others follow lead into the snapshot (pure).

What search engines are told stays the current page's. Each place is one that only trackio writes: in what was logged,
quotes and brackets are escaped there.
"""

from __future__ import annotations

import json
import re

from markupsafe import escape

OEMBED, CARD = ".oembed.json", "/card.md"


def is_moved(name: str) -> bool:
    """Whether a file beside the pages has full addresses."""
    return name.endswith((OEMBED, CARD))


def moved(name: str, content: bytes, base_url: str, at: str) -> bytes:
    """The file with ``at``, the folder of a snapshot, after the report's own address."""
    if name.endswith(OEMBED):
        return _oembed(content, base_url, at)
    if name.endswith(CARD):
        return content.replace(f"]({base_url}".encode(), f"]({base_url}{at}".encode())
    start = re.escape(str(escape(base_url)).encode())
    return re.sub(
        rb'(<meta property="og:(?:url|image)" content="' + start + rb")", lambda found: found[1] + at.encode(), content
    )


def _oembed(content: bytes, base_url: str, at: str) -> bytes:
    found = json.loads(content)
    found["html"] = found["html"].replace(f'src="{escape(base_url)}', f'src="{escape(base_url)}{at}', 1)
    if "thumbnail_url" in found:
        found["thumbnail_url"] = base_url + at + found["thumbnail_url"].removeprefix(base_url)
    return json.dumps(found, indent=1, ensure_ascii=True).encode() + b"\n"
