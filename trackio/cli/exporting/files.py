"""The option of formats that carry files beside the values."""

from __future__ import annotations

import argparse


def add_without_files(parser: argparse.ArgumentParser) -> None:
    """Add ``--without-files``."""
    parser.add_argument(
        "--without-files", action="store_true", help="leave media, saved files and artifacts behind; references stay"
    )
