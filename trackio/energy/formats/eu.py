"""The entry on energy in the EU's Model Documentation Form, of the Code of Practice for general-purpose AI (2025).

The form, in the code's chapter on transparency, asks for the energy used for training in megawatt-hours with at least
two significant figures, "N/A" where it cannot be known, and for the method in about 100 words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from trackio.energy.formats.subject import Subject, hardware
from trackio.energy.rates import method_shares
from trackio.energy.records import Kind
from trackio.energy.units import figures, percent
from trackio.times import iso
from trackio.version import __version__

KWH_PER_MWH = 1000

_SOURCES = {
    "counter": "energy counters",
    "power": "power readings integrated over time",
    "reset": "readings across a counter's reset",
}
_KINDS: dict[Kind, str] = {"gpu": "GPUs", "cpu": "processors", "dram": "memory", "soc": "chips"}


def entry(subject: Subject) -> str:
    """The two fields, each below its name."""
    return (
        f"Amount of energy used for training\n{amount(subject)}\n\n"
        f"Energy consumption methodology\n{' '.join(method(subject))}\n"
    )


def amount(subject: Subject) -> str:
    """Megawatt-hours with two significant figures, PUE included, or ``N/A``."""
    kwh = subject.energy.account.kwh
    if kwh is None:
        return "N/A"
    return (
        f"{'at least ' * subject.energy.account.is_lower_bound}{_two(kwh * subject.assumptions.pue / KWH_PER_MWH)} MWh"
    )


def method(subject: Subject) -> list[str]:
    """How it was measured: sentences, about 100 words in all."""
    energy = subject.energy
    if energy.account.kwh is None:
        return [
            "The energy was not measured and is not estimated.",
            *(f"{text[0].upper()}{text[1:]}." for text in _together(subject.missing, "{kinds}: {reason}")),
            f"Recorded with trackio {__version__}.",
        ]
    shares = method_shares(energy.account)
    ways = [_SOURCES[one] + (f" ({percent(share)})" if len(shares) > 1 else "") for one, share in shares.items()]
    sentences = [
        f"Measured during training by trackio {__version__} in {_runs(subject)}.",
        f"Devices: {hardware(energy.devices)}.",
        f"Source: the devices' own {' and '.join(ways) or 'sensors'}, read every second.",
        f"Readings cover {percent(energy.account.coverage)} of the devices' time; the rest counts as zero.",
    ]
    if energy.shared_seconds:
        sentences.append("Time that runs shared on a device counts once.")
    sentences.append(_excluded(subject))
    if subject.assumptions.pue > 1:
        sentences.append(
            f"The measured {_two(energy.account.kwh / KWH_PER_MWH)} MWh are multiplied by the data centre's PUE of "
            f"{subject.assumptions.pue:g}."
        )
    sentences.append("Energy of other processes on the same devices is not deducted.")
    sentences.append("On-board sensors are not calibrated meters; those of some GPUs sample part of the time.")
    return sentences


def _runs(subject: Subject) -> str:
    measured = subject.measured
    first = min(iso(record.created_ns)[:10] for record in measured)
    last = max(iso(record.finished_ns or record.updated_ns)[:10] for record in measured)
    count = f"{len(measured)} run{'' if len(measured) == 1 else 's'}"
    return f"{count} on {first}" if first == last else f"{count} from {first} to {last}"


def _excluded(subject: Subject) -> str:
    left: list[str] = []
    whole: dict[Kind, list[str]] = {}
    for kind in _lacking(subject):
        runs = [run for run in subject.energy.runs if kind in run.missing and run.account.joules is not None]
        reasons = [run.missing[kind] for run in runs]
        if kind in subject.energy.by_kind:
            of = f"of {len(runs)} run{'' if len(runs) == 1 else 's'}"
            left += _together({kind: reasons}, f"{{kinds}} {of} ({{reason}})")
        elif reasons:
            whole[kind] = reasons
        else:
            left.append(_KINDS[kind])
    left += _together(whole, "{kinds} ({reason})")
    left += ["network", "storage", "power supplies"] + ["cooling"] * (subject.assumptions.pue == 1)
    unknown = len(subject.unmeasured)
    left += ["manufacturing"] + [f"{unknown} run{'' if unknown == 1 else 's'} without measurements"] * bool(unknown)
    return f"Not included: {', '.join(left)}, and work that was not recorded."


def _together(missing: Mapping[Kind, Iterable[str]], form: str) -> list[str]:
    """Kinds with the reasons why they were not measured, those of the same reasons in one text of this form.

    What to do about it, which follows in a reason's next sentence, is for who trains, not for readers of the entry.
    """
    found: dict[str, list[str]] = {}
    for kind, reasons in missing.items():
        texts = dict.fromkeys(reason.partition(". ")[0].rstrip(".") for reason in reasons)
        found.setdefault("; ".join(texts), []).append(_KINDS[kind])
    return [form.format(kinds=" and ".join(kinds), reason=reason) for reason, kinds in found.items()]


def _lacking(subject: Subject) -> list[Kind]:
    """Kinds of devices that were not measured, in all runs or in some, and are in no other kind's counter either."""
    found = subject.energy
    kinds: tuple[Kind, ...] = ("gpu", "cpu", "dram")
    if any(one.device.scope == "module" for one in found.devices):
        kinds = ("gpu",)
    elif "soc" in found.by_kind:
        kinds = ("dram",)
    told = {kind for run in found.runs if run.account.joules is not None for kind in run.missing}
    return [kind for kind in kinds if kind not in found.by_kind or kind in told]


def _two(value: float) -> str:
    """Two significant figures: plain from a thousandth to a million, else as the form does it: ``1.3x10^-5``."""
    if value == 0 or 1e-3 <= value < 1e6:
        return figures(value, 2)
    exponent = math.floor(math.log10(float(f"{value:.1e}")))
    return f"{value / 10**exponent:.1f}x10^{exponent}"
