"""What ``sync`` and ``freeze`` share."""

from __future__ import annotations

import argparse

from trackio.cli.output import emit


def add_private(parser: argparse.ArgumentParser) -> None:
    """Add ``--private``."""
    parser.add_argument("--private", action="store_true", help="let only members see the Space when it is made")


def tell(space_id: str, project: str, args: argparse.Namespace) -> None:
    """Print where the report went."""
    from trackio.publish.static import address, page

    if args.json:
        emit({"project": project, "space_id": space_id, "url": page(space_id), "pages": address(space_id)})
    else:
        print(page(space_id))
