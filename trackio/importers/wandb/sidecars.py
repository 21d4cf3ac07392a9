"""What lies beside a history: the config, the summary and more, under the names that W&B gives to such files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.importers.imported import ImportFailed, Watch
from trackio.importers.told import parsed
from trackio.importers.wandb.items import packed_definitions
from trackio.importers.within import is_within
from trackio.times import nanoseconds


@dataclass(slots=True)
class Beside:
    """What the files beside a history say of its run."""

    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    definitions: list[dict[str, Any]] = field(default_factory=list)
    """What ``define_metric`` was told, as its events record it."""
    created_ns: int | None = None


def read(folder: Path, watch: Watch) -> Beside:
    """Read ``config.yaml`` or ``config.json``, ``wandb-summary.json`` or ``summary.json``, ``wandb-metadata.json``."""
    config = _mapping(folder, ("config.yaml", "config.json"), watch)
    about = _mapping(folder, ("wandb-metadata.json",), watch)
    found = Beside(
        config={key: _value(one) for key, one in config.items() if key not in ("_wandb", "wandb_version")},
        summary=dict(_mapping(folder, ("wandb-summary.json", "summary.json"), watch)),
        definitions=packed_definitions(config),
    )
    try:
        found.created_ns = nanoseconds(str(about["startedAt"]))
    except (KeyError, UsageError):
        inner = config.get("_wandb")
        started = _value(inner).get("start_time") if isinstance(_value(inner), dict) else None
        found.created_ns = round(started * 1e6) * 1000 if isinstance(started, (int, float)) else None
    return found


def _value(one: Any) -> Any:
    """W&B puts each value of a config into a dict beside its description."""
    return one["value"] if isinstance(one, dict) and "value" in one and set(one) <= {"value", "desc"} else one


def _mapping(folder: Path, names: tuple[str, ...], watch: Watch) -> Mapping[str, Any]:
    for name in names:
        path = folder / name
        if not path.is_file() or not is_within(path, folder):
            continue
        try:
            found = _yaml(path, watch) if path.suffix == ".yaml" else parsed(path.read_bytes())
        except ValueError as error:
            watch.failed(ImportFailed(path, f"it cannot be read ({error})", kept="The rest was imported"))
            continue
        if isinstance(found, dict):
            return found
    return {}


def _yaml(path: Path, watch: Watch) -> Any:
    try:
        import yaml
    except ImportError:
        watch.note(f"{path.name} needs `pip install 'trackio[wandb]'` to be read")
        return None
    try:
        return yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
