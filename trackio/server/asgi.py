"""The API as an application for any ASGI server: ``uvicorn trackio.server.asgi:app``.

It is set up by the ``TRACKIO_*`` variables that ``trackio.server.options.from_environment`` names.
"""

from __future__ import annotations

from trackio.server.app import create_app
from trackio.server.options import from_environment

app = create_app(from_environment())
