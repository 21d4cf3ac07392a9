"""Where scripts find wandb's classes by their old places, as ``wandb.sdk.wandb_run.Run``."""

from __future__ import annotations

from types import SimpleNamespace

from trackio.tracking.config import Config
from trackio.tracking.disabled import DisabledRun
from trackio.tracking.options import Settings
from trackio.tracking.run import Run
from trackio.tracking.summary import Summary

wandb_config = SimpleNamespace(Config=Config)
wandb_run = SimpleNamespace(Run=Run)
wandb_settings = SimpleNamespace(Settings=Settings)
wandb_summary = SimpleNamespace(Summary=Summary)
lib = SimpleNamespace(RunDisabled=DisabledRun)
