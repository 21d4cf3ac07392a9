"""A project in a home of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio.store.home import Home
from trackio.store.project import ProjectStore


@pytest.fixture
def project(tmp_path: Path) -> ProjectStore:
    return Home(tmp_path).create("demo")
