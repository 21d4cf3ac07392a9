"""The NVIDIA GPUs that this process uses, as its environment and the driver's list tell together."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from trackio import settings
from trackio.system.nvml import DRIVER, Gpu, Refusal, as_text
from trackio.system.visible import Listed, visible


@dataclass(frozen=True, slots=True)
class Found:
    """What there is."""

    gpus: tuple[tuple[Gpu, tuple[str, ...]], ...]
    """Each with what there is to note of it, in words of ``energy.records.NOTES``."""
    missing: str | None
    """Why there are none, or not all."""


def found() -> Found:
    """The GPUs that this process uses. The driver takes a second or two to wake up where nothing keeps it awake."""
    count = DRIVER.ask("nvmlDeviceGetCount")
    if isinstance(count, Refusal):
        return Found((), count.reason)
    all_gpus = [_gpu(index) for index in range(count)]
    # One that this user may not ask for is one that CUDA does not show this user either.
    known = [gpu for gpu in all_gpus if not (isinstance(gpu, Refusal) and gpu.is_for_this_user)]
    if not known:
        refused = next((gpu.reason for gpu in all_gpus if isinstance(gpu, Refusal)), None)
        return Found((), refused or "the NVIDIA driver knows no GPU")
    named, order = settings.cuda_devices()
    seen = visible([_listed(gpu) for gpu in known], named, order=order, cuda=_cuda())
    if not seen:
        # Not what it says: reasons are published, and GPUs are called by identities of this machine.
        is_hidden = named is None or named.strip() in ("", "-1")
        return Found((), f"CUDA_VISIBLE_DEVICES {'hides every GPU' if is_hidden else 'names no GPU that there is'}")
    pairs = [(known[one.place], one.notes) for one in seen]
    gpus = tuple((gpu, notes) for gpu, notes in pairs if isinstance(gpu, Gpu))
    silent = [gpu.reason for gpu, _ in pairs if isinstance(gpu, Refusal)]
    return Found(gpus, f"a GPU of this process was left out: {silent[0]}" if silent else None)


def _gpu(index: int) -> Gpu | Refusal:
    handle = DRIVER.ask("nvmlDeviceGetHandleByIndex", index)
    uuid = handle if isinstance(handle, Refusal) else DRIVER.ask("nvmlDeviceGetUUID", handle)
    if isinstance(uuid, Refusal):
        return uuid
    return Gpu(index, as_text(uuid)) if uuid else Refusal(None, "it has no UUID")


def _listed(gpu: Gpu | Refusal) -> Listed:
    if isinstance(gpu, Refusal):
        return Listed(None)
    mode = gpu.ask("nvmlDeviceGetMigMode")
    return Listed(gpu.uuid, is_mig=True, slices=_slices(gpu)) if mode and mode[0] else Listed(gpu.uuid)


def _slices(gpu: Gpu) -> tuple[str, ...] | None:
    """The UUIDs of a GPU's MIG devices; None where the driver does not tell them."""
    found: list[str] = []
    for place in range(gpu.number("nvmlDeviceGetMaxMigDeviceCount") or 0):
        handle = gpu.ask("nvmlDeviceGetMigDeviceHandleByIndex", place)
        uuid = None if handle is None else DRIVER.ask("nvmlDeviceGetUUID", handle)
        if isinstance(uuid, Refusal):
            return None
        if uuid is not None:
            found.append(as_text(uuid))
    return tuple(found)


def _cuda() -> tuple[str, ...] | None:
    """What CUDA gave this process, where torch has started it already; we never do."""
    torch = sys.modules.get("torch")
    try:
        if torch is None or torch.version.hip or not torch.cuda.is_initialized():
            return None
        return tuple(str(torch.cuda.get_device_properties(n).uuid) for n in range(torch.cuda.device_count()))
    except (AttributeError, RuntimeError, AssertionError):
        # A torch that is just being imported, or too old to know UUIDs, or whose CUDA broke down.
        return None
