"""``Settings``, and what holds of them: what was passed, before what was set up, before the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trackio import settings
from trackio.errors import UsageError, nearest
from trackio.tracking.faults import Faults

MODES = {"online": "online", "offline": "offline", "disabled": "disabled", "shared": "shared", "run": "online"}
MODES["dryrun"] = "offline"

SECRETS = frozenset(
    {"api_key", "identity_token_file", "webhook_url", "write_token", "x_extra_http_headers", "x_proxies"}
)
"""Shown and kept nowhere."""

DEFAULTS: dict[str, Any] = {
    "allow_val_change": True,
    "console": "off",
    "force": False,
    "mode": "online",
    "quiet": False,
    "reinit": "default",
    "resumed": False,
    "show_errors": True,
    "show_info": True,
    "show_warnings": True,
    "silent": False,
    "x_disable_stats": False,
    "x_stats_sampling_interval": 10.0,
}
"""What settings are where nothing is said of them; all others are None."""

NAMES = frozenset(
    """
    alerts_on allow_media_symlink allow_offline_artifacts anonymous api_key app_url_override
    azure_account_url_to_access_key bucket_id dataset_id
    base_url capture_loggers code_dir config config_paths console_chunk_max_bytes console_chunk_max_seconds
    console_multipart credentials_file disable_code disable_git disable_git_fork_point disable_job_creation docker email
    embed     entity finish_timeout finish_timeout_raises fork_from git_commit git_remote git_remote_url git_root
    heartbeat_seconds host http_proxy https_proxy identity_token_file ignore_globs init_timeout insecure_disable_ssl
    job_name job_source label_disable launch launch_config_path login_timeout max_end_of_run_history_metrics
    max_end_of_run_summary_metrics metadata notebook_name organization private program program_abspath program_relpath
    project relogin resume resume_from root_dir run_group run_id run_job_type run_name run_notes run_tags
    sagemaker_disable save_code server_url settings_system show_colors show_emoji space_id start_method stop_fn
    stop_on_fatal_error strict summary_timeout summary_warnings sweep_id sweep_param_path symlink sync_tensorboard
    sync_timeout table_raise_on_max_row_limit_exceeded use_dot_wandb username webhook_min_level webhook_url workspace
    write_token
    """.split()  # noqa: SIM905 - a list of words is read as one
) | frozenset(DEFAULTS)
"""Every name of wandb's settings, and our own; those that begin with ``x_`` or ``_`` are taken without a list."""

_ADDRESSES = ("base_url", "server_url", "http_proxy", "https_proxy")
_OFF = frozenset({"", "0", "false", "no", "n", "off", "f", "none"})
_faults = Faults()


class Settings:
    """Settings of a run, for ``init(settings=)`` and ``setup()``; every name that wandb's has is taken.

    Those with a meaning here: ``project``, ``entity``, ``run_id``, ``run_name``, ``run_group``, ``run_job_type``,
    ``run_notes``, ``run_tags``, ``mode``, ``reinit``, ``resume``, ``resume_from``, ``fork_from``, ``root_dir``,
    ``config_paths``, ``save_code``, ``server_url``, ``write_token``, ``space_id``, ``sync_timeout``, ``silent``,
    ``sweep_id``, ``x_disable_stats``, ``x_stats_sampling_interval`` and ``x_label``. A name that neither library has
    is told once.
    """

    def __init__(self, **given: Any) -> None:
        object.__setattr__(self, "_given", {})
        for name, value in given.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in NAMES and not name.startswith(("x_", "_")):
            near = nearest(name, sorted(NAMES))
            hint = f" Nearest: {', '.join(near)}." if near else ""
            _faults.warn(f"setting {name}", f"Settings have no {name!r}, so it has no effect.{hint}")
        self._given[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._given:
            return self._given[name]
        if name in NAMES or name.startswith("x_"):
            return DEFAULTS.get(name)
        raise AttributeError(f"Settings have no {name!r}")

    def given(self, name: str) -> Any:
        """What was set under a name; None when nothing was."""
        return self._given.get(name)

    def over(self, other: Settings) -> Settings:
        """These settings, and the other's where these say nothing."""
        return Settings(**{**other._given, **{name: v for name, v in self._given.items() if v is not None}})

    def without_secrets(self) -> Settings:
        """The settings but for keys and tokens, and for what stands behind the address of a server."""
        return Settings(**self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """What was set, without secrets."""
        return {
            name: _bare(str(value)) if value and name in _ADDRESSES else value
            for name, value in self._given.items()
            if name not in SECRETS
        }

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.to_dict().items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self._given == other._given

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Settings:
        return Settings(**self._given)

    def __deepcopy__(self, _memo: Any) -> Settings:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._given,)

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self)})"


def _bare(address: str) -> str:
    """An address without name and password, and without what a ``?`` or ``#`` begins, where tokens stand."""
    scheme, slashes, rest = address.partition("//") if "//" in address else ("", "", address)
    host, slash, path = rest.partition("/")
    found = f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"
    return found.partition("?")[0].partition("#")[0]


def _restored(given: dict[str, Any]) -> Settings:
    return Settings(**given)


def as_settings(given: Any) -> Settings:
    """``init(settings=)`` as settings: those, a mapping, or none; raises UsageError."""
    if given is None:
        return Settings()
    if isinstance(given, Settings):
        return given
    if isinstance(given, Mapping):
        return Settings(**{str(name): value for name, value in given.items()})
    raise UsageError(f"settings= takes Settings or a dict of them, not {type(given).__name__}.")


def chosen(arguments: Mapping[str, Any], given: Settings, setup: Settings) -> Settings:
    """What holds for a run: the arguments, before its settings, before those set up, before the environment."""
    found = Settings(**{name: value for name, value in arguments.items() if value is not None})
    found = found.over(given).over(setup)
    environment = {name: settings.said(name) for name in (*settings.VARIABLES, *settings.OWN_VARIABLES)}
    return found.over(Settings(**{name: value for name, value in environment.items() if value is not None}))


def mode(found: Settings) -> str:
    """Which of ``online``, ``offline``, ``shared`` and ``disabled``; raises UsageError for any other word."""
    word = found.given("mode")
    if word is None:
        return "disabled" if settings.is_disabled() else "online"
    try:
        return MODES[str(word).lower()]
    except KeyError:
        raise UsageError(f"mode={word!r} is unknown. Use 'online', 'offline', 'shared' or 'disabled'.") from None


def is_on(value: Any) -> bool:
    """Whether a setting says anything but no, also where the environment says so in words."""
    return value.strip().lower() not in _OFF if isinstance(value, str) else bool(value)
