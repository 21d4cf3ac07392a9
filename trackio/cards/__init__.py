"""Model cards: what runs used and reached, as a section of Markdown and as metadata, and both put into a README (pure).

``merge`` and ``remove`` take text as it is in the file, with its line ends (``open(path, newline="")``). They raise
``CardError`` where a file cannot be taken as it is; then nothing of it is lost. Merging twice gives the same text.
"""

from __future__ import annotations

from trackio.cards.badges import badge
from trackio.cards.contents import Card, CardRun, Chart, Result, Target, Value
from trackio.cards.fields import metadata, yaml_block
from trackio.cards.merging import merge, merge_bytes, remove, remove_bytes, replaced_emissions
from trackio.cards.sections import section
from trackio.errors import CardError

__all__ = [
    "Card",
    "CardError",
    "CardRun",
    "Chart",
    "Result",
    "Target",
    "Value",
    "badge",
    "merge",
    "merge_bytes",
    "metadata",
    "remove",
    "remove_bytes",
    "replaced_emissions",
    "section",
    "yaml_block",
]
