"""Energy of training runs: what was measured, what it adds up to, and how it is stated. See docs/energy.md."""

from __future__ import annotations

from trackio.energy.records import EnergyAccount, Sample, Session

__all__ = ["EnergyAccount", "Sample", "Session"]
