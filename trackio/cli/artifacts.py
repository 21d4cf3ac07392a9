"""Artifacts and saved files, as ``trackio list`` and ``trackio get`` show them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.cli.output import emit, fields, table
from trackio.cli.select import project_of, run_of
from trackio.cli.text import ago, number, plain, size
from trackio.errors import UsageError
from trackio.times import iso

if TYPE_CHECKING:
    from trackio.artifacts.artifact import Artifact
    from trackio.artifacts.saved import File
    from trackio.cli.parser import Parser


def add_filters(parser: Parser) -> None:
    """Add the options that choose among artifacts."""
    parser.add_argument("--type", metavar="NAME", help="only artifacts of this type, such as model or dataset")
    parser.add_argument("--name", metavar="NAME", help="only the versions of this artifact")


def add_name(parser: Parser) -> None:
    """Add which artifact, and where to put it."""
    parser.add_argument("name", metavar="NAME[:ALIAS]", help="the artifact; :v3, :best or :latest says which version")
    parser.add_argument("--output", metavar="DIR", type=Path, help="put its files into this folder")


def add_file(parser: Parser) -> None:
    """Add which saved file, and where to put it."""
    parser.add_argument("name", metavar="NAME", help="the file, by its path in `trackio list files`")
    parser.add_argument("--output", metavar="DIR", type=Path, help="put it into this folder; it is never printed")


def list_artifacts(args: argparse.Namespace) -> None:
    """Print the versions of artifacts, newest first by name."""
    project = project_of(args)
    found = project.artifacts(args.type, args.name)
    if args.json:
        emit({"project": project.name, "artifacts": [entry(one) for one in found]})
        return
    table(
        ("artifact", "type", "aliases", "files", "size", "logged"),
        [
            (one.name, one.type, ", ".join(one.aliases), one.file_count, size(one.size), ago(one.record.created_ns))
            for one in found
        ],
        empty="No artifacts.",
    )


def show_artifact(args: argparse.Namespace) -> None:
    """Print what an artifact is and holds; with ``--output``, put its files there."""
    project = project_of(args)
    one = project.artifact(args.name)
    path = None if args.output is None else one.download(args.output)
    if args.json:
        files = [{"path": file.path, "size": file.size, "digest": file.digest, "ref": file.ref} for file in one.files()]
        emit({"project": one.project, **entry(one), "files": files, "path": path})
        return
    if path is not None:
        print(plain(path))
        return
    fields(
        [
            ("artifact", one.name),
            ("type", one.type),
            ("aliases", ", ".join(one.aliases)),
            *((("tags", ", ".join(one.tags)),) if one.tags else ()),
            *((("description", one.description),) if one.description else ()),
            ("logged", iso(one.record.created_ns)),
            ("run", one.record.run_id),
            ("digest", one.digest),
            ("size", size(one.size)),
            *(("metadata." + key, number(value)) for key, value in one.metadata.items()),
        ]
    )
    table(("file", "size", "reference"), [(file.path, file.size, file.ref) for file in one.files()], empty="No files.")


def list_files(args: argparse.Namespace) -> None:
    """Print the files that a run saved."""
    project = project_of(args)
    one = run_of(args, project)
    found: list[File] = one.files()
    if args.json:
        entries = [
            {"name": file.name, "size": file.size, "digest": file.digest, "saved_at": iso(file.record.time_ns)}
            for file in found
        ]
        emit({"project": project.name, "run": one.name, "files": entries})
        return
    rows = [(file.name, size(file.size), ago(file.record.time_ns)) for file in found]
    table(("file", "size", "saved"), rows, empty="No files.")


def show_file(args: argparse.Namespace) -> None:
    """Put a saved file into a folder, and print its path."""
    if args.output is None:
        raise UsageError("Where to? Pass --output DIR.")
    project = project_of(args)
    file = run_of(args, project).file(args.name)
    file.download(args.output, replace=True).close()
    path = str(args.output / file.name)
    if args.json:
        emit({"project": project.name, "name": file.name, "size": file.size, "digest": file.digest, "path": path})
    else:
        print(plain(path))


def entry(artifact: Artifact) -> dict[str, Any]:
    """A version as ``list artifacts --json`` has it."""
    record = artifact.record
    return {
        "name": record.collection,
        "version": f"v{record.version}",
        "type": record.type,
        "aliases": list(record.aliases),
        "tags": list(record.tags),
        "size": record.size,
        "file_count": record.file_count,
        "digest": record.digest,
        "description": record.description,
        "metadata": dict(record.metadata),
        "run_id": record.run_id,
        "created_at": iso(record.created_ns),
    }
