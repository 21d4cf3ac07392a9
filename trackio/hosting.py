"""The server with its dashboard as a Space runs it: ``app.py`` there calls `main`.

All it needs to know it is told by variables: ``TRACKIO_WRITE_TOKEN``; for the backup ``TRACKIO_DATASET_ID`` with
``HF_TOKEN``, or ``TRACKIO_BUCKET_DIR``, a folder that a bucket is mounted at. The data lies in ``TRACKIO_DIR``, by
default in the Space's persistent storage where it has one.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from trackio import settings
from trackio.backup.archives import Archive
from trackio.backup.keeper import INTERVAL_SECONDS, Keeper
from trackio.errors import UsageError
from trackio.messages import logger
from trackio.server.options import ServerOptions, from_environment
from trackio.server.running import UVICORN, bound, end_on_signal

HOST, PORT = "0.0.0.0", 7860  # noqa: S104 - the Hub's proxy comes from elsewhere
PERSISTENT = Path("/data")
"""Where a Space has its persistent storage."""
FOLDER = "trackio"


def main() -> None:
    """Bring the data back if it is gone, and serve until the process is told to end; then back up a last time."""
    # The Space's log is read by people.
    with settings.handed({"TRACKIO_DIR": str(_home()), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}):
        options = from_environment()
        archive = _archive()
    if archive is None:
        logger().warning(
            "There is no backup: TRACKIO_DATASET_ID and HF_TOKEN are not set. What is logged here is lost when the "
            "Space restarts without persistent storage."
        )
    listening = bound(HOST, _port())
    end_on_signal()
    while _serve(options, archive, listening):
        logger().warning("Starting again from the backup.")


def _serve(options: ServerOptions, archive: Archive | None, listening: socket.socket) -> bool:
    """Serve once; whether that is to be done again, as another server has gone on from the backup."""
    import uvicorn

    from trackio.dashboard.app import create

    keeper = None if archive is None else Keeper(options.home, archive, _interval_seconds())
    if keeper is not None:
        keeper.prepare()
    app = create(options)
    if keeper is not None:
        app.state.durable, app.state.changed = keeper.durable, keeper.hurry
    config = uvicorn.Config(
        app,
        log_level="warning",
        # Nobody but the Hub's proxy reaches the container, and it says who asks.
        proxy_headers=True,
        forwarded_allow_ips="*",
        **UVICORN,
    )
    server = uvicorn.Server(config)
    if keeper is not None:
        keeper.start(lambda: _end(server))
    try:
        # A socket of its own, as the server closes it.
        server.run(sockets=[listening.dup()])
    finally:
        if keeper is not None:
            keeper.stop()
    return keeper is not None and keeper.is_overtaken


def _end(server: Any) -> None:
    server.should_exit = True


def _home() -> Path:
    said = settings.text("TRACKIO_DIR")
    if said is not None:
        return Path(said)
    if PERSISTENT.is_dir() and os.access(PERSISTENT, os.W_OK):
        return PERSISTENT / FOLDER
    return settings.home()


def _archive() -> Archive | None:
    bucket = settings.text("TRACKIO_BUCKET_DIR")
    if bucket is not None:
        from trackio.backup.folder import Folder

        name = settings.text("TRACKIO_BUCKET_ID")
        return Folder(Path(bucket), f"the bucket {name}" if name else None)
    dataset, token = settings.text("TRACKIO_DATASET_ID"), settings.text("HF_TOKEN")
    if dataset is None or token is None:
        return None
    from trackio.backup.dataset import Dataset

    return Dataset(dataset, token)


def _port() -> int:
    return int(settings.text("GRADIO_SERVER_PORT", "PORT") or PORT)


def _interval_seconds() -> float:
    said = settings.text("TRACKIO_BACKUP_SECONDS")
    try:
        found = INTERVAL_SECONDS if said is None else float(said)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise UsageError(f"TRACKIO_BACKUP_SECONDS={said!r} is no number of seconds. Use one such as 300.")
    return found
