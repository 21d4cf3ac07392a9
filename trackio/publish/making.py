"""Makes a Space for a run that goes on: the program that `trackio.remote.making` starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trackio.errors import TrackioError
from trackio.publish.gradio_space import Wanted, deploy
from trackio.publish.told import status


def main(asked: Mapping[str, Any]) -> None:
    """Make it, and print what came of it."""
    home = Path(asked["home"])
    notes: list[str] = []
    wanted = Wanted(asked["space_id"], asked["private"], asked["dataset_id"], asked["bucket_id"], home=home)
    try:
        deploy(wanted, notes.append)
    except (TrackioError, OSError) as error:
        state, reason = "impossible" if is_final(error) else "failed", " ".join(str(error).split())
    else:
        state, reason = "made", ""
    sys.stdout.write(json.dumps({"state": state, "reason": reason, "notes": notes}))


def is_final(error: Exception) -> bool:
    """Whether trying again is of no use until somebody has changed something."""
    if isinstance(error, OSError):
        return False
    cause = error.__cause__
    if cause is None:
        return True
    code = status(cause)
    if code is not None:
        return code in (400, 401, 403, 404)
    return type(cause).__module__.startswith("huggingface_hub")
