"""A Space that runs, as far as the Hub knows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Running:
    """What a Space is told, and how it is."""

    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    stage: str = "RUNNING"
    restarts: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What it finds in its environment."""
        return {**self.variables, **self.secrets}

    def told(self) -> dict[str, Any]:
        """As the Hub describes it."""
        return {
            "stage": self.stage,
            "hardware": {"current": "cpu-basic", "requested": "cpu-basic"},
            "storage": None,
            "gcTimeout": 172800,
            "volumes": self.volumes or None,
        }
