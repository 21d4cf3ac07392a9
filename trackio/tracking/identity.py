"""What a run is and where: its id, name, tags and notes, its folder and its pages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import addresses
from trackio.errors import UsageError
from trackio.store import layout, listening
from trackio.tracking.beginning import Beginning
from trackio.tracking.config import Config, ConfigStatic
from trackio.tracking.faults import Faults
from trackio.tracking.options import Settings

if TYPE_CHECKING:
    from trackio.remote.place import Place


class Identified(ABC):
    """The part of ``Run`` that tells what it is; all of it can be asked after the end, too."""

    config: Config
    directory: Path
    """The folder of the project."""
    _beginning: Beginning
    _name: str
    _tags: tuple[str, ...]
    _notes: str | None
    _substitute: Path | None = None
    """The folder in the place of one that could not be made."""
    faults: Faults

    @abstractmethod
    def record(self, event: str, /, **fields: Any) -> None:
        """Append an event that is no row; the fields must be what JSON can hold."""

    @property
    def id(self) -> str:
        """What tells the run from all others of its project."""
        return self._beginning.id

    @property
    def project(self) -> str:
        """The name of the project."""
        return self._beginning.project

    @property
    def entity(self) -> str:
        """The team or user that the script named; it has no meaning here. Empty when there is none."""
        return layout.clean(str(self.settings.entity or ""))

    @property
    def group(self) -> str | None:
        """The group that the run belongs to."""
        return self._beginning.group

    @property
    def job_type(self) -> str | None:
        """What kind of work the run does, such as ``train`` or ``eval``."""
        return self._beginning.job_type

    @property
    def name(self) -> str:
        """The name shown; another may be assigned, an empty one leaves it as it is."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is None or not str(name).strip():
            return
        name = layout.valid_name("run", name)
        self.record("run", name=name)
        self._name = name

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find the run by; others may be assigned."""
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        words = as_tags(tags)
        self.record("run", tags=words)
        self._tags = words

    def set_tags(self, *tags: str | Iterable[str]) -> None:
        """Have these tags in place of those there are; words, or a list of them."""
        self.tags = _each(tags)

    def add_tags(self, *tags: str | Iterable[str]) -> None:
        """Have these tags beside those there are."""
        self.tags = tuple(dict.fromkeys([*self._tags, *_each(tags)]))

    @property
    def notes(self) -> str | None:
        """A longer description; another may be assigned."""
        return self._notes

    @notes.setter
    def notes(self, notes: str | None) -> None:
        text = None if notes is None else layout.clean(str(notes))
        self.record("run", notes=text)
        self._notes = text

    @property
    def settings(self) -> Settings:
        """What holds for the run."""
        return self._beginning.settings

    @property
    def config_static(self) -> ConfigStatic:
        """The config, to be read only."""
        return ConfigStatic(self.config)

    @property
    def resumed(self) -> bool:
        """Whether this goes on with a run that was there before."""
        return self._beginning.is_resumed

    @property
    def starting_step(self) -> int:
        """The step that this part of the run started from; 0 unless it was resumed."""
        return self._beginning.step

    @property
    def start_time(self) -> float:
        """When this part of the run began, in seconds since the epoch."""
        return self._beginning.started_ns / 1e9

    @property
    def disabled(self) -> bool:
        """Whether nothing is recorded: ``init(mode="disabled")``."""
        return bool(self.settings.mode == "disabled")

    @property
    def offline(self) -> bool:
        """Whether ``mode="offline"`` was asked for: nothing is sent before ``trackio sync``."""
        return bool(self.settings.mode == "offline")

    @property
    def path(self) -> str:
        """``project/id``, after the entity where there is one; ``Api().run(path)`` finds the run by it."""
        return "/".join(part for part in (self.entity, self.project, self.id) if part)

    @property
    def dir(self) -> str:
        """A folder for files of the run, made when it is first asked for; ``finish()`` saves what lies in it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            from tempfile import mkdtemp

            self.faults.warn("folder", f"run.dir cannot be {self.folder} ({error}); it is a temporary folder.")
            self._substitute = Path(mkdtemp(prefix="trackio-"))
        return str(self.folder)

    @property
    def folder(self) -> Path:
        """Where ``dir`` is, or would be."""
        if self._substitute is not None:
            return self._substitute
        root = self.settings.root_dir
        if root is None:
            return layout.working(self.directory, self.id)
        return Path(root).expanduser().absolute() / "trackio" / f"run-{layout.key(self.id)}"

    @property
    def server(self) -> Place | None:
        """The server that the run is sent to; None for one that stays on this machine."""
        return self._beginning.server

    @property
    def url(self) -> str:
        """The page of the run in the dashboard of the server that it is sent to, else in the one that runs here.

        Without one it is where one would be, at port 7860.
        """
        return addresses.run_page(self.project, self.id, self._dashboard)

    def get_url(self) -> str:
        """``url``, as older scripts ask for it."""
        return self.url

    @property
    def project_url(self) -> str:
        """The page of the project, likewise."""
        return addresses.project_page(self.project, self._dashboard)

    @property
    def _dashboard(self) -> str:
        return listening.dashboard(self._beginning.home) if self.server is None else self.server.url

    def get_project_url(self) -> str:
        """``project_url``, as older scripts ask for it."""
        return self.project_url

    def project_name(self) -> str:
        """``project``, as older scripts ask for it."""
        return self.project

    @property
    def sweep_id(self) -> str | None:
        """The sweep that the run is part of."""
        found: str | None = self.settings.sweep_id
        return found

    @property
    def sweep_url(self) -> str | None:
        """The page where the runs of the sweep are; None for a run of its own."""
        return None if self.sweep_id is None else self.project_url

    def get_sweep_url(self) -> str | None:
        """``sweep_url``, as older scripts ask for it."""
        return self.sweep_url

    @property
    def _space_id(self) -> str | None:
        # TRL's model card reads it.
        found: str | None = self.settings.space_id
        return found

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """HTML that shows the run's page."""
        from html import escape

        frame = f'<iframe src="{escape(self.url)}" style="border:none;width:100%;height:{int(height)}px;"></iframe>'
        if not hidden:
            return frame
        return f"<details><summary>Show {escape(self.name)}</summary>{frame}</details>"

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """Show the run's page in a notebook; False where there is none."""
        import sys

        if "IPython" not in sys.modules:
            return False
        ipython: Any = sys.modules["IPython"]
        if ipython.get_ipython() is None:
            return False
        ipython.display.display(ipython.display.HTML(self.to_html(height, hidden)))
        return True


def as_tags(tags: Iterable[str] | None) -> tuple[str, ...]:
    """Tags as a tuple; one text is one tag."""
    given = () if tags is None else (tags,) if isinstance(tags, str) else tags
    if not isinstance(given, Iterable):
        raise UsageError(f"tags are a list of words, not {type(tags).__name__}.")
    return tuple(dict.fromkeys(layout.clean(str(tag)) for tag in given))


def _each(tags: Iterable[str | Iterable[str]]) -> tuple[str, ...]:
    return tuple(word for given in tags for word in as_tags(given))
