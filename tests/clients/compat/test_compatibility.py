"""Scripts written for wandb run here; the page that says so is written by this test."""

from __future__ import annotations

import os
from importlib.metadata import version

from compat.table import DOCUMENT, differences, document, outcomes, share

REWRITE = "REWRITE_COMPATIBILITY"
"""Set in the environment, it makes the test write the page in place of comparing it."""


def test_calls_of_wandb_behave_here_and_the_page_tells_which() -> None:
    theirs, ours = outcomes("wandb"), outcomes("trackio")
    assert share(theirs, ours) >= 0.95, differences(theirs, ours)
    page = document(version("wandb"), theirs, ours)
    if os.environ.get(REWRITE):
        DOCUMENT.write_text(page, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == page, f"run this test again with {REWRITE}=1 to write the page"
