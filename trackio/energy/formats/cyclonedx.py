"""A CycloneDX 1.6 bill of materials of a model, with the energy that its training used.

It goes into ``modelCard.considerations.environmentalConsiderations``; the format knows energy in kWh and carbon in
tonnes. The same runs give the same bytes: there is no serial number and no time of making.
"""

from __future__ import annotations

from typing import Any

from trackio.energy.formats.subject import Subject, hardware
from trackio.energy.rates import method_shares
from trackio.version import __version__

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
GRAMS_PER_TONNE = 1e6


def document(subject: Subject) -> dict[str, Any]:
    """The whole document. Where nothing was measured it says why, and has no amount."""
    considerations: dict[str, Any] = {"properties": _properties(subject)}
    consumption = _consumption(subject)
    if consumption is not None:
        considerations["energyConsumptions"] = [consumption]
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"tools": {"components": [{"type": "application", "name": "trackio", "version": __version__}]}},
        "components": [
            {
                "type": "machine-learning-model",
                "bom-ref": f"model:{subject.project}",
                "name": subject.project,
                "modelCard": {"considerations": {"environmentalConsiderations": considerations}},
            }
        ],
    }


def _consumption(subject: Subject) -> dict[str, Any] | None:
    found = subject.footprint
    if found is None:
        return None
    used = {"value": found.kwh * subject.assumptions.pue, "unit": "kWh"}
    grid = subject.assumptions.intensity
    place = grid.name if grid is not None else None
    consumption: dict[str, Any] = {
        "activity": "training",
        "energyProviders": [
            {
                "description": f"The grid of {place}" if place else "The grid; its place was not given",
                # Who sold the electricity, and how it was made, is not recorded.
                "organization": {"name": "not stated"},
                "energySource": "unknown",
                "energyProvided": used,
            }
        ],
        "activityEnergyCost": used,
    }
    if found.grams is not None:
        consumption["co2CostEquivalent"] = {"value": found.grams / GRAMS_PER_TONNE, "unit": "tCO2eq"}
    return consumption


def _properties(subject: Subject) -> list[dict[str, str]]:
    """What the format has no field for, as names and texts."""
    energy, assumed = subject.energy, subject.assumptions
    said: list[tuple[str, str]] = [("runs", str(len(subject.records)))]
    if energy.account.kwh is not None:
        said += [
            ("measured-kwh", repr(energy.account.kwh)),
            ("pue", repr(assumed.pue)),
            ("coverage", repr(round(energy.account.coverage, 6))),
            ("is-lower-bound", str(energy.account.is_lower_bound).lower()),
            ("hardware", hardware(energy.devices)),
        ]
        said += [(f"share:{method}", repr(round(share, 6))) for method, share in method_shares(energy.account).items()]
        said += [(f"kwh:{kind}", repr(account.kwh)) for kind, account in energy.by_kind.items()]
    if assumed.intensity is not None:
        grid = assumed.intensity
        told = [f"{grid.grams_per_kwh:g} g CO2e per kWh", grid.name, str(grid.year or ""), grid.source, grid.licence]
        said.append(("grid", ", ".join(text for text in told if text)))
    said += [(f"not-measured:{kind}", reason) for kind, reasons in subject.missing.items() for reason in reasons]
    said += [("run-without-energy", name) for name in (record.name for record in subject.unmeasured)]
    return [{"name": f"trackio:energy:{name}", "value": value} for name, value in said]
