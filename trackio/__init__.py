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

from trackio.tracking.session import finish, log, log_system
from trackio.tracking.starting import init
from trackio.version import __version__

if TYPE_CHECKING:
    from trackio.api import Api
    from trackio.tracking.config import Config
    from trackio.tracking.run import Run
    from trackio.tracking.summary import Summary

    run: Run | None
    config: Config
    summary: Summary

__all__ = [
    "Api",
    "Run",
    "__version__",
    "config",
    "finish",
    "init",
    "log",
    "log_system",
    "run",
    "summary",
]

_LAZY = {"Api": "trackio.api", "Run": "trackio.tracking.run"}
"""Names that load their module on first use."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    if name in ("config", "run", "summary"):
        from trackio.tracking import session

        return session.current() if name == "run" else session.part(name)
    raise AttributeError(f"module 'trackio' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
