"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from trackio import settings
from trackio.errors import UsageError

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the data lies, who may do what, and how much of it at once."""

    home: Path
    """The directory with the projects."""
    write_token: str = field(repr=False)
    """Whoever has it may record, change and delete."""
    read_token: str | None = field(default=None, repr=False)
    """Whoever has this one may look, and so may those with the other; None lets anybody look."""
    pass_token: str | None = field(default=None, repr=False)
    """Stands for the read token in an address, while this process lives: for addresses that are kept somewhere."""
    hosts: tuple[str, ...] = ()
    """Names under which the server may be asked, besides those of this machine alone and addresses; ``*`` is any."""
    root_path: str = ""
    """Where a proxy puts the server, such as ``/trackio``; without a slash at the end."""
    is_secure: bool = False
    """Whether browsers reach it over https: its cookie then travels no other way."""
    is_embedded: bool = False
    """Whether its pages stand in a frame of another site, as in a Space: the cookie is then told to work there."""
    journal_bytes: int = 64 * MEBIBYTE
    """The most that one request may bring of a journal, when it is unpacked too."""
    chunk_bytes: int = 8 * MEBIBYTE
    """The most that one request may bring of a file."""
    file_bytes: int = 1 << 40
    """The size of the largest file."""
    json_bytes: int = MEBIBYTE
    """The most that any other request may bring."""
    body_seconds: float = 120.0
    """How long a request may take to arrive."""
    quiet_seconds: float = 20.0
    """How long nothing of it may come."""
    requests_per_second: float = 200.0
    """How often one address may ask in the long run; 0 is as often as it likes."""
    requests_at_once: int = 1000
    """How many requests it may make ahead of that."""


def from_environment() -> ServerOptions:
    """What ``TRACKIO_*`` variables say, for servers that other programs start; raises UsageError without a token.

    ``TRACKIO_DIR``, ``TRACKIO_WRITE_TOKEN``, ``TRACKIO_READ_TOKEN``, ``TRACKIO_ALLOWED_HOSTS`` (names with commas
    between), ``TRACKIO_ROOT_PATH``, ``TRACKIO_HTTPS`` (1 behind a proxy that speaks https), ``TRACKIO_RATE_LIMIT``
    (requests a second). A Space says by ``SPACE_HOST`` that it is one.
    """
    write_token = settings.text("TRACKIO_WRITE_TOKEN")
    if write_token is None:
        raise UsageError(
            "The server needs a write token that all its processes share. Set TRACKIO_WRITE_TOKEN, or start it with "
            "`trackio serve`, which makes one."
        )
    space = settings.text("SPACE_HOST")
    named = (settings.text("TRACKIO_ALLOWED_HOSTS") or "").split(",")
    return ServerOptions(
        home=settings.home().absolute(),
        write_token=write_token,
        read_token=settings.text("TRACKIO_READ_TOKEN"),
        hosts=tuple(name.strip() for name in [*named, space or ""] if name.strip()),
        root_path=root_path(settings.text("TRACKIO_ROOT_PATH") or ""),
        is_secure=space is not None or settings.is_true(settings.text("TRACKIO_HTTPS")),
        is_embedded=space is not None,
        requests_per_second=_rate(settings.text("TRACKIO_RATE_LIMIT")),
    )


def root_path(given: str) -> str:
    """The path of a server below its host, as ASGI has it: ``/a/b``, or nothing."""
    inner = given.strip().strip("/")
    return f"/{inner}" if inner else ""


def _rate(given: str | None) -> float:
    try:
        rate = 200.0 if given is None else float(given)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise UsageError(f"TRACKIO_RATE_LIMIT={given!r} is no number of requests a second. Use one such as 200.")
    return rate
