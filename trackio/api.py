"""Reading back what was logged: ``Api`` -> ``Project`` -> ``Run`` -> arrays, DataFrames and charts.

::

    project = trackio.Api().project("mnist")
    run = project.run("brave-otter-3")
    run.history()                                   # a DataFrame, one row per log() call
    run.metric("val/loss").value                    # a float64 array
    project.chart("val/*", smoothing=5, groupby="lr")     # shows itself in a notebook

Every call looks at the store anew, so that a run in progress is read as far as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import settings
from trackio.addresses import project_page
from trackio.errors import UnknownProject, UnknownRun, UsageError
from trackio.filters import matches, ordered
from trackio.logged import CLOCK, Run
from trackio.logged_energy import ProjectConsumption
from trackio.logged_files import ApiFiles, ProjectFiles
from trackio.logged_sweeps import Sweep, find, sweeps
from trackio.records import AlertRecord, MetricKind, Status
from trackio.store import layout
from trackio.store.home import Home
from trackio.store.listening import dashboard

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from trackio.store.project import ProjectStore
    from trackio.store.query import Limits


class Runs(list[Run]):
    """Runs, as a list; ``histories`` is of all of them."""

    def histories(
        self,
        samples: int | None = None,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        format: str = "default",  # noqa: A002 - wandb's name
        stream: str = "default",
    ) -> Any:
        """The histories of all runs, each row with its ``run_id``: a list of dicts, or with ``"pandas"`` a DataFrame.

        The other arguments are those of ``Run.history``; a run that has none of the ``keys`` gives no rows.
        """
        import pandas as pd

        from trackio.frames import records

        frames = []
        for run in self:
            if keys is None or set(keys) - set(CLOCK) <= set(run.metrics()):
                found = run.history(samples=samples, keys=keys, x_axis=x_axis, stream=stream)
                frames.append(found.assign(run_id=run.id))
        found = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"run_id": []})
        if format == "pandas":
            return found
        if format != "default":
            raise UsageError(f"format={format!r} is unknown. Use 'default' or 'pandas'.")
        return records(found)


class Api(ApiFiles):
    """The projects of a home directory; ``TRACKIO_DIR`` or ``~/.trackio`` when none is given.

    wandb's arguments are taken too: ``overrides`` (also in the first place) may name the ``project`` that paths without
    one mean; ``timeout`` and ``api_key`` have no meaning without a service.
    """

    def __init__(
        self,
        home: str | Path | Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - wandb's
        api_key: str | None = None,  # noqa: ARG002 - wandb's
        *,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(home, Mapping):
            home, overrides = None, home
        self._home = Home(None if home is None else Path(home).expanduser())
        self._reader = Run
        given = dict(overrides or {})
        self._entity = given.get("entity")
        self._default = given.get("project") or settings.text("TRACKIO_PROJECT", "WANDB_PROJECT")

    @property
    def default_entity(self) -> str | None:
        """The entity that was given; there are none here, so it only comes back."""
        return self._entity

    @property
    def settings(self) -> dict[str, Any]:
        """Entity, project and address, by wandb's names."""
        return {"entity": self._entity, "project": self._default, "base_url": dashboard(self._home.path)}

    def flush(self) -> None:
        """Look at the store anew, which every call does anyway."""

    def projects(self, entity: str | None = None, per_page: int = 200) -> list[Project]:  # noqa: ARG002 - wandb's
        """Every project, by name."""
        return [self.project(name) for name in self._home.projects()]

    def project(self, name: str, entity: str | None = None) -> Project:  # noqa: ARG002 - wandb's
        """The project of that name; raises UnknownProject."""
        return self._project_at(name)

    def create_project(self, name: str, entity: str | None = None) -> None:  # noqa: ARG002 - wandb's
        """Make a project without runs, unless it is there."""
        self._home.create(name)

    def runs(  # noqa: PLR0917 - as wandb has them
        self,
        path: str | None = None,
        filters: Mapping[str, Any] | None = None,
        order: str = "+created_at",
        per_page: int = 50,
        include_sweeps: bool = True,
        lazy: bool = True,
    ) -> Runs:
        """The runs of a project, as ``wandb.Api().runs`` has it: ``project`` or ``entity/project``.

        ``filters`` and ``order`` are those of `trackio.filters`. All runs come at once, whatever ``per_page`` says.
        """
        del per_page, include_sweeps, lazy
        return Runs(self._project_at(path).runs(filters=filters, order=order))

    def run(self, path: str) -> Run:
        """The run at ``project/run``, as ``wandb.Api().run`` has it; both names may have slashes of their own.

        ``entity/project/run``, ``project/runs/run`` and, with a default project, ``run`` alone are understood too.
        """
        path = path.strip("/")
        known = set(self._home.projects())
        error: UnknownRun | None = None
        for project, key in self._places(path, known):
            try:
                return self.project(project).run(key)
            except UnknownRun as caught:
                error = error or caught
        if error is not None:
            raise error
        if "/" not in path:
            raise UsageError(f"{path!r} names no run. Write it as project/run.")
        raise UnknownProject(path.rpartition("/")[0], sorted(known))

    def from_path(self, path: str) -> Run | Project:
        """The run or the project at a path; raises UnknownProject or UnknownRun."""
        names = self._home.projects()
        bare = path.strip("/")
        if bare in names or bare.partition("/")[2] in names:
            return self._project_at(bare)
        return self.run(path)

    def sweep(self, path: str) -> Sweep:
        """The sweep of that id, also as ``project/id`` or ``entity/project/id``; raises NotFound."""
        return find(self._home, path.rpartition("/")[2], lambda project: self.project(project).runs())

    def _places(self, path: str, known: set[str]) -> Iterator[tuple[str, str]]:
        """Projects and runs that a path may mean, the likeliest first."""
        cuts = [at for at, char in enumerate(path) if char == "/"]
        for start in (0, cuts[0] + 1) if cuts else ():
            for cut in reversed(cuts):
                if path[start:cut] in known:
                    yield path[start:cut], path[cut + 1 :]
                elif path[start:cut].removesuffix("/runs") in known:
                    yield path[start:cut].removesuffix("/runs"), path[cut + 1 :]
        if self._default in known:
            yield self._default, path

    def _project_at(self, path: str | None) -> Project:
        known = self._home.projects()
        path = path or self._default
        if path is None:
            raise UsageError("Name a project: Api().runs('mnist').")
        rest = path.partition("/")[2]
        return Project(self._home.project(rest if path not in known and rest in known else path))

    def __repr__(self) -> str:
        return f"Api({str(self._home.path)!r})"


