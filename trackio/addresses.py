"""Where the pages of projects and runs are (pure)."""

from __future__ import annotations

DASHBOARD = "http://127.0.0.1:7860"
"""The dashboard on this machine, at the port it takes unless told otherwise."""


def project_page(project: str, dashboard: str = DASHBOARD) -> str:
    """The page of a project in a dashboard."""
    # Costs 5 ms, which `import trackio` does without.
    from urllib.parse import quote

    return f"{dashboard.rstrip('/')}/?project={quote(project, safe='')}"


def run_page(project: str, run_id: str, dashboard: str = DASHBOARD) -> str:
    """The page of a run in a dashboard; by its id, which never changes."""
    from urllib.parse import quote

    return f"{project_page(project, dashboard)}&run={quote(run_id, safe='')}"
