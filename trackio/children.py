"""Where programs of ours find what they load: they run beside a training, in an interpreter of their own."""

from __future__ import annotations

import sys
from pathlib import Path


def module_paths() -> list[str]:
    """What their ``sys.path`` is to be: this one's but for the working folder, and where this package lies."""
    return [*(str(Path(path).absolute()) for path in sys.path if path), str(Path(__file__).parents[1])]
