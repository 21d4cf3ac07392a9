"""Artifacts and saved files, as ``trackio list`` and ``trackio get`` show them and put them somewhere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli import reading
from trackio.cli.output import fields, table
from trackio.cli.text import ago, finite_or_not, number, plain, size
from trackio.documents import READS, Document
from trackio.documents.sources import Source
from trackio.errors import UsageError
from trackio.times import nanoseconds

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def add(kinds: Subparsers) -> None:
    """Add ``get artifact`` and ``get file``, and where they put what they get."""
    version = reading.add(
        kinds,
        "artifact",
        READS["artifact"],
        _artifact,
        summary="what an artifact holds; or its files",
        finish=_download,
    )
    version.add_argument("--output", metavar="DIR", type=Path, help="put its files into this folder")
    file = reading.add(kinds, "file", READS["file"], _path, summary="a file that a run saved", finish=_copy)
    file.add_argument("--output", metavar="DIR", type=Path, help="put it into this folder; it is never printed")


def versions(found: Document, _: Source) -> None:
    """Print the versions of artifacts, newest first by name."""
    table(
        ("artifact", "type", "aliases", "files", "size", "logged"),
        [
            (
                f"{one['name']}:{one['version']}",
                one["type"],
                ", ".join(one["aliases"]),
                one["file_count"],
                size(one["size"]),
                ago(nanoseconds(one["created_at"])),
            )
            for one in found["artifacts"]
        ],
        empty="No artifacts.",
    )


def files(found: Document, _: Source) -> None:
    """Print the files that a run saved."""
    rows = [(file["name"], size(file["size"]), ago(nanoseconds(file["saved_at"]))) for file in found["files"]]
    table(("file", "size", "saved"), rows, empty="No files.")


def _artifact(found: Document, source: Source) -> None:
    if found["path"] is not None:
        _path(found, source)
        return
    fields(
        [
            ("artifact", f"{found['name']}:{found['version']}"),
            ("type", found["type"]),
            ("aliases", ", ".join(found["aliases"])),
            *((("tags", ", ".join(found["tags"])),) if found["tags"] else ()),
            *((("description", found["description"]),) if found["description"] else ()),
            ("logged", found["created_at"]),
            ("run", found["run_id"]),
            ("digest", found["digest"]),
            ("size", size(found["size"])),
            *(("metadata." + key, number(finite_or_not(value))) for key, value in found["metadata"].items()),
        ]
    )
    rows = [(file["path"], file["size"], file["ref"]) for file in found["files"]]
    table(("file", "size", "reference"), rows, empty="No files.")


def _path(found: Document, _: Source) -> None:
    print(plain(found["path"]))


def _download(found: Document, source: Source, args: argparse.Namespace) -> Document:
    """Put the files of an artifact into the folder, if one was named."""
    return found if args.output is None else {**found, "path": source.artifact(found).download(args.output)}


def _copy(found: Document, source: Source, args: argparse.Namespace) -> Document:
    """Put a saved file into the folder."""
    from trackio.artifacts.names import valid_path

    if args.output is None:
        raise UsageError("Where to? Pass --output DIR.")
    target = args.output / valid_path(found["name"])
    source.files(found["project"]).copy_to(found["file"], target)
    return {**found, "path": str(target)}
