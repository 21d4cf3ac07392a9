"""The artifacts of an MLflow run: what a run saved, its media, and what MLflow has no place for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from trackio import references
from trackio.errors import StoreError
from trackio.exporters.exported import Carried, ExportedRun, split
from trackio.importers.mlflow.store import ASIDE, MARK_FILE, ROWS_FILE
from trackio.records import Scalar

MEDIA = f"{ASIDE}/media"

_UNSAFE = re.compile(r"[^\w.\- ]")
_IMAGE_NAME = re.compile(r"[^\w\-./ ]")
_THUMBNAIL_PIXELS = 256


class Files:
    """A folder that becomes the artifacts of one run."""

    def __init__(self, run: ExportedRun, folder: Path, carried: Carried) -> None:
        self._run, self._folder, self._carried = run, folder, carried
        self._places: dict[str, str] = {}
        """Where the files of media lie, by their names in the project."""
        self._lines: list[str] = []
        self.has_images = False

    def add(self, step: int, time_ns: int, values: Mapping[str, Scalar]) -> None:
        """Keep what of a row is no number."""
        texts, media = split(values)
        kept: dict[str, Any] = {name: text for name, text in texts.items() if isinstance(text, str)}
        for name, reference in media.items():
            try:
                self._medium(name, reference, step, time_ns // 10**6)
            except StoreError:
                self._carried.leave(f"{name}: media whose files are missing")
                continue
            kept[name] = reference
        if kept:
            self._lines.append(json.dumps({"step": step, "time_ns": time_ns, "values": kept}))

    def finish(self, mark: Mapping[str, Any]) -> None:
        """Write what the run saved and what is kept aside."""
        for name, file in self._run.files().items():
            path = self._path(name)
            try:
                self._run.blobs.copy_to(file, path)
            except (StoreError, ValueError):
                self._carried.leave(f"{name}: a saved file that is missing")
        self._write(MARK_FILE, json.dumps({**mark, "files": self._places}))
        if self._lines:
            self._write(ROWS_FILE, "\n".join(self._lines) + "\n")

    def _medium(self, name: str, reference: Mapping[str, Any], step: int, time_ms: int) -> None:
        for file in references.files(reference):
            if file in self._places:
                continue
            is_image = reference["_type"] == "trackio.image" and file.endswith(".png")
            place = _image_place(name, file, step, time_ms) if is_image else f"{MEDIA}/{file}"
            path = self._folder / place
            self._run.blobs.copy_to(file, path)
            self._places[file] = place
            if is_image:
                self.has_images = True
                _thumbnail(path)

    def _path(self, name: str) -> Path:
        """Where a saved file goes: within the folder, whatever it is called."""
        parts = [_UNSAFE.sub("_", part) for part in name.split("/") if part not in ("", ".", "..")]
        return self._folder.joinpath(*(parts or ["_"]))

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _image_place(name: str, file: str, step: int, time_ms: int) -> str:
    """What ``mlflow.log_image(key=, step=)`` calls a picture, so that its pages show it over steps."""
    key = _IMAGE_NAME.sub("_", name).replace("/", "~")
    return f"images/{key}+step+{step}+timestamp+{time_ms}+{UUID(file[:32])}.png"


def _thumbnail(path: Path) -> None:
    """The small copy that MLflow's pages show first; without Pillow they do without."""
    try:
        from PIL import Image
    except ImportError:
        return
    try:
        with Image.open(path) as picture:
            picture.thumbnail((_THUMBNAIL_PIXELS, _THUMBNAIL_PIXELS))
            picture.convert("RGBA").save(path.with_name(f"{path.stem}+compressed.webp"))
    except (OSError, ValueError):
        # What cannot be drawn small is still there as it is.
        return
