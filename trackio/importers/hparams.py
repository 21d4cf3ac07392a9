"""What TensorBoard's plugin for hyperparameters tells of a run.

In its protocol buffers numbers are floats; those that are whole become integers here.
"""

from __future__ import annotations

from typing import Any

from trackio.errors import MissingExtra
from trackio.importers.imported import ImportedRun

_SUCCESS, _FAILURE = 1, 2


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
