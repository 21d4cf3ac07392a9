"""What energy stands for: CO2 equivalents by the grid's yearly average, and money (pure).

The averages are those of ``intensity.csv``: a row a country, each with its year, source and licence; NOTICE attributes
them and ``tools/intensity.py`` makes them. They count all gases over the life of the plants, for the electricity that
a country generates. Where the table has no number, none is made up.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from trackio.energy.statement import Assumptions, Footprint, Intensity, Price
from trackio.errors import UnknownLocation, UsageError

WORLD = "WORLD"
"""The code of the world's average, which is used only when it is asked for."""

_ALIASES: Mapping[str, str] = {
    "america": "USA",
    "britain": "GBR",
    "bosnia": "BIH",
    "burma": "MMR",
    "cabo verde": "CPV",
    "czech republic": "CZE",
    "drc": "COD",
    "democratic republic of the congo": "COD",
    "england": "GBR",
    "great britain": "GBR",
    "holland": "NLD",
    "ivory coast": "CIV",
    "korea": "KOR",
    "macau": "MAC",
    "macedonia": "MKD",
    "republic of korea": "KOR",
    "russian federation": "RUS",
    "swaziland": "SWZ",
    "timor leste": "TLS",
    "turkiye": "TUR",
    "uae": "ARE",
    "uk": "GBR",
    "united states of america": "USA",
    "us": "USA",
    "viet nam": "VNM",
}
"""What countries are called besides the name in the table, folded as ``_folded`` does it."""

_SYMBOLS: Mapping[str, str] = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}
_MONEY = "|".join(["[A-Za-z]{3}", *map(re.escape, _SYMBOLS)])
_PRICE = re.compile(
    rf"\s*(?P<before>{_MONEY})?\s*(?P<amount>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*(?P<after>{_MONEY})?\s*(?:(?:/|per)\s*kwh)?\s*",
    re.IGNORECASE,
)


def emissions_grams(kwh: float, *, intensity_g_per_kwh: float, pue: float = 1.0) -> float:
    """Grams of CO2 equivalents: energy x PUE x intensity. Raises UsageError for what none of them can be."""
    amounts = (("kwh", kwh, 0.0), ("intensity_g_per_kwh", intensity_g_per_kwh, 0.0), ("pue", pue, 1.0))
    for name, value, least in amounts:
        if not (math.isfinite(value) and value >= least):
            raise UsageError(f"{name}={value!r} must be a number from {least:g} on.")
    return kwh * pue * intensity_g_per_kwh


@lru_cache(maxsize=1)
def locations() -> tuple[Intensity, ...]:
    """Every place of the table, by code; the world comes last."""
    return tuple(intensity for _, intensity in _table())


def intensity(location: str) -> Intensity:
    """The grid's average at a place: its alpha-3 or alpha-2 code, or its English name, in any case; or ``WORLD``.

    Raises UnknownLocation.
    """
    found = _by_name().get(_folded(location))
    if found is None:
        raise UnknownLocation(location, [one.name or "" for one in locations()])
    return found


def footprint(kwh: float, assumptions: Assumptions) -> Footprint:
    """What an amount of energy stands for; None where the assumptions do not say."""
    grid, price = assumptions.intensity, assumptions.price
    grams = None if grid is None else emissions_grams(kwh, intensity_g_per_kwh=grid.grams_per_kwh, pue=assumptions.pue)
    cost = None if price is None else kwh * assumptions.pue * price.per_kwh
    return Footprint(kwh, grams, cost, assumptions)


def parse_price(text: str) -> Price:
    """A price of ``0.25``, ``0.25/kWh``, ``0.25 EUR/kWh`` or ``$0.25/kWh``; raises UsageError."""
    found = _PRICE.fullmatch(text)
    if found is None or (found["before"] and found["after"]) or math.isinf(float(found["amount"])):
        raise UsageError(f"{text!r} is no price of a kilowatt-hour. Write it as 0.25/kWh or '0.25 EUR/kWh'.")
    currency = found["before"] or found["after"] or ""
    return Price(float(found["amount"]), _SYMBOLS.get(currency, currency.upper()))


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, Intensity], ...]:
    """The alpha-2 code of each place, and what is known of it."""
    # Only whoever asks for a place pays for these; the package's names are imported by a training run too.
    import csv
    from importlib.resources import files

    text = files("trackio.energy").joinpath("intensity.csv").read_text("utf-8")
    return tuple(
        (
            row["alpha2"],
            Intensity(
                grams_per_kwh=float(row["grams_per_kwh"]),
                location=row["code"],
                name=row["name"],
                year=int(row["year"]),
                source=row["source"],
                licence=row["licence"],
            ),
        )
        for row in csv.DictReader(text.splitlines())
    )


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, Intensity]:
    by_code = {one.location: one for _, one in _table()}
    found = {name: by_code[code] for name, code in _ALIASES.items()}
    for alpha2, one in _table():
        for name in (one.name, one.location, alpha2):
            if name:
                found[_folded(name)] = one
    return found


def _folded(name: str) -> str:
    """A name without its case, accents, punctuation and article: ``The Côte d'Ivoire`` is ``cote d ivoire``."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    words = re.findall(r"\w+", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    return " ".join(words[1:] if words[:1] == ["the"] else words)
