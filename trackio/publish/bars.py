"""The bars of progress that the Hub's client draws: shown where somebody sees them move."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(*, is_quiet: bool = False) -> Iterator[None]:
    """Without bars where standard error is no terminal, as a log would have lines for each file, or when ``is_quiet``.

    What ``HF_HUB_DISABLE_PROGRESS_BARS`` says goes before.
    """
    try:
        from huggingface_hub import constants
        from huggingface_hub.utils.tqdm import (
            are_progress_bars_disabled,
            disable_progress_bars,
            enable_progress_bars,
        )
    except ImportError:
        # Whoever needs the client says how to install it.
        yield
        return
    is_seen = not is_quiet and sys.stderr is not None and sys.stderr.isatty()
    if is_seen or constants.HF_HUB_DISABLE_PROGRESS_BARS is not None or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
