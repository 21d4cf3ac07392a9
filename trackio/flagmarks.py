"""The marks of alerts as HTML: dots on the x-axis, and the same in words (pure); twin of ``site/src/flagmarks.js``."""

from __future__ import annotations

from collections.abc import Sequence

from trackio.flags import GRID, Flag, gravity, told, words
from trackio.markup import percent, text

COLORS = ("var(--muted)", "var(--warn)", "var(--error)")
"""By gravity. They stand in the marks themselves: a page without alerts carries no style for them."""

RADII = ("2.5", "3", "4")
"""By gravity, for those to whom the colours look alike."""


def dots(flags: Sequence[Flag]) -> str:
    """A dot for each mark, halfway over the axis."""
    return "".join(
        f'<circle cx="{percent(flag.place / GRID)}" r="{RADII[gravity(flag.level)]}" '
        f'fill="{COLORS[gravity(flag.level)]}"/>'
        for flag in flags
    )


def spoken(flags: Sequence[Flag]) -> str:
    """A list of the gravest for screen readers; nothing where there are none."""
    if not flags:
        return ""
    shown, left = told(flags)
    items = [f"<li>{_item(flag)}</li>" for flag in shown] + [f"<li>and {left:,} more</li>"] * (left > 0)
    return f'<ul class="tk-alerts visually-hidden" aria-label="Alerts">{"".join(items)}</ul>'


def _item(flag: Flag) -> str:
    first = flag.alerts[0]
    several = f"{len(flag.alerts):,} alerts, " if len(flag.alerts) > 1 else ""
    return f"{several}{words(first)}<bdi>{text(first.run_name)}</bdi>: <bdi>{text(first.title)}</bdi>"
