"""Sites that many tests open, built once."""

from __future__ import annotations

import pytest

from tests.site.pages import Site, build, curves


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Five runs of 1,000 points of two metrics, and an epoch."""
    return build(
        tmp_path_factory.mktemp("demo"),
        {"train/loss": curves(metric="train/loss"), "val/loss": curves(points=50, metric="val/loss", seed=1)},
    )


@pytest.fixture(scope="session")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Twelve runs in three groups: shown as groups from the start."""
    return build(tmp_path_factory.mktemp("grouped"), {"loss": curves(12, 300, groups=3)})


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Five runs of 10,000 points: the first file holds the reduced lines only."""
    return build(tmp_path_factory.mktemp("large"), {"loss": curves(points=10_000)})
