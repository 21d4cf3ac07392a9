"""Record training runs, and publish them as light, static charts.

::

    import trackio

    with trackio.init(project="mnist", config={"lr": 0.1}) as run:
        for step in range(100):
            run.log({"train/loss": 1 / (step + 1)})

``trackio.run``, ``trackio.config`` and ``trackio.summary`` are the current run's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackio.tracking.front import finish, init, log, log_system
from trackio.version import __version__

if TYPE_CHECKING:
    from trackio.alerts.levels import AlertLevel
    from trackio.api import Api
    from trackio.artifacts.artifact import Artifact
    from trackio.bringing import import_csv, import_tf_events
    from trackio.carding import card
    from trackio.errors import AuthenticationError, CommError, Error, UsageError
    from trackio.media.annotations import Classes
    from trackio.media.audio import Audio
    from trackio.media.graph import Graph
    from trackio.media.histogram import Histogram
    from trackio.media.html import Html, Markdown
    from trackio.media.image import Image
    from trackio.media.molecule import Molecule
    from trackio.media.object3d import Object3D, box3d
    from trackio.media.plotly import Plotly
    from trackio.media.table import Table
    from trackio.media.tables import EvalTable, JoinedTable
    from trackio.media.trace import Trace
    from trackio.media.video import Video
    from trackio.plot.chart import plot_table, visualize
    from trackio.sharing import freeze, sync
    from trackio.showing import show
    from trackio.sweeps.agent import agent, sweep
    from trackio.tracking.config import Config
    from trackio.tracking.files import (
        finish_artifact,
        link_artifact,
        link_model,
        log_artifact,
        log_code,
        log_model,
        restore,
        save,
        upsert_artifact,
        use_artifact,
        use_model,
    )
    from trackio.tracking.functions import (
        alert,
        alert_on,
        define_metric,
        ensure_configured,
        log_gpu,
        login,
        mark,
        mark_preempting,
        pin_config_keys,
        require,
        setup,
        teardown,
        unwatch,
        watch,
    )
    from trackio.tracking.options import Settings
    from trackio.tracking.run import Run
    from trackio.tracking.summary import Summary
    from trackio.tracking.terminal import termerror, termlog, termsetup, termwarn

    run: Run | None
    config: Config
    summary: Summary

    join = finish

__all__ = [
    "AlertLevel",
    "Api",
    "Artifact",
    "Audio",
    "AuthenticationError",
    "Classes",
    "CommError",
    "Config",
    "Error",
    "EvalTable",
    "Graph",
    "Histogram",
    "Html",
    "Image",
    "JoinedTable",
    "Markdown",
    "Molecule",
    "Object3D",
    "Plotly",
    "Run",
    "Settings",
    "Summary",
    "Table",
    "Trace",
    "UsageError",
    "Video",
    "__version__",
    "agent",
    "alert",
    "alert_on",
    "box3d",
    "card",
    "config",
    "define_metric",
    "ensure_configured",
    "finish",
    "finish_artifact",
    "freeze",
    "import_csv",
    "import_tf_events",
    "init",
    "join",
    "link_artifact",
    "link_model",
    "log",
    "log_artifact",
    "log_code",
    "log_gpu",
    "log_model",
    "log_system",
    "login",
    "mark",
    "mark_preempting",
    "pin_config_keys",
    "plot_table",
    "require",
    "restore",
    "run",
    "save",
    "setup",
    "show",
    "summary",
    "sweep",
    "sync",
    "teardown",
    "termerror",
    "termlog",
    "termsetup",
    "termwarn",
    "unwatch",
    "upsert_artifact",
    "use_artifact",
    "use_model",
    "visualize",
    "watch",
]

_LAZY = {
    "trackio.alerts.levels": ("AlertLevel",),
    "trackio.api": ("Api",),
    "trackio.bringing": ("import_csv", "import_tf_events"),
    "trackio.carding": ("card",),
    "trackio.errors": ("AuthenticationError", "CommError", "Error", "UsageError"),
    "trackio.media.annotations": ("Classes",),
    "trackio.media.audio": ("Audio",),
    "trackio.media.graph": ("Graph",),
    "trackio.media.histogram": ("Histogram",),
    "trackio.media.html": ("Html", "Markdown"),
    "trackio.media.image": ("Image",),
    "trackio.media.molecule": ("Molecule",),
    "trackio.media.object3d": ("Object3D", "box3d"),
    "trackio.media.plotly": ("Plotly",),
    "trackio.media.table": ("Table",),
    "trackio.media.tables": ("EvalTable", "JoinedTable"),
    "trackio.media.trace": ("Trace",),
    "trackio.media.video": ("Video",),
    "trackio.plot.chart": ("plot_table", "visualize"),
    "trackio.sharing": ("freeze", "sync"),
    "trackio.showing": ("show",),
    "trackio.sweeps.agent": ("agent", "sweep"),
    "trackio.tracking.config": ("Config",),
    "trackio.tracking.files": (
        "Artifact",
        "finish_artifact",
        "link_artifact",
        "link_model",
        "log_artifact",
        "log_code",
        "log_model",
        "restore",
        "save",
        "upsert_artifact",
        "use_artifact",
        "use_model",
    ),
    "trackio.tracking.functions": (
        "alert",
        "alert_on",
        "define_metric",
        "ensure_configured",
        "log_gpu",
        "login",
        "mark",
        "mark_preempting",
        "pin_config_keys",
        "require",
        "setup",
        "teardown",
        "unwatch",
        "watch",
    ),
    "trackio.tracking.options": ("Settings",),
    "trackio.tracking.run": ("Run",),
    "trackio.tracking.summary": ("Summary",),
    "trackio.tracking.terminal": ("termerror", "termlog", "termsetup", "termwarn"),
}
"""Modules that load when one of their names is first used."""

_MODULES = frozenset({"data_types", "errors", "helper", "plot", "sdk", "sqlite_storage", "util"})
"""Modules that a script may use without an import of their own, as ``wandb.util.generate_id()``."""

_HOMES = {name: module for module, names in _LAZY.items() for name in names}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _MODULES:
        return import_module(f"trackio.{name}")
    if name in ("config", "run", "summary"):
        from trackio.tracking import session

        return session.current() if name == "run" else session.part(name)
    if name == "join":
        return finish
    raise AttributeError(f"module 'trackio' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
