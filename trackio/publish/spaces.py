"""What publishing needs of the place that reports go to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Space:
    """A Space that is there."""

    id: str
    """``owner/name``."""
    sdk: str | None
    """What it runs on: ``static``, ``gradio``, ``docker``."""
    tags: tuple[str, ...]


class Transport(Protocol):
    """Reaches the Hub; every method raises PublishError for what keeps it from its work."""

    def full_id(self, space_id: str) -> str:
        """The id with its owner, ``owner/name``; without one in it, the Space is the user's own."""
        ...

    def find(self, space_id: str) -> Space | None:
        """The Space of that id; None when there is none."""
        ...

    def create_space(self, space_id: str, *, sdk: str, private: bool | None, exist_ok: bool) -> None:
        """Make a Space; ``private=None`` leaves it to the owner's default."""
        ...

    def upload_folder(self, space_id: str, folder: Path, *, message: str) -> None:
        """Make the Space's files those of the folder: others in it are removed."""
        ...
