"""How the Hub says that a Space is: what to tell of one that does not answer."""

from __future__ import annotations

from typing import Any

from trackio import settings
from trackio.errors import TransportError
from trackio.remote.place import hub_token
from trackio.transport import Transport

HUB = "https://huggingface.co"
ANSWER_SECONDS = 10.0
_BROKEN = ("BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE", "DELETING")
_PAUSED = ("PAUSED", "STOPPED")


def page(space_id: str) -> str:
    """Where people see a Space."""
    return f"{_hub()}/spaces/{space_id}"


def trouble(space_id: str, stage: str) -> tuple[str, str] | None:
    """Why a Space in that stage does not run, and what to do; None for one that runs, or will."""
    if stage in _BROKEN:
        return f"the Hub says {stage}", f"See its logs at {page(space_id)}?logs=build."
    if stage in _PAUSED:
        return "it is paused", f"Restart it at {page(space_id)}/settings."
    return None


def asked(space_id: str) -> str:
    """The stage of a Space; empty where the Hub tells nothing, or nobody is logged in there."""
    return str(_told(f"{space_id}/runtime").get("stage", ""))


def is_private(space_id: str) -> bool:
    """Whether the Hub says that a Space is hidden from all but its members, of whom this user is one."""
    return _told(space_id).get("private") is True


def _told(path: str) -> dict[str, Any]:
    login = hub_token()
    if login is None:
        return {}
    hub = Transport(
        _hub(), {"Authorization": f"Bearer {login}"}, connect_seconds=ANSWER_SECONDS, answer_seconds=ANSWER_SECONDS
    )
    try:
        found = hub.request("GET", f"api/spaces/{path}").json()
    except TransportError:
        return {}
    finally:
        hub.close()
    return found if isinstance(found, dict) else {}


def _hub() -> str:
    return (settings.text("HF_ENDPOINT") or HUB).rstrip("/")
