"""Which sensors this machine may have; each has a library to load, in the sampler's thread and on first use."""

from __future__ import annotations

import sys
from functools import partial

from trackio.system.meter import KINDS, Makers
from trackio.system.probes import Probe


def makers() -> Makers:
    """What looks for the sensors of this machine."""
    if sys.platform == "darwin":
        from trackio.system import apple

        if apple.is_here():
            return {part: partial(apple.reader, kinds) for part, kinds in KINDS.items()}
    from trackio.system import nvidia, rapl

    return {"gpu": nvidia.reader, "cpu": rapl.reader}


def gpus() -> Probe | None:
    """What is shown of the GPUs that this process uses; None where there are none."""
    from trackio.system import nvidia

    return nvidia.metrics()
