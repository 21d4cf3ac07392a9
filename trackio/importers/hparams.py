"""What summaries without a value tell of a run: the hyperparameters of TensorBoard's plugin, and our own export's mark.

In the protocol buffers of the plugin numbers are floats; those that are whole become integers here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trackio.errors import MissingExtra
from trackio.importers.imported import Alert, Event, ImportedRun
from trackio.records import Scalar

_SUCCESS, _FAILURE = 1, 2
_TAKEN = (
    "name",
    "group",
    "job_type",
    "tags",
    "notes",
    "config",
    "summary",
    "status",
    "exit_code",
    "created_ns",
    "finished_ns",
)
_TYPES: dict[str, Callable[[float], Scalar]] = {"int": int, "bool": bool}


def take_hparams(run: ImportedRun, content: bytes) -> None:
    """Take in a session's beginning (hyperparameters) or end (status), or what the whole experiment is about."""
    try:
        from tensorboard.plugins.hparams import plugin_data_pb2
    except ImportError:
        raise MissingExtra("tensorboard", "tensorboard") from None
    try:
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
    except ValueError:
        return
    kind = data.WhichOneof("data")
    if kind == "session_start_info":
        info = data.session_start_info
        for name, value in info.hparams.items():
            run.config.setdefault(name, _plain(value))
        run.group = run.group or info.group_name or None
    elif kind == "session_end_info":
        if data.session_end_info.status == _FAILURE:
            run.status, run.exit_code = "failed", 1
        elif data.session_end_info.status == _SUCCESS:
            run.status, run.exit_code = "finished", 0
    elif kind == "experiment":
        run.notes = run.notes or data.experiment.description or None


@dataclass(frozen=True, slots=True)
class Mark:
    """What our own export says of the tags in its event file."""

    types: Mapping[str, Callable[[float], Scalar]]
    """Numbers that are no floats."""
    system: Mapping[str, str]
    """The figures of the machine: by tag, the name of each."""
    not_logged: frozenset[str]
    """Tags for people that the run did not log."""


def take_mark(run: ImportedRun, content: bytes) -> Mark | None:
    """Take in what ``trackio export tfevents`` said of the run; None, with nothing changed, when it cannot be read."""
    try:
        said = json.loads(content)
        known = {name: said[name] for name in _TAKEN}
        alerts = [Alert(**alert) for alert in said["alerts"]]
        events = [Event(one.pop("event"), one.pop("time_ns"), one) for one in said["events"]]
        prefix = len(str(said["system_prefix"]))
        types = {str(tag): _TYPES[name] for tag, name in said["types"].items()}
        mark = Mark(types, {str(tag): tag[prefix:] for tag in said["system"]}, frozenset(said["not_logged"]))
    except (ValueError, KeyError, TypeError):
        return None
    for name, value in known.items():
        setattr(run, name, value)
    if run.status not in ("finished", "failed", "crashed"):
        # It was in progress, and what came later is not here.
        run.status = "crashed"
    run.alerts, run.events = alerts, events
    return mark


def exact(content: bytes) -> dict[str, Scalar]:
    """The numbers that our own export wrote beside those of 32 bits; none when they cannot be read."""
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    known = said.items() if isinstance(said, dict) else ()
    return {tag: value for tag, value in known if isinstance(value, (int, float))}


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number: float = value.number_value
        return int(number) if number.is_integer() and abs(number) < 1 << 53 else number
    if kind == "list_value":
        return [_plain(one) for one in value.list_value.values]
    if kind == "struct_value":
        return {name: _plain(one) for name, one in value.struct_value.fields.items()}
    return None if kind in (None, "null_value") else getattr(value, kind)
