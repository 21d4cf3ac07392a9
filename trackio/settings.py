"""The only reader of ``os.environ``: each setting names its variables and its default.

Every variable may begin with ``TRACKIO_``. Those that a script for wandb relies on are read by wandb's name too, where
ours is not set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trackio.errors import UsageError

VARIABLES: dict[str, tuple[str, ...]] = {
    "project": ("PROJECT",),
    "entity": ("ENTITY",),
    "run_id": ("RUN_ID",),
    "run_name": ("NAME", "RUN_NAME"),
    "run_group": ("RUN_GROUP",),
    "run_job_type": ("JOB_TYPE",),
    "run_notes": ("NOTES",),
    "run_tags": ("TAGS",),
    "mode": ("MODE",),
    "resume": ("RESUME",),
    "reinit": ("REINIT",),
    "config": ("CONFIG",),
    "config_paths": ("CONFIG_PATHS",),
    "sweep_id": ("SWEEP_ID",),
    "silent": ("SILENT",),
    "quiet": ("QUIET",),
    "save_code": ("SAVE_CODE",),
    "x_disable_stats": ("X_DISABLE_STATS", "_DISABLE_STATS"),
    "x_label": ("X_LABEL",),
}
"""What may be said of a run from outside: variables by the name of the setting, without ``TRACKIO_`` or ``WANDB_``."""

OWN_VARIABLES: dict[str, str] = {
    "api_key": "TRACKIO_API_KEY",
    "space_id": "TRACKIO_SPACE_ID",
    "server_url": "TRACKIO_SERVER_URL",
    "write_token": "TRACKIO_WRITE_TOKEN",
    "sync_timeout": "TRACKIO_SYNC_SECONDS",
    "webhook_url": "TRACKIO_WEBHOOK_URL",
    "webhook_min_level": "TRACKIO_WEBHOOK_MIN_LEVEL",
    "alerts_on": "TRACKIO_ALERTS_ON",
}
"""Where the original's names have no counterpart in wandb."""

_TRUE = frozenset({"1", "true", "yes", "y", "on", "t"})
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "LOCAL_RANK")
_WORLD_SIZES = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS", "LOCAL_WORLD_SIZE")


def home() -> Path:
    """Where projects lie: ``TRACKIO_DIR``, else the folder ``trackio`` in ``WANDB_DIR``, else ``~/.trackio``."""
    value = os.environ.get("TRACKIO_DIR")
    foreign = os.environ.get("WANDB_DIR")
    try:
        if value:
            return Path(value).expanduser()
        return Path(foreign).expanduser() / "trackio" if foreign else Path.home() / ".trackio"
    except (RuntimeError, KeyError):
        # As in a container whose user is only a number.
        given = f"TRACKIO_DIR={value!r}" if value else f"WANDB_DIR={foreign!r}"
        raise UsageError(
            f"{given} names a home folder that is not known."
            if value or foreign
            else "This user has no home folder. Set TRACKIO_DIR to the folder that data shall go to."
        ) from None


def said(name: str) -> str | None:
    """What the environment says of a setting of ``VARIABLES`` or ``OWN_VARIABLES``; None when nothing."""
    own = OWN_VARIABLES.get(name)
    if own is not None:
        return text(own)
    names = VARIABLES[name]
    return text(*(f"TRACKIO_{one}" for one in names), *(f"WANDB_{one}" for one in names))


def is_disabled() -> bool:
    """``TRACKIO_DISABLED`` or ``WANDB_DISABLED``: runs record nothing."""
    return is_true(text("TRACKIO_DISABLED", "WANDB_DISABLED"))


def is_silent() -> bool:
    """``TRACKIO_SILENT`` or ``WANDB_SILENT``: nothing that is no warning is printed."""
    return is_true(said("silent"))


def wants_colours() -> bool:
    """Whether a terminal may be written to in colours: not with ``NO_COLOR``, nor where ``TERM`` is ``dumb``."""
    return text("NO_COLOR") is None and os.environ.get("TERM") != "dumb"


def is_true(value: str | None) -> bool:
    """Whether the text of a variable switches something on."""
    return value is not None and value.strip().lower() in _TRUE


def rank() -> int | None:
    """Which of several processes of one training this is, as torchrun, Open MPI, MPICH or Slurm tell; None for one."""
    size = _number(*_WORLD_SIZES)
    return _number(*_RANKS) if size is not None and size > 1 else None


def cuda_devices() -> tuple[str | None, str | None]:
    """``CUDA_VISIBLE_DEVICES``, which says something when it is empty too, and ``CUDA_DEVICE_ORDER``."""
    return os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("CUDA_DEVICE_ORDER")


def text(*names: str) -> str | None:
    """The first of the variables that is set and not empty."""
    for name in names:
        value = os.environ.get(name)
        if value:
            return value
    return None


def proxy(scheme: str, host: str) -> str | None:
    """The address of the proxy to a host, as ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY`` and the system say."""
    from urllib.request import getproxies, proxy_bypass

    found = getproxies()
    address = found.get(scheme) or found.get("all")
    if not address or proxy_bypass(host):
        return None
    return address if "://" in address else f"http://{address}"


def certificates() -> Path | None:
    """A file or folder of certificates to trust in place of the system's."""
    found = text("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    return None if found is None else Path(found)


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that we start: ours, with these changes."""
    return {**os.environ, **changes}


@contextmanager
def lent(**variables: str) -> Iterator[None]:
    """Variables that another library reads, for the length of the block; those that the user has set stay."""
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def handed(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Variables for the processes that we start during the block, over what the user has set; None takes one away."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _number(*names: str) -> int | None:
    value = text(*names)
    return int(value) if value is not None and value.strip().isdecimal() else None
