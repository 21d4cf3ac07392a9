"""Metrics as OpenMetrics text, which GitLab compares between the branches of a merge request (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio.ci.facts import Facts
from trackio.harmless import plain


def document(found: Sequence[Facts]) -> bytes:
    """The last value of each metric, and the energy of the run."""
    families = {
        "metric": [(_labels(one, row.metric), row.value) for one in found for row in one.rows],
        "energy_kwh": [(_labels(one), one.kwh.value) for one in found if one.kwh.value is not None],
        "energy_co2e_kg": [(_labels(one), one.co2e_kg.value) for one in found if one.co2e_kg.value is not None],
    }
    lines = []
    for name, values in families.items():
        if values:
            lines.append(f"# TYPE trackio_{name} gauge")
            lines += [f"trackio_{name}{labels} {_number(value)}" for labels, value in values]
    return "\n".join([*lines, "# EOF", ""]).encode()


def _labels(one: Facts, metric: str | None = None) -> str:
    given = {"project": one.project, **({} if metric is None else {"metric": metric})}
    # `plain` leaves no line ends; it has doubled no backslash, so they are escaped here.
    return "{" + ",".join(f'{name}="{_escaped(plain(text))}"' for name, text in given.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
