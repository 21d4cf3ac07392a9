"""``/healthz``: whether the server answers, for whatever keeps it running."""

from __future__ import annotations

from fastapi import APIRouter

from trackio.version import __version__

router = APIRouter(tags=["health"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the server answers; needs no token."""
    # On the loop: threads may all be at work on what takes long, and the server is well.
    return {"status": "ok", "version": __version__}
