"""Which GPUs of a machine a process uses, by what its environment says: pure.

CUDA's rules for ``CUDA_VISIBLE_DEVICES``, from its programming guide where that says something, and else as torch reads
the variable: the list ends at its first invalid entry; a number is what ``strtoul`` reads (``1gpu`` is 1); a shortened
UUID has to be the beginning of one GPU's alone; the first entry decides whether the list is one of numbers, of ``GPU-``
or of ``MIG-``; a device that is named twice makes it empty. Of MIG devices a process gets one, and with it no whole GPU
(MIG user guide, "CUDA Device Enumeration"). ``ROCR_VISIBLE_DEVICES`` and ``HIP_VISIBLE_DEVICES`` name GPUs of another
maker, of which this driver knows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"\s*([+-]?[0-9]+)")
_INSTANCE = re.compile(r"MIG-(GPU-[^/]+)(?:/[0-9]+/[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Listed:
    """A GPU in the driver's list."""

    uuid: str | None
    """None for one that does not answer."""
    is_mig: bool = False
    slices: tuple[str, ...] | None = ()
    """The UUIDs of its MIG devices; None where the driver does not tell."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A GPU that the process uses."""

    place: int
    """In the driver's list."""
    notes: tuple[str, ...] = ()
    """Words of ``energy.records.NOTES``."""


def visible(
    gpus: Sequence[Listed], named: str | None, *, order: str | None = None, cuda: Sequence[str] | None = None
) -> tuple[Seen, ...]:
    """The GPUs that a process uses, in its own order.

    ``named`` is ``CUDA_VISIBLE_DEVICES`` (None when unset, which is all of them), ``order`` is ``CUDA_DEVICE_ORDER``.
    ``cuda`` are the UUIDs of what CUDA itself gave the process, with or without their ``GPU-``, where that is known:
    they settle it. Numbers go by CUDA's order, the fastest first and the rest as it likes; only ``PCI_BUS_ID`` makes
    that the driver's. In any other order a GPU that was chosen by its number among several is noted as ``order``, also
    where all are of one kind, because no guide promises their order; choosing all of them leaves nothing to mistake.
    """
    places = None if cuda is None else _known(gpus, cuda)
    by_number = False
    if places is None:
        by_number = named is not None and not named.startswith(("GPU-", "MIG-"))
        places = list(range(len(gpus))) if named is None else _chosen(gpus, named)
    places = _enumerated(gpus, places)
    is_unsure = by_number and order != "PCI_BUS_ID" and len(set(places)) < len(gpus)
    return tuple(
        Seen(place, (*(("mig",) if gpus[place].is_mig else ()), *(("order",) if is_unsure else ()))) for place in places
    )


def _known(gpus: Sequence[Listed], cuda: Sequence[str]) -> list[int] | None:
    """Where CUDA's devices stand in the driver's list; None unless all of them do."""
    found: dict[int, None] = {}
    for uuid in cuda:
        bare = uuid.removeprefix("GPU-").removeprefix("MIG-")
        place = _only(
            place for place, gpu in enumerate(gpus) if {f"GPU-{bare}", f"MIG-{bare}"} & {gpu.uuid, *(gpu.slices or ())}
        )
        if place is None:
            return None
        found[place] = None
    return list(found)


def _chosen(gpus: Sequence[Listed], named: str) -> list[int]:
    places: list[int] = []
    kind = next((prefix for prefix in ("GPU-", "MIG-") if named.startswith(prefix)), "")
    for entry in named.split(","):
        if kind and not entry.startswith(kind):
            break
        place = _slice(gpus, entry) if kind == "MIG-" else _whole(gpus, entry) if kind else _numbered(gpus, entry)
        if place is None:
            break
        if kind == "MIG-":
            return [place]
        if place in places:
            return []
        places.append(place)
    return places


def _numbered(gpus: Sequence[Listed], entry: str) -> int | None:
    found = _NUMBER.match(entry)
    # What has more digits than any number of a GPU is out of range however it goes on.
    number = int(found[1]) if found and len(found[1]) < 20 else -1
    return number if 0 <= number < len(gpus) else None


def _whole(gpus: Sequence[Listed], entry: str) -> int | None:
    return _only(place for place, gpu in enumerate(gpus) if gpu.uuid is not None and gpu.uuid.startswith(entry))


def _slice(gpus: Sequence[Listed], entry: str) -> int | None:
    instance = _INSTANCE.fullmatch(entry)
    if instance:
        return _whole(gpus, instance[1])
    # One prefix may begin several slices' UUIDs, which is ambiguous also when they are of one GPU.
    found = _only(place for place, gpu in enumerate(gpus) for one in gpu.slices or () if one.startswith(entry))
    return found if found is not None else _only(place for place, gpu in enumerate(gpus) if gpu.slices is None)


def _enumerated(gpus: Sequence[Listed], places: list[int]) -> list[int]:
    """Without what CUDA leaves out: GPUs in MIG mode without a slice, and all others beside the first slice."""
    usable = [place for place in places if not gpus[place].is_mig or gpus[place].slices != ()]
    return next(([place] for place in usable if gpus[place].is_mig), usable)


def _only(places: Iterator[int]) -> int | None:
    found = list(places)
    return found[0] if len(found) == 1 else None
