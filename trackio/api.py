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

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.errors import UnknownProject, UnknownRun, UsageError
from trackio.filters import matches, ordered
from trackio.logged import Run
from trackio.records import AlertRecord, MetricKind, Status
from trackio.store.home import Home

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from trackio.store.project import ProjectStore


class Api:
    """The projects of a home directory; ``TRACKIO_DIR`` or ``~/.trackio`` when none is given."""

    def __init__(self, home: str | Path | None = None) -> None:
        self._home = Home(None if home is None else Path(home).expanduser())

    def projects(self) -> list[Project]:
        """Every project, by name."""
        return [self.project(name) for name in self._home.projects()]

    def project(self, name: str) -> Project:
        """The project of that name; raises UnknownProject."""
        return Project(self._home.project(name))

    def runs(
        self, path: str, filters: Mapping[str, Any] | None = None, order: str = "+created_at", per_page: int = 50
    ) -> list[Run]:
        """The runs of a project, as ``wandb.Api().runs`` has it: ``project`` or ``entity/project``.

        ``filters`` and ``order`` are those of `trackio.filters`. All runs come at once, whatever ``per_page`` says.
        """
        del per_page
        return self._project_at(path).runs(filters=filters, order=order)

    def run(self, path: str) -> Run:
        """The run at ``project/run``, as ``wandb.Api().run`` has it; both names may have slashes of their own."""
        cuts = [at for at, char in enumerate(path) if char == "/"]
        if not cuts:
            raise UsageError(f"{path!r} names no run. Write it as project/run.")
        known = set(self._home.projects())
        error: UnknownRun | None = None
        for start in (0, cuts[0] + 1):
            for cut in reversed(cuts):
                if path[start:cut] in known:
                    try:
                        return self.project(path[start:cut]).run(path[cut + 1 :])
                    except UnknownRun as caught:
                        error = error or caught
        raise error or UnknownProject(path[: cuts[-1]], sorted(known))

    def _project_at(self, path: str) -> Project:
        known = self._home.projects()
        entity, slash, rest = path.partition("/")
        del entity
        return self.project(rest if slash and path not in known and rest in known else path)

    def __repr__(self) -> str:
        return f"Api({str(self._home.path)!r})"


class Project:
    """The runs of one project."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store

    @property
    def name(self) -> str:
        """The name as given to ``init``."""
        return self._store.name

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
        self, *, run: str | None = None, level: str | None = None, since_ns: int | None = None, limit: int | None = None
    ) -> list[AlertRecord]:
        """The alerts that fit, oldest first; of those the newest ``limit``."""
        self._store.catch_up()
        found = self._store.alerts(None if run is None else self._store.run(run).id)
        found = [
            alert
            for alert in found
            if (level is None or alert.level.lower() == level.lower())
            and (since_ns is None or alert.time_ns > since_ns)
        ]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a read-only SQL query; raises UsageError with what SQLite says of any other."""
        self._store.catch_up()
        return self._store.query(sql)

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
