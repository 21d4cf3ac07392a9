"""``/healthz``: whether the server answers, for whatever keeps it running."""

from __future__ import annotations

from fastapi import APIRouter

from trackio.version import __version__

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether the server answers; needs no token."""
    return {"status": "ok", "version": __version__}
