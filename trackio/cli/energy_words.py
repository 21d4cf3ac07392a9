"""The sentences below the table of ``trackio energy``: what its numbers do not say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from trackio.cli.energy_table import NAMES
from trackio.documents import Document
from trackio.energy import units
from trackio.times import whole_duration as duration

_Run: TypeAlias = Mapping[str, Any]


def sentences(stated: Document) -> Iterator[str]:
    """One after the other."""
    runs, total = stated["runs"], stated["total"]
    known = [run for run in runs if run["seconds"] is not None]
    if total["shared_kwh"] > 0:
        yield (
            f"For {duration(total['shared_seconds'])} runs shared devices, which counts once: all together are "
            f"{units.energy(_joules(total['shared_kwh']))} less than their sum."
        )
    for (reason, names), kinds in _missing(known).items():
        of = "" if len(names) == len(runs) else f" ({_listed(names)})"
        yield f"{' and '.join(kinds)} not measured{of}: {reason.rstrip('.')}."
    unknown = [run["run"] for run in runs if run["seconds"] is None]
    if unknown:
        yield f"Of {_listed(unknown)} no energy was recorded, as of runs that were imported or measured nothing."
    yield from _sides(known)
    yield from dict.fromkeys(f"{note.rstrip('.')}." for run in known for note in run["notes"])
    if total["is_lower_bound"]:
        yield "The amounts are lower bounds where a counter began again and no power was read."
    if any(run["status"] == "running" for run in known):
        yield "Runs are still going on; these are the amounts so far."
    yield from _assumed(stated)


def _missing(runs: Sequence[_Run]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The kinds that were not measured, by the reason and the runs whose reason it was."""
    names: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        for kind, reason in run["not_measured"].items():
            names.setdefault((reason, kind), []).append(run["run"])
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, kind), whose in names.items():
        # A newer server may measure kinds that have no name here.
        found.setdefault((reason, tuple(whose)), []).append(dict(NAMES).get(kind, kind))  # type: ignore[call-overload]
    return found


def _sides(runs: Sequence[_Run]) -> Iterator[str]:
    """The same stretches by both sensors, which hold each other up."""
    known = [
        (run["counter_joules"], run["power_joules"])
        for run in runs
        if run["counter_joules"] and run["power_joules"] is not None
    ]
    if known:
        counters, powers = (sum(joules) for joules in zip(*known, strict=True))
        off = (powers / counters - 1) * 100
        said = f"{abs(off):.1f} % {'more' if off > 0 else 'less'} than" if abs(off) >= 0.05 else "the same as"
        yield f"Where GPUs told both, their power, integrated, says {said} their counters."


def _assumed(stated: Document) -> Iterator[str]:
    assumed, estimate = stated["assumptions"], stated["total"]["cpu_estimate_kwh"]
    grams, price, pue = assumed["grid_g_per_kwh"], assumed["price_per_kwh"], assumed["pue"]
    building = "PUE 1 adds nothing for the building" if pue == 1 else f"PUE {pue:g} (the kWh are without it)"
    if grams is not None:
        place = f"{assumed['place']}, " if assumed["place"] else ""
        year = f"average of {assumed['grid_year']}, " if assumed["grid_year"] else ""
        licence = f", {assumed['grid_licence']}" if assumed["grid_licence"] else ""
        yield f"CO2e: {grams:g} g/kWh ({place}{year}{assumed['grid_source']}{licence}); {building}."
    else:
        yield "CO2e: not stated; --location or --grid-intensity says which grid it was."
    if price is not None:
        yield f"Cost: {units.money(price, assumed['currency'] or '')}/kWh; {building}."
    if estimate:
        count = sum(run["cpu_estimate_kwh"] is not None for run in stated["runs"])
        yield (
            f"Your estimate for processors that were not measured: {assumed['cpu_watts']:g} W, "
            f"{units.energy(_joules(estimate))} in {count} run{'' if count == 1 else 's'}; in none of the amounts."
        )


def _joules(kwh: float) -> float:
    return kwh * units.JOULES["kWh"]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
