"""The README of a Space with a report: what the Hub needs to know, then a few lines for people (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trackio.telling import telling

NAME = "README.md"
SDK = "static"
TAG = "trackio"
"""The Hub lists the Spaces that have it."""


def card(manifest: Mapping[str, Any], host: str) -> bytes:
    """The card of the report that a manifest tells of, at ``host``, which ends in a slash."""
    projects = manifest["projects"]
    names = [" ".join(str(one["name"]).split()) for one in projects]
    # JSON's texts are YAML's, whatever is in them.
    title = json.dumps(", ".join(names) or "Training runs", ensure_ascii=False)
    image = picture(manifest)
    thumbnail = "" if image is None else f"thumbnail: {json.dumps(host + image)}\n"
    return (
        f"---\ntitle: {title}\nemoji: 📈\ncolorFrom: blue\ncolorTo: gray\nsdk: {SDK}\napp_file: index.html\n"
        f"pinned: false\n{thumbnail}tags:\n- {TAG}\n- training-metrics\n---\n\n"
        f"Charts of training runs, recorded and published with trackio: [open them]({host}index.html). "
        "`manifest.json` lists every page and file.\n"
        f"{_snapshots(manifest, host)}"
    ).encode()


def _snapshots(manifest: Mapping[str, Any], host: str) -> str:
    """The copies of the report that stay as they are, newest first."""
    found = manifest.get("snapshots") or ()
    lines = [
        f"- [{one['name']}]({host}{one['path']}){_labelled(one['label'])}\n"
        for one in sorted(found, key=lambda one: int(one["number"]), reverse=True)
    ]
    return "".join(["\nCopies that stay as they are:\n\n", *lines]) if lines else ""


def _labelled(label: str | None) -> str:
    # As code: what a label holds is no Markdown.
    return f" `{' '.join(label.replace('`', ' ').split())}`" if label and label.strip("` ") else ""


def picture(manifest: Mapping[str, Any]) -> str | None:
    """The picture that stands for a report: the chart that tells most of its first project with any."""
    for project in manifest["projects"]:
        pictures = {str(chart["metric"]): str(chart["png"]) for chart in project["charts"]}
        names = telling(list(pictures))
        if names:
            return pictures[names[0]]
    return None
