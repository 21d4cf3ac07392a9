"""What scripts ask of a run that was read by wandb's names for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from trackio.addresses import run_page
from trackio.store import layout
from trackio.store.listening import dashboard
from trackio.times import when

if TYPE_CHECKING:
    from trackio.records import RunRecord
    from trackio.store.project import ProjectStore


class Names:
    """Answers from the record. A local run has no entity, no user and no metadata of its machine."""

    _record: RunRecord
    _store: ProjectStore

    entity = ""
    user = None
    username = None
    metadata: Mapping[str, Any] | None = None
    commit = None
    read_only = False

    @property
    def display_name(self) -> str:
        """The name."""
        return self._record.name

    @property
    def url(self) -> str:
        """Where its page is in the dashboard on this machine."""
        return run_page(self._record.project, self._record.id, dashboard(layout.home(self._store.directory)))

    @property
    def exitcode(self) -> int | None:
        """What its process ended with; None while it goes on, and when it never said."""
        return self._record.exit_code

    @property
    def heartbeat_at(self) -> datetime:
        """When the last record of it arrived, in UTC."""
        return when(self._record.updated_ns)

    @property
    def rawconfig(self) -> dict[str, Any]:
        """The configuration as it was recorded."""
        return dict(self._record.config)

    @property
    def json_config(self) -> str:
        """The configuration as JSON in wandb's form, with a ``value`` under each name."""
        return json.dumps({name: {"value": value} for name, value in self._record.config.items()})

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """HTML that shows the page of the run in the dashboard of this machine."""
        frame = f'<iframe src="{escape(self.url)}" style="border:none;width:100%;height:{int(height)}px;"></iframe>'
        return f"<details><summary>Show run</summary>{frame}</details>" if hidden else frame
