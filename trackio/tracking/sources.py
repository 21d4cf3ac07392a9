"""Where a configuration comes from: a mapping, an object with attributes, a file, the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.tracking.faults import Faults
from trackio.tracking.options import Settings
from trackio.tracking.plain import mapping, plain, text

DEFAULTS_FILE = "config-defaults.yaml"
"""Read from the working folder where it is, as wandb does."""

_FAULTS = Faults()


def values(given: Any, faults: Faults = _FAULTS) -> dict[str, Any]:
    """The settings in whatever a script has: a mapping, pairs, a Namespace, a dataclass, flags of absl, a file's path.

    Raises UsageError for what holds no settings, and for a file that cannot be read. A mapping whose own code fails
    costs what it fails to give, and is told once.
    """
    if isinstance(given, (str, os.PathLike)):
        return from_file(Path(given)) if str(given) else {}
    if isinstance(given, (list, tuple)):
        given = dict(given)
    for name in ("flag_values_dict", "model_dump"):
        # Flags of absl, or their module's FLAGS; models of pydantic.
        method = getattr(getattr(given, "FLAGS", given), name, None) if not isinstance(given, Mapping) else None
        if callable(method) and not isinstance(given, type):
            given = method()
    found = mapping(_whole(given, faults) if isinstance(given, Mapping) else given)
    return {name.strip("-") or name: value for name, value in found.items()}


def chosen(found: Mapping[str, Any], include: Iterable[str] | None, exclude: Iterable[str] | None) -> dict[str, Any]:
    """Only the settings to include, or all but those to exclude; raises UsageError when both are told."""
    if include and exclude:
        raise UsageError("Pass config_include_keys or config_exclude_keys, not both.")
    wanted, unwanted = set(include or found), set(exclude or ())
    return {name: value for name, value in found.items() if name in wanted and name not in unwanted}


def from_outside(options: Settings) -> dict[str, Any]:
    """What files in the folder, files that settings name, and the environment say under the script's own."""
    default = Path(DEFAULTS_FILE)
    found = from_file(default) if default.is_file() else {}
    paths = options.given("config_paths")
    for path in paths.split(",") if isinstance(paths, str) else paths or ():
        found |= from_file(Path(str(path).strip()))
    given = options.given("config")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            _FAULTS.warn("config variable", "TRACKIO_CONFIG or WANDB_CONFIG is no JSON object and has no effect.")
            given = None
    return found | (_stripped(given) if isinstance(given, Mapping) else {})


def from_file(path: Path) -> dict[str, Any]:
    """The settings in a YAML or JSON file, also in wandb's form with a ``value`` under each; raises UsageError."""
    # Costs 15 ms, which most scripts need not pay.
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"The config file {str(path)!r} does not exist. A text as config is a path.") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"The config file {str(path)!r} cannot be read: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise UsageError(f"The config file {str(path)!r} holds no settings, but {type(found).__name__}.")
    return _stripped(found)


def _stripped(found: Mapping[Any, Any]) -> dict[str, Any]:
    """Without what wandb writes around the values."""
    kept = {name: value for name, value in mapping(found).items() if name not in ("wandb_version", "_wandb")}
    return {
        name: value["value"]
        if isinstance(value, dict) and "value" in value and set(value) <= {"value", "desc"}
        else value
        for name, value in kept.items()
    }


def _whole(given: Mapping[Any, Any], faults: Faults) -> dict[Any, Any]:
    """The mapping, as far as its own code gives it."""
    found: dict[Any, Any] = {}
    try:
        for name in given:
            try:
                found[name] = plain(given[name])
            except Exception as error:  # noqa: BLE001 - the mapping's own code runs here, and may raise anything
                faults.warn(f"config {text(name)}", f"config: {text(name)!r} cannot be read and was left out: {error}")
    except Exception as error:  # noqa: BLE001 - likewise
        faults.warn("config", f"config cannot be read to its end, and is kept as far as it was: {error}")
    return found
