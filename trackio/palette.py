"""The colours of charts, light and dark; pages take the same values as CSS properties.

The ten series colours keep 3:1 against their background and stay apart under protanopia, deuteranopia and tritanopia;
a test computes both. The first six, which label their lines directly, lie furthest apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ThemeName: TypeAlias = Literal["light", "dark"]

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
"""The stack of pages."""

EXPORT_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The stack of exported pictures: these fonts are of one width, so measured text fits wherever it is drawn."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme, as ``#rrggbb``."""

    background: str
    foreground: str
    muted: str
    """Subtitles, tick labels, footers: 4.5:1 against the background."""
    line: str
    """Gridlines and hairlines."""
    grey: str
    """Series beyond the tenth."""
    accent: str
    warn: str
    error: str
    ok: str
    series: tuple[str, ...]

    def color(self, number: int) -> str:
        """The colour of a line's number; -1 is grey."""
        return self.series[number] if number >= 0 else self.grey


LIGHT = Theme(
    background="#ffffff",
    foreground="#1b1f24",
    muted="#5b6470",
    line="#e3e6ea",
    grey="#b4bac2",
    accent="#4a64e7",
    warn="#8a5a00",
    error="#b3261e",
    ok="#1f7a4d",
    series=(
        "#4a64e7",
        "#dd6f23",
        "#286648",
        "#af3e7c",
        "#5f28b2",
        "#2fa094",
        "#89691b",
        "#821e00",
        "#bc6ece",
        "#113d70",
    ),
)

DARK = Theme(
    background="#14171c",
    foreground="#e8eaed",
    muted="#9aa3ae",
    line="#2c323a",
    grey="#555d68",
    accent="#7098f2",
    warn="#e0b050",
    error="#ff8a80",
    ok="#4bc98f",
    series=(
        "#7098f2",
        "#f7791a",
        "#4bc98f",
        "#b8638d",
        "#856ae6",
        "#76fbec",
        "#d9c226",
        "#d94f2d",
        "#b595b6",
        "#a0ccfa",
    ),
)

THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}
