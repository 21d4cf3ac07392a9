"""Where documents are read: in this machine's home, or from a server (`trackio.documents.remote`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from trackio.documents.encoding import Document, encode
from trackio.documents.read import Read

if TYPE_CHECKING:
    from trackio.artifacts.downloads import Downloads, Keeper
    from trackio.store.home import Home


class Source(Protocol):
    """Gives documents and the files that they speak of."""

    @property
    def address(self) -> str | None:
        """The server's scheme, host and path, which hold no token; None for this machine."""

    def document(self, read: Read, parameters: Mapping[str, Any]) -> Document:
        """What a read answers; raises a TrackioError for what cannot be."""

    def write(self, read: Read, parameters: Mapping[str, Any], target: BinaryIO, *, indent: bool = False) -> None:
        """Write the same as JSON."""

    def files(self, project: str) -> Keeper:
        """The files of a project."""

    def artifact(self, document: Document) -> Downloads:
        """The version that a document of ``artifact`` is of, to be downloaded."""


class Local:
    """The home of this machine."""

    address = None

    def __init__(self, home: Home) -> None:
        self._home = home

    def document(self, read: Read, parameters: Mapping[str, Any]) -> Document:
        """What a read answers; raises a TrackioError for what cannot be."""
        return read(self._home, **parameters)

    def write(self, read: Read, parameters: Mapping[str, Any], target: BinaryIO, *, indent: bool = False) -> None:
        """Write the same as JSON."""
        target.writelines(encode(self.document(read, parameters), indent=indent))

    def files(self, project: str) -> Keeper:
        """The files of a project."""
        return self._home.project(project).blobs

    def artifact(self, document: Document) -> Downloads:
        """The version that a document of ``artifact`` is of, to be downloaded."""
        from trackio.api import Project

        project = Project(self._home.project(document["project"]))
        return project.artifact(f"{document['name']}:{document['version']}")
