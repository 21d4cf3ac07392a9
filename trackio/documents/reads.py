"""The table of read commands, which the command line, the server and the skill for coding agents are made of."""

from __future__ import annotations

from trackio.documents.read import Parameter, Read

LEVELS = ("info", "warn", "error")

PROJECT = Parameter(
    "project", "the project; may be left out when there is one, or when TRACKIO_PROJECT is set", metavar="NAME"
)
POINTS = (
    Parameter("step", "only what was logged at this step", int, "N"),
    Parameter("around", "only steps within the window around this one", int, "N"),
    Parameter("at_time", "only times within the window around this one (ISO 8601 or epoch)", metavar="T"),
    Parameter("window", "steps either side for --around, seconds for --at-time; 10 if left out", float, "W"),
)


def _run(otherwise: str) -> Parameter:
    return Parameter("run", f"the run, by id or name; {otherwise} when left out", metavar="NAME")


NEWEST, ALL = _run("the newest one"), _run("all runs")

ALERTS = (
    Parameter("level", "only alerts of this level", choices=LEVELS),
    Parameter("since", "only alerts raised after this time (ISO 8601 or epoch)", metavar="T"),
    Parameter("after", "only alerts that came in after the one of this id", int, "ID"),
    Parameter("limit", "only the newest N", int, "N"),
)
ASSUMPTIONS = (
    Parameter("location", "the country whose grid it was, by code or name; WORLD for the average", metavar="PLACE"),
    Parameter("grid_intensity", "the grid's own g CO2e per kWh, in place of the table's", metavar="G"),
    Parameter("pue", "what the building uses for each kWh of the machines; 1 unless it was given", metavar="N"),
    Parameter("price", "what a kWh costs, such as 0.25/kWh or '0.25 EUR/kWh'", metavar="P"),
    Parameter("cpu_watts", "your estimate for processors that were not measured; in no total", metavar="W"),
)
GATES = (
    Parameter("max_kwh", "the most kWh that the runs may have used together", metavar="N"),
    Parameter("max_gco2e", "likewise in grams of CO2e", metavar="N"),
    Parameter("max_cost", "likewise in money", metavar="N"),
    Parameter(
        "min_coverage", "how much of the time has to be known for a gate to hold (default: 0.9)", metavar="SHARE"
    ),
)
ENERGY = (
    Parameter("runs", "only these runs, by id or name; all if left out", metavar="NAME", is_many=True),
    Parameter("target", "also what was used until the metric was as good as that", metavar="METRIC=VALUE"),
    Parameter(
        "goal",
        "whether less or more of the target's metric is better; by its definition or name if left out",
        choices=("minimize", "maximize"),
    ),
)

_READS = (
    Read(
        "projects",
        "list projects",
        "List every project.",
        "projects:projects",
        (Parameter("details", "also look into each project: runs, what is running, the last record", bool),),
        is_of_project=False,
    ),
    Read(
        "runs",
        "list runs",
        "List the runs of a project, oldest first.",
        "runs:runs",
        (
            PROJECT,
            Parameter("group", "only the runs of this group", metavar="NAME"),
            Parameter("status", "only runs of this status", choices=("running", "finished", "failed", "crashed")),
        ),
    ),
    Read("metrics", "list metrics", "List the metrics of a run, or of all runs.", "runs:metrics", (PROJECT, ALL)),
    Read(
        "system-metrics",
        "list system-metrics",
        "List what was sampled from the machine.",
        "runs:system_metrics",
        (PROJECT, ALL),
    ),
    Read(
        "alerts",
        "list alerts",
        "List the alerts of a project or of a run.",
        "messages:alerts",
        (PROJECT, ALL, *ALERTS),
    ),
    Read("reports", "list reports", "List the Markdown that runs logged.", "messages:reports", (PROJECT, ALL)),
    Read(
        "artifacts",
        "list artifacts",
        "List the versions of artifacts.",
        "files:artifacts",
        (
            PROJECT,
            Parameter("type", "only artifacts of this type, such as model or dataset", metavar="NAME"),
            Parameter("name", "only the versions of this artifact", metavar="NAME"),
        ),
    ),
    Read("files", "list files", "List the files that a run saved.", "files:files", (PROJECT, NEWEST)),
    Read("project", "get project", "Print what a project holds.", "projects:project", (PROJECT,)),
    Read("run", "get run", "Print a run's state, config, summary and metrics.", "runs:run", (PROJECT, NEWEST)),
    Read(
        "metric",
        "get metric",
        "Print the values of a metric of a run.",
        "values:metric",
        (Parameter("metric", "the metric", metavar="NAME", is_required=True), PROJECT, NEWEST, *POINTS),
    ),
    Read(
        "system-metric",
        "get system-metric",
        "Print what was sampled from the machine while a run went on.",
        "values:system_metric",
        (Parameter("metric", "the system metric; all of them when left out", metavar="NAME"), PROJECT, NEWEST, *POINTS),
    ),
    Read(
        "snapshot",
        "get snapshot",
        "Print all metrics of a run at a step or a time, or at its end.",
        "values:snapshot",
        (PROJECT, NEWEST, *POINTS),
    ),
    Read(
        "report",
        "get report",
        "Print Markdown that a run logged.",
        "messages:report",
        (Parameter("report", "the name it was logged under", metavar="NAME", is_required=True), PROJECT, NEWEST),
    ),
    Read(
        "artifact",
        "get artifact",
        "Print what an artifact holds, or get it.",
        "files:artifact",
        (
            Parameter(
                "name",
                "the artifact; :v3, :best or :latest says which version",
                metavar="NAME[:ALIAS]",
                is_required=True,
                is_positional=True,
            ),
            PROJECT,
        ),
        # The name may lead to another project.
        is_of_project=False,
    ),
    Read(
        "file",
        "get file",
        "Get a file that a run saved.",
        "files:file",
        (
            Parameter(
                "name",
                "the file, by its path in `trackio list files`",
                metavar="NAME",
                is_required=True,
                is_positional=True,
            ),
            PROJECT,
            NEWEST,
        ),
    ),
    Read(
        "query",
        "query project",
        "Ask a project's SQLite database; its tables and the view `logs` are described in docs/storage.md.",
        "query:query",
        (
            PROJECT,
            Parameter("sql", "one SELECT; SQLite itself refuses to write", metavar="QUERY", is_required=True),
        ),
        is_of_project=False,
    ),
    Read(
        "status",
        "status",
        "Say where the data lies, how much there is and what is running.",
        "projects:status",
        is_of_project=False,
    ),
    Read(
        "energy",
        "energy",
        "Print what runs used, how it was measured, what was not, and what it stands for.",
        "energy:energy",
        (PROJECT, *ENERGY, *GATES, *ASSUMPTIONS),
        # Readings of the last ten seconds change no revision.
        is_of_project=False,
    ),
)

READS: dict[str, Read] = {read.name: read for read in _READS}
"""By name, in the order in which they are documented."""
