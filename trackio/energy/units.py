"""Amounts in words: three significant figures, and the unit that fits, which a table shares."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, TypeAlias

EnergyUnit: TypeAlias = Literal["MWh", "kWh", "Wh", "mWh"]

JOULES: dict[EnergyUnit, float] = {"MWh": 3.6e9, "kWh": 3.6e6, "Wh": 3.6e3, "mWh": 3.6}
"""How many joules each unit is; the largest first."""

_FROM: dict[EnergyUnit, float] = {"MWh": 3.6e10, "kWh": 3.6e6, "Wh": 3.6e3}
"""From where on a unit is used: megawatt-hours not before there are ten."""

NOT_MEASURED = "not measured"

_POWER = (("MW", 1e6), ("kW", 1e3), ("W", 1.0), ("mW", 1e-3))
_CARBON = (("t", 1e6), ("kg", 1e3), ("g", 1.0), ("mg", 1e-3))
_EACH = (("MJ", 1e6), ("kJ", 1e3), ("J", 1.0), ("mJ", 1e-3))


def figures(value: float, count: int = 3) -> str:
    """A number with so many significant figures, thousands apart, and never an exponent: ``12,300``, ``0.00453``."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{'-' if value < 0 else ''}infinite"
    if value == 0:
        return "0"
    rounded = float(f"{value:.{count - 1}e}")
    places = count - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(0, places)}f}"


def energy_unit(joules: Iterable[float | None]) -> EnergyUnit:
    """The unit for all of these, so that they compare at a glance: that of the largest."""
    most = max((abs(value) for value in joules if value is not None and math.isfinite(value)), default=0.0)
    # As it will be written: 999.9 Wh is 1.00 kWh.
    return next((unit for unit, least in _FROM.items() if most / least >= 0.9995), "mWh")


def energy(joules: float | None, *, unit: EnergyUnit | None = None) -> str:
    """An amount of energy, such as ``1.25 kWh`` or ``312 Wh``; ``not measured`` for None."""
    if joules is None:
        return NOT_MEASURED
    chosen = unit or energy_unit([joules])
    return f"{in_unit(joules, chosen)} {chosen}"


def in_unit(joules: float, unit: EnergyUnit) -> str:
    """The number alone, for a table whose column names the unit."""
    return figures(joules / JOULES[unit])


def shared_unit(values: Iterable[float | None], what: Literal["power", "carbon", "each"]) -> tuple[str, float]:
    """The unit for all of these watts, grams or joules, and how many of them it is: that of the largest."""
    most = max((abs(value) for value in values if value is not None and math.isfinite(value)), default=0.0)
    return _fitting(most, {"power": _POWER, "carbon": _CARBON, "each": _EACH}[what])


def power(watts: float) -> str:
    """Mean or momentary power, such as ``412 W``."""
    return _scaled(watts, _POWER)


def carbon(grams: float) -> str:
    """An amount of CO2 equivalents, such as ``1.34 kg``."""
    return _scaled(grams, _CARBON)


def per(joules: float, noun: str) -> str:
    """Energy for one step, sample or token, such as ``2.31 kJ per step``."""
    return f"{each(joules)} per {noun}"


def each(joules: float) -> str:
    """A small amount in joules, such as ``2.31 kJ``."""
    return _scaled(joules, _EACH)


def money(amount: float, currency: str = "") -> str:
    """A cost: two decimals, or two figures where it is less than a hundredth."""
    text = f"{amount:,.2f}" if amount == 0 or abs(amount) >= 0.1 else figures(amount, 2)
    return f"{text} {currency}".rstrip()


def percent(share: float) -> str:
    """A share of 1: ``97 %``; what is short of all is never written as all of it."""
    if 0.995 <= share < 1:
        return f"{math.floor(share * 1000) / 10:.1f} %"
    return "less than 1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def _scaled(value: float, units: tuple[tuple[str, float], ...]) -> str:
    name, factor = _fitting(abs(value), units)
    return f"{figures(value / factor)} {name}"


def _fitting(size: float, units: tuple[tuple[str, float], ...]) -> tuple[str, float]:
    fitting = (unit for unit in units if size / unit[1] >= 0.9995)
    return next(fitting, units[-1] if size else next(unit for unit in units if unit[1] == 1.0))
