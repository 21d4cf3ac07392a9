"""What scripts take from ``wandb.helper``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trackio.tracking import sources


def parse_config(
    params: Any, exclude: Iterable[str] | None = None, include: Iterable[str] | None = None
) -> dict[str, Any]:
    """The settings in a mapping, a Namespace, flags or a file, all of them or those that are chosen."""
    return sources.chosen(sources.values(params), include, exclude)
