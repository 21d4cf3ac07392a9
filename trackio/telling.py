"""What the name of a metric tells by custom: whether more is better, and how much it says of a run (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_HIGHER = re.compile(
    r"(?:^|[/_.\-\s])(?:acc|accuracy|f1|f_?score|auc|auroc|roc|bleu|rouge\w*|meteor|precision|recall|map\d*|m?iou|dice|"
    r"r2|psnr|ssim|reward|return|score|win_?rate|success|pass@\d+|top\d|throughput|(?:tokens|samples|steps)_per_sec\w*)"
    r"(?:$|[/_.\-\s@])",
    re.IGNORECASE,
)
_TELLING = (
    re.compile(r"^(?:val|valid|validation|eval|test|dev)(?:[/_.\-]|$)", re.IGNORECASE),
    re.compile("loss|acc|score|reward", re.IGNORECASE),
)


def is_better_high(name: str) -> bool:
    """Whether the best value of a metric is its greatest, by the custom of its name."""
    return _HIGHER.search(name) is not None


def is_telling(name: str) -> bool:
    """Whether a metric tells how good a run is, by the custom of its name."""
    return any(pattern.search(name) is not None for pattern in _TELLING)


def telling(names: Sequence[str]) -> list[str]:
    """The names, those first that tell how good a run is: validation before training, losses and scores first."""
    return list(_ordered(tuple(names)))


# A page of very many metrics asks several times, and a dashboard at each look.
@lru_cache(8)
def _ordered(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names, key=_rank))


def _rank(name: str) -> tuple[bool, bool]:
    first, second = (pattern.search(name) is None for pattern in _TELLING)
    return first and second, first
