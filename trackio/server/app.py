"""Puts the server together, on an app of its own or on one that has pages."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from trackio.server import described, editing, files, health, ingest, projects, refusals, watching
from trackio.server.folding import Folding
from trackio.server.gate import Gate
from trackio.server.options import ServerOptions
from trackio.store.home import Home
from trackio.version import __version__

ROUTERS = ("trackio.server.reading", "trackio.server.live")
"""Modules with a ``router`` of their own."""


def create_app(options: ServerOptions, app: FastAPI | None = None) -> FastAPI:
    """The app with all routes of the API, and guards before everything.

    An ``app`` that is given gets them beside what it has; it must not have served yet. ``app.state`` then has
    ``options``, ``homes`` (where projects are found), ``folding`` (to be asked for what was received), ``durable``
    (None, or what tells how much of a journal is kept elsewhere too) and ``changed`` (None, or what is called after
    people have changed something).
    """
    if app is None:
        app = FastAPI(title="trackio", version=__version__, description=__doc__)
    app.root_path = options.root_path or app.root_path
    app.state.options = options
    app.state.homes = Home(options.home)
    app.state.folding = Folding(app.state.homes)
    app.state.receiving = {}
    app.state.durable = app.state.changed = None
    watching.install(app, options, app.state.homes)
    app.add_middleware(Gate, options=options)
    refusals.install(app)
    for module in (health, ingest, files, editing, projects):
        app.include_router(module.router)
    described.install(app)
    for name in ROUTERS:
        if find_spec(name) is not None:
            app.include_router(import_module(name).router)
    return app
