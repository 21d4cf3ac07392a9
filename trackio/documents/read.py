"""What a read command is: its name, what it takes, what makes its document, and the schema of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from trackio.documents.encoding import Document

if TYPE_CHECKING:
    # Commands that read nothing do without the store.
    from trackio.store.home import Home


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a read command takes: an option on the command line, a query parameter over HTTP."""

    name: str
    """As in Python and in an address; the option has dashes."""
    help: str
    kind: type = str
    """``str``, ``int``, ``float`` or ``bool``."""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    is_required: bool = False
    is_many: bool = False
    """Whether it may be given several times over HTTP, and take several values as an option."""
    is_positional: bool = False
    """Whether the command line takes it without an option."""

    @property
    def option(self) -> str:
        """What it is on the command line."""
        return self.name if self.is_positional else f"--{self.name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Read:
    """One read command."""

    name: str
    """As in ``/api/read/<name>``."""
    command: str
    """As on the command line: ``list runs``. Its schema is ``docs/schemas/list-runs.json``."""
    summary: str
    """One sentence."""
    function: str
    """``module:function`` in this package; imported when it is first asked for."""
    parameters: tuple[Parameter, ...] = ()
    is_of_project: bool = True
    """Whether equal revisions of the project mean equal documents, so that nobody need be sent the same twice."""

    @property
    def schema(self) -> str:
        """The name of the JSON schema."""
        return self.command.replace(" ", "-")

    def __call__(self, home: Home, **parameters: Any) -> Document:
        """The document; raises a TrackioError for what cannot be, with what to do next."""
        module, _, name = self.function.partition(":")
        make: Callable[..., Document] = getattr(import_module(f"trackio.documents.{module}"), name)
        return make(home, **parameters)
