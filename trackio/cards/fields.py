"""The metadata of a card: what the Hub reads of a model's emissions, and a tag; and how YAML writes it (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from trackio.cards import escapes, measured, statements
from trackio.cards.contents import Card
from trackio.energy import units
from trackio.energy.carbon import WORLD
from trackio.version import __version__

TAGS = "tags"
EMISSIONS = "co2_eq_emissions"

TAG = "trackio"
"""Among a model's tags, and the first word of the source of emissions that are ours."""

LEAST_GRAMS = 1e-4
"""Less is left out: a reader of the Hub takes ``4.7e-07`` for 4.7, and nobody is told anything by such an amount."""

_FIGURES = 6


def metadata(card: Card) -> dict[str, Any]:
    """``tags``, and ``co2_eq_emissions`` with its ``emissions`` in grams where there is a figure."""
    found: dict[str, Any] = {TAGS: [TAG]}
    footprint = statements.used(card)
    if footprint is not None and footprint.grams is not None and footprint.grams >= LEAST_GRAMS:
        found[EMISSIONS] = dict(_emissions(card, footprint.grams))
    return found


def yaml_block(metadata: Mapping[str, Any]) -> str:
    """Lines of YAML for what ``metadata`` gives: numbers without exponents, texts in quotes."""
    return "".join(f"{line}\n" for key in metadata for line in lines(key, metadata[key]))


def lines(key: str, value: Any) -> Iterator[str]:
    """The lines of one key, without line ends."""
    yield f"{key}:"
    if isinstance(value, Mapping):
        yield from (f"  {name}: {written(item)}" for name, item in value.items())
    else:
        yield from (f"- {written(item)}" for item in value)


def written(value: str | float) -> str:
    """A value as it stands in YAML: an unquoted ``NO`` would load as False, and an exponent as something else."""
    if not isinstance(value, str):
        # The digits that read back to the same number.
        plain = format(Decimal(repr(value)), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return value if value == TAG else quoted(value)


def quoted(text: str) -> str:
    """A text in double quotes, on one line whatever is in it."""
    import yaml

    found: str = yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return found.rstrip("\n")


def _emissions(card: Card, grams: float) -> Iterator[tuple[str, str | float]]:
    found, grid = card.energy, card.assumptions.intensity
    yield "emissions", float(f"{grams:.{_FIGURES}g}")
    yield "source", _source(card)
    if card.training_type:
        yield "training_type", escapes.clean(card.training_type)
    if grid is not None and grid.name and grid.location != WORLD:
        yield "geographical_location", escapes.clean(grid.name)
    hardware = card.hardware or measured.hardware(found)
    if hardware:
        yield "hardware_used", escapes.clean(hardware)


def _source(card: Card) -> str:
    """How the number came about, for who reads it without the card's text."""
    found, said = card.energy, card.assumptions
    lacking = [words for kind, words in measured.KINDS.items() if kind != "soc" and measured.lacks(found, kind)]
    parts = [f"measured by {measured.methods(found)}" if measured.methods(found) else "measured"]
    parts += [f"{', '.join(lacking)} {units.NOT_MEASURED}"] if lacking else []
    parts += [f"not included: {', '.join(card.not_included)}"] if card.not_included else []
    parts += [f"coverage {units.percent(found.account.coverage)}"]
    parts += ["a lower bound"] if found.account.is_lower_bound else []
    missed = len(measured.without(found))
    parts += [f"{len(card.runs) - missed} of {len(card.runs)} runs"] if missed and len(card.runs) > 1 else []
    if said.intensity is not None:
        each = units.figures(said.intensity.grams_per_kwh)
        parts += [f"{each} g CO2e per kWh, {statements.grid(said.intensity)}"]
    return escapes.clean(f"{TAG} {__version__}: {'; '.join(parts)}; PUE {said.pue!r}", 1000)
