"""An experiment tracker for ZenML whose step runs are runs here, with their pages linked from ZenML's dashboard.

Beside the flavor that ZenML ships, it knows a workspace, an address and a key of a server, tags and metadata; it marks
runs of failed steps as failed and leaves no secret in ZenML's metadata. Register it once::

    zenml experiment-tracker flavor register trackio.integrations.zenml.TrackioFlavor
    zenml experiment-tracker register my_tracker --flavor=trackio_runs --project=my-project
    zenml stack update --experiment_tracker my_tracker

and name it in a step: ``@step(experiment_tracker="my_tracker")``. In the step ``trackio.log(...)`` logs, and
``get_trackio_run()`` is the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import trackio
from trackio.errors import MissingExtra

try:
    from pydantic import Field
    from zenml.config.base_settings import BaseSettings
    from zenml.constants import METADATA_EXPERIMENT_TRACKER_URL
    from zenml.experiment_trackers.base_experiment_tracker import (
        BaseExperimentTracker,
        BaseExperimentTrackerConfig,
        BaseExperimentTrackerFlavor,
    )
    from zenml.metadata.metadata_types import Uri
    from zenml.utils.secret_utils import SecretField
except ImportError:
    raise MissingExtra("zenml", "zenml") from None

if TYPE_CHECKING:
    from zenml.config.step_run_info import StepRunInfo

FLAVOR = "trackio_runs"
"""``trackio`` is the flavor that ZenML ships."""


class TrackioSettings(BaseSettings):
    """What a step, or a pipeline, may say of its runs."""

    run_name: str | None = Field(
        default=None, description="Name of the run; made from the pipeline run and the step if empty."
    )
    tags: list[str] = Field(default_factory=list, description="Tags of the run.")
    metadata: dict[str, Any] = Field(default_factory=dict, description="More about the run: config.metadata.")
    resume: str = Field(default="allow", description="'allow', 'must' or 'never', as in trackio.init.")
    log_gpu_metrics: bool | None = Field(default=None, description="Whether to watch the GPU.")


class TrackioConfig(BaseExperimentTrackerConfig, TrackioSettings):
    """What a registered tracker says of all its runs."""

    project: str = Field(default="zenml", description="Name of the project.")
    workspace: str | None = Field(default=None, description="Workspace or team, for servers that have them.")
    base_url: str | None = Field(default=None, description="Address of a server; empty for this machine.")
    api_key: str | None = SecretField(default=None, description="Key of the server, best a ZenML secret.")


class TrackioTracker(BaseExperimentTracker):
    """Begins a run before a step and ends it after it."""

    @property
    def config(self) -> TrackioConfig:
        """How the tracker was registered."""
        return cast(TrackioConfig, self._config)

    @property
    def settings_class(self) -> type[TrackioSettings]:
        """What steps may say."""
        return TrackioSettings

    def prepare_step_run(self, info: StepRunInfo) -> None:
        """Begin a run, which is then the current one."""
        settings = cast(TrackioSettings, self.get_settings(info))
        config = {
            "zenml": {
                "pipeline_name": info.pipeline.name,
                "run_name": info.run_name,
                "step_name": info.pipeline_step_name,
                "step_run_id": str(info.step_run_id),
            }
        }
        trackio.init(
            project=self.config.project,
            name=settings.run_name or f"{info.run_name}_{info.pipeline_step_name}",
            group=info.run_name,
            job_type=info.pipeline_step_name,
            config=config,
            tags=[*self.config.tags, *(tag for tag in settings.tags if tag not in self.config.tags)],
            metadata={**self.config.metadata, **settings.metadata},
            resume=settings.resume,
            workspace=self.config.workspace,
            base_url=self.config.base_url,
            api_key=self.config.api_key,
            auto_log_gpu=settings.log_gpu_metrics,
        )

    def get_step_run_metadata(self, info: StepRunInfo) -> dict[str, Any]:  # noqa: ARG002 - ZenML's
        """Name, id, project and page of the run, for ZenML's dashboard."""
        run = get_trackio_run()
        if run is None:
            return {}
        return {
            "trackio_run_name": run.name,
            "trackio_run_id": run.id,
            "trackio_project": run.project,
            METADATA_EXPERIMENT_TRACKER_URL: Uri(without_secrets(run.url)),
        }

    def cleanup_step_run(self, info: StepRunInfo, step_failed: bool) -> None:  # noqa: ARG002 - ZenML's
        """End the run as the step ended."""
        trackio.finish(status="failed" if step_failed else "finished")


class TrackioFlavor(BaseExperimentTrackerFlavor):
    """How ZenML finds the tracker."""

    @property
    def name(self) -> str:
        """What it is registered by."""
        return FLAVOR

    @property
    def display_name(self) -> str:
        """What ZenML's dashboard shows."""
        return "Trackio"

    @property
    def config_class(self) -> type[TrackioConfig]:
        """What registering takes."""
        return TrackioConfig

    @property
    def implementation_class(self) -> type[TrackioTracker]:
        """What does it."""
        return TrackioTracker


def get_trackio_run() -> trackio.Run | None:
    """The run of the step that is being executed; None outside of one."""
    return trackio.run


def without_secrets(url: str) -> str:
    """The address without user, password and whatever parameter holds a token or a key."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if not _is_secret(name)]
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(query)))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in ("token", "key", "secret", "password"))
