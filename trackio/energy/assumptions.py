"""What decides what energy stands for, as a project keeps it: the grid, the building, the price (pure)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from trackio.energy.carbon import intensity, parse_price
from trackio.energy.statement import Assumptions, Intensity, Price
from trackio.errors import UnknownLocation, UsageError

NONE = "none"
"""Given for a key, it takes back what was said before."""

_LONGEST = 100


def from_settings(settings: Mapping[str, Any]) -> Assumptions:
    """What a project keeps; a value that cannot be right, as another program may have left, counts as not given."""
    found = {}
    for key in KEYS:
        try:
            found[key] = _checked(key, settings.get(key))
        except UsageError:
            continue
    try:
        return _assumptions(found)
    except UnknownLocation:
        return _assumptions({**found, "location": None})


def to_settings(assumptions: Assumptions) -> dict[str, Any]:
    """The settings that say the same, with None for every key of which nothing is said."""
    grid, price = assumptions.intensity, assumptions.price
    return {
        "location": None if grid is None else grid.location or grid.name,
        "grid_intensity": None if grid is None or grid.location else grid.grams_per_kwh,
        "pue": None if assumptions.pue == 1.0 else assumptions.pue,
        "price": None if price is None else f"{price.per_kwh!r} {price.currency}".rstrip() + "/kWh",
        "cpu_watts": assumptions.cpu_watts,
    }


def changed(settings: Mapping[str, Any], given: Mapping[str, str | float | None]) -> Assumptions:
    """What a project keeps, with what is given now in its place: numbers, or texts as the options take them.

    A number for the grid goes before the table's, and the place then only names it; a place that is given without a
    number takes an earlier number back. None is not given, and ``"none"`` takes back what was said of the key. Raises
    UsageError, and UnknownLocation for a place of which no number is known.
    """
    said = {key: value for key, value in given.items() if value is not None}
    kept = to_settings(from_settings(settings))
    if said.get("location", NONE) != NONE and "grid_intensity" not in said:
        kept["grid_intensity"] = None
    return _assumptions({key: _checked(key, said.get(key, kept[key])) for key in KEYS})


def _assumptions(values: Mapping[str, Any]) -> Assumptions:
    return Assumptions(
        intensity=_grid(values.get("location"), values.get("grid_intensity")),
        pue=values.get("pue") or 1.0,
        price=values.get("price"),
        cpu_watts=values.get("cpu_watts"),
    )


def _grid(place: str | None, own: float | None) -> Intensity | None:
    if own is None:
        return None if place is None else intensity(place)
    if place is None:
        return Intensity(own)
    try:
        return Intensity(own, name=intensity(place).name)
    except UnknownLocation:
        return Intensity(own, name=place)


def _checked(key: str, value: object) -> Any:
    """The value as it is meant; raises UsageError."""
    is_none = value is None or (isinstance(value, str) and value.strip().lower() == NONE)
    return None if is_none else _CHECKS[key](value, f"--{key.replace('_', '-')}")


def _place(value: object, option: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise UsageError(f"{option} takes a country's code or name, such as FRA or France, not {value!r}.")
    return text


def _price(value: object, option: str) -> Price:
    if isinstance(value, str):
        return parse_price(value)
    return Price(_number(value, option, 0.0, "a price of a kWh"))


def _number(value: object, option: str, least: float, what: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (str, int, float)) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number >= least):
        raise UsageError(f"{option} takes {what}, a number from {least:g} on, or `{NONE}`; not {value!r}.")
    return number


_CHECKS: Mapping[str, Callable[[object, str], Any]] = {
    "location": _place,
    "grid_intensity": lambda value, option: _number(value, option, 0.0, "grams of CO2e per kWh"),
    "pue": lambda value, option: _number(value, option, 1.0, "what the building uses for each kWh of the machines"),
    "price": _price,
    "cpu_watts": lambda value, option: _number(value, option, 0.0, "the watts that processors drew"),
}

KEYS = tuple(_CHECKS)
"""The names among the settings of a project, and of the options."""
