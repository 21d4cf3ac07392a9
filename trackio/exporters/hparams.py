"""What TensorBoard's table of hyperparameters shows of a run, and what it shows not at all, as summaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trackio.errors import MissingExtra
from trackio.exporters.exported import flat
from trackio.importers.summaries import MARK_PLUGIN
from trackio.records import RunRecord

_STATUS = {"finished": 1, "failed": 2, "running": 3}
"""As TensorBoard numbers them; 0 is unknown."""


def session_start(record: RunRecord) -> Any:
    """The summary that tells the hyperparameters: nested settings with their names joined by ``/``."""
    plugin_data, _, _ = _protos()
    info = plugin_data.SessionStartInfo(group_name=record.group or "", start_time_secs=record.created_ns / 10**9)
    for name, setting in flat(record.config):
        if isinstance(setting, bool):
            info.hparams[name].bool_value = setting
        elif isinstance(setting, (int, float)):
            info.hparams[name].number_value = _float(setting)
        elif setting is not None:
            info.hparams[name].string_value = setting if isinstance(setting, str) else json.dumps(setting)
    return _session("SESSION_START_INFO_TAG", plugin_data.HParamsPluginData(session_start_info=info))


def session_end(record: RunRecord) -> Any:
    """The summary that tells how a run ended."""
    plugin_data, _, _ = _protos()
    ended = (record.finished_ns or record.updated_ns) / 10**9
    info = plugin_data.SessionEndInfo(status=_STATUS.get(record.status, 0), end_time_secs=ended)
    return _session("SESSION_END_INFO_TAG", plugin_data.HParamsPluginData(session_end_info=info))


def aside(tag: str, said: Mapping[str, Any]) -> Any:
    """A summary that only our own import reads: one without a value, of a plugin that TensorBoard does not have."""
    _, _, summary = _protos()
    metadata = summary.SummaryMetadata()
    metadata.plugin_data.plugin_name = MARK_PLUGIN
    metadata.plugin_data.content = json.dumps(said).encode()
    return summary.Summary.Value(tag=tag, metadata=metadata)


def _session(tag: str, content: Any) -> Any:
    _, metadata, summary = _protos()
    return summary.Summary.Value(
        tag=getattr(metadata, tag), metadata=metadata.create_summary_metadata(content), tensor=metadata.NULL_TENSOR
    )


def _protos() -> tuple[Any, Any, Any]:
    try:
        from tensorboard.compat.proto import summary_pb2
        from tensorboard.plugins.hparams import metadata, plugin_data_pb2
    except ImportError:
        raise MissingExtra("tensorboard", "tensorboard") from None
    return plugin_data_pb2, metadata, summary_pb2


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