class Project(ProjectFiles, ProjectConsumption):
    """The runs of one project."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._reader = Run

    @property
    def name(self) -> str:
        """The name as given to ``init``."""
        return self._store.name

    @property
    def url(self) -> str:
        """Where its page is in the dashboard on this machine."""
        return project_page(self.name, dashboard(layout.home(self._store.directory)))

    def sweeps(self) -> list[Sweep]:
        """The sweeps of the project, by id."""
        return sweeps(self._store, self.runs)

    def runs(
        self,
        *,
        group: str | None = None,
        status: Status | None = None,
        filters: Mapping[str, Any] | None = None,
        order: str | None = None,
    ) -> list[Run]:
        """The runs that fit, oldest first, or in the ``order`` of `trackio.filters`."""
        self._store.catch_up()
        found = [Run(self._store, record) for record in self._store.runs()]
        if group is not None:
            found = [run for run in found if run.group == group]
        if status is not None:
            found = [run for run in found if run.status == status]
        if filters:
            found = [run for run in found if matches(run.fields(), filters)]
        return ordered(found, Run.fields, order) if order else found

    def run(self, key: str) -> Run:
        """The run of that id, else the newest of that name; raises UnknownRun."""
        self._store.catch_up()
        return Run(self._store, self._store.run(key))

    def metrics(self) -> list[str]:
        """The names of all metrics that any run logged, in order of first appearance."""
        return self._names("metric")

    def system_metrics(self) -> list[str]:
        """Likewise for what was sampled from the machine."""
        return self._names("system")

    def alerts(
        self,
        *,
        run: str | None = None,
        level: str | None = None,
        since_ns: int | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> list[AlertRecord]:
        """The alerts that fit, oldest first; of those the newest ``limit``.

        ``since_ns`` leaves out those of that microsecond and before it: as many digits as are printed. ``after`` is the
        ``num`` of one, and leaves out those that had come in by then, whenever they were raised.
        """
        self._store.catch_up()
        found = self._store.alerts(None if run is None else self._store.run(run).id, after=after or 0)
        found = [
            alert
            for alert in found
            if (level is None or alert.level.lower() == level.lower())
            and (since_ns is None or alert.time_ns // 1000 > since_ns // 1000)
        ]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def rows(self, sql: str, limits: Limits | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a read-only SQL query; raises UsageError with what SQLite says of any other.

        ``limits`` bound what a query by somebody else may take.
        """
        self._store.catch_up()
        return self._store.query(sql, limits=limits)

    def query(self, sql: str) -> pd.DataFrame:
        """Likewise as a DataFrame; ``docs/storage.md`` has the tables."""
        import pandas as pd

        columns, rows = self.rows(sql)
        return pd.DataFrame([list(row) for row in rows], columns=columns)

    def chart(
        self,
        metrics: str | Sequence[str],
        *,
        theme: str = "light",
        subtitle: str | None = None,
        **parameters: Any,
    ) -> alt.LayerChart:
        """A chart of one or several metrics, exact names or with ``*``, which shows itself in a notebook.

        The parameters are those of the URL grammar and mean the same: ``smoothing=5``, ``groupby="lr"``,
        ``runs=["a", "b"]``, ``x="relative"``, ``yscale="log"``, ``xmin=100``. What a page would leave out with a note
        is a UsageError here.
        """
        from trackio.drawing import draw

        return draw(self._store, metrics, parameters, theme=theme, subtitle=subtitle)

    def _names(self, kind: MetricKind) -> list[str]:
        self._store.catch_up()
        by_run = self._store.metrics_by_run(kind)
        return list(dict.fromkeys(metric.name for run in self._store.runs() for metric in by_run.get(run.id, ())))

    def __repr__(self) -> str:
        return f"Project({self.name!r})"
