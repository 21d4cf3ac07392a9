"""Energy of training runs: what was measured, what it adds up to, and how it is stated. See docs/energy.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackio.energy.records import EnergyAccount, Sample, Session

if TYPE_CHECKING:
    from trackio.energy.accounting import account
    from trackio.energy.carbon import emissions_grams

__all__ = ["EnergyAccount", "Sample", "Session", "account", "emissions_grams"]

_LAZY = {"account": "trackio.energy.accounting", "emissions_grams": "trackio.energy.carbon"}
"""What loads on first use: the records are the write side's too, which does without numpy."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'trackio.energy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
