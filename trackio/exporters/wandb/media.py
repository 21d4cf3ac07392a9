"""References become W&B's own objects, from the files that they lead to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from trackio.errors import StoreError, UsageError
from trackio.store.blobs import Blobs

_MOST_BINS = 512


class WandbObjects:
    """Makes W&B's objects; ``wandb`` is its package."""

    def __init__(self, wandb: Any, blobs: Blobs) -> None:
        self._wandb, self._blobs = wandb, blobs
        self._makers: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "image": self._image,
            "audio": lambda body: wandb.Audio(self._path(body), caption=body.get("caption")),
            "video": self._video,
            "html": self._html,
            "markdown": lambda body: str(body.get("_value", "")),
            "table": self._table,
            "histogram": self._histogram,
            "object3d": lambda body: wandb.Object3D(self._path(body)),
            "molecule": lambda body: wandb.Molecule(self._path(body)),
            "plotly": self._plotly,
            "array": lambda body: body.get("_value"),
            "list": lambda body: [self.made(one) for one in body.get("items") or ()],
        }

    def made(self, body: Mapping[str, Any]) -> Any:
        """What W&B logs in the place of a reference; raises UsageError when it has no like there."""
        kind = str(body.get("_type")).removeprefix("trackio.")
        make = self._makers.get(kind)
        if make is None:
            raise UsageError(f"W&B has no {kind}")
        try:
            return make(body)
        except (OSError, ValueError, TypeError, AttributeError, ImportError, StoreError, self._wandb.Error) as error:
            raise UsageError(f"W&B takes no such {kind} ({str(error).splitlines()[0].rstrip('.')})") from error

    def _path(self, body: Mapping[str, Any]) -> str:
        path = self._blobs.path(str(body.get("file")))
        if not path.is_file():
            raise UsageError("its file is missing")
        return str(path)

    def _image(self, body: Mapping[str, Any]) -> Any:
        boxes = {key: {**one, "class_labels": _labels(one)} for key, one in (body.get("boxes") or {}).items()}
        masks = {
            key: {"path": self._path(one), "class_labels": _labels(one)}
            for key, one in (body.get("masks") or {}).items()
        }
        return self._wandb.Image(
            self._path(body), caption=body.get("caption"), boxes=boxes or None, masks=masks or None
        )

    def _video(self, body: Mapping[str, Any]) -> Any:
        return self._wandb.Video(self._path(body), caption=body.get("caption"), format=body.get("format"))

    def _html(self, body: Mapping[str, Any]) -> Any:
        text = self._blobs.read(str(body.get("file"))).decode("utf-8", "replace")
        return self._wandb.Html(text, inject=bool(body.get("inject")))

    def _table(self, body: Mapping[str, Any]) -> Any:
        found = json.loads(self._blobs.read(str(body.get("file"))))
        data = [[self._cell(cell) for cell in row] for row in found["data"]]
        return self._wandb.Table(columns=found["columns"], data=data, allow_mixed_types=True)

    def _cell(self, cell: Any) -> Any:
        return self.made(cell) if isinstance(cell, dict) and "_type" in cell else cell

    def _histogram(self, body: Mapping[str, Any]) -> Any:
        values, bins = body["values"], body["bins"]
        if len(values) > _MOST_BINS:
            raise UsageError(f"W&B takes histograms of up to {_MOST_BINS} bins")
        return self._wandb.Histogram(np_histogram=(values, bins))

    def _plotly(self, body: Mapping[str, Any]) -> Any:
        from plotly.io import from_json

        text = self._blobs.read(str(body.get("file"))).decode("utf-8")
        return self._wandb.Plotly(from_json(text, skip_invalid=True))


def _labels(one: Mapping[str, Any]) -> dict[int, str]:
    """W&B numbers classes; JSON has texts for keys."""
    return {int(key): str(label) for key, label in (one.get("class_labels") or {}).items()}
