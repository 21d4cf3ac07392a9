"""What publishing needs of the place that reports go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from trackio.errors import PublishError


class Moved(PublishError):
    """Others changed the Space since it was looked at; to be tried again on what is there now."""


@dataclass(frozen=True, slots=True)
class Space:
    """A Space that is there."""

    id: str
    """``owner/name``."""
    sdk: str | None
    """What it runs on: ``static``, ``gradio``, ``docker``."""
    host: str
    """The address that its pages are served from, with a slash at the end."""
    head: str
    """The id of the last commit."""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """A change of a Space that happens as a whole or not at all."""

    message: str
    parent: str
    """The id of the commit that it is made on; where there is a later one, nothing happens."""
    files: Mapping[str, Path | bytes]
    removed: Sequence[str] = ()
    is_pull: bool = False
    """Whether it is only proposed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a commit."""

    commit_url: str
    pull_url: str | None = None
    """The pull request, where it was only proposed."""


class Transport(Protocol):
    """Reaches the Hub; every method raises PublishError for what keeps it from its work."""

    def full_id(self, space_id: str) -> str:
        """The id with its owner, ``owner/name``; without one in it, the Space is the user's own."""
        ...

    def find(self, space_id: str) -> Space | None:
        """The Space of that id; None when there is none."""
        ...

    def is_new(self, space_id: str) -> bool:
        """Whether a Space holds only what the Hub puts into a new one."""
        ...

    def files(self, space: Space) -> Mapping[str, str]:
        """The digests of the files of a Space: git's, of large ones their SHA-256."""
        ...

    def content(self, space: Space, path: str) -> bytes:
        """What a file of a Space holds."""
        ...

    def create_space(self, space_id: str, *, sdk: str, private: bool | None) -> None:
        """Make a Space, or leave the one that is there; ``private=None`` leaves it to the owner's default."""
        ...

    def commit(self, space_id: str, change: Commit) -> Sent:
        """Change a Space. Raises Moved where others were quicker, and PublishError."""
        ...
