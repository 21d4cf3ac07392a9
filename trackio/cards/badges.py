"""A badge: a card's energy as an SVG of one line, made here so that no third party sees who reads the card (pure)."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from trackio.cards.contents import Card
from trackio.cards.measured import amount

LABEL = "training energy"

_NARROW, _MIDDLE, _WIDE = 3.5, 6.0, 7.2
"""Widths of spaces and points, of small letters, and of others at 11 px; texts are fitted to them in any font."""
_PADDING = 6.0
_HEIGHT = 20


def badge(card: Card) -> str:
    """An SVG 20 px high with its words as its title: ``training energy | 1.25 kWh``."""
    told = amount(card)
    left, right = _width(LABEL), _width(told)
    words = f"{LABEL}: {told}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right:g}" height="{_HEIGHT}" role="img" '
        f"aria-label={quoteattr(words)}><title>{escape(words)}</title>"
        f'<clipPath id="r"><rect width="{left + right:g}" height="{_HEIGHT}" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left:g}" height="{_HEIGHT}" fill="#444c56"/>'
        f'<rect x="{left:g}" width="{right:g}" height="{_HEIGHT}" fill="#2a5db0"/></g>'
        '<g fill="#fff" font-family="system-ui,Verdana,sans-serif" font-size="11">'
        f"{_text(LABEL, 0)}{_text(told, left)}</g></svg>\n"
    )


def _width(text: str) -> float:
    wide = sum(_NARROW if one in " .,il" else _MIDDLE if one.islower() else _WIDE for one in text)
    return round(wide + 2 * _PADDING)


def _text(text: str, start: float) -> str:
    length = _width(text) - 2 * _PADDING
    return f'<text x="{start + _PADDING:g}" y="14" textLength="{length:g}">{escape(text)}</text>'
