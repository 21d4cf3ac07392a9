"""The server with its dashboard, as an application for any ASGI server: ``uvicorn trackio.dashboard.asgi:app``.

It is set up by the ``TRACKIO_*`` variables that ``trackio.server.options.from_environment`` names.
"""

from __future__ import annotations

from trackio.dashboard.app import create
from trackio.server.options import from_environment

app = create(from_environment())
