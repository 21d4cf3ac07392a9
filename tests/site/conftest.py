"""Sites that many tests open, built once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hub.emulator import Hub
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


@pytest.fixture(params=["disk", "space"])
def located(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], str]]:
    """Where the pages of a folder are, without a slash at the end: on disk, or on the host of a static Space."""
    if request.param == "disk":
        yield lambda folder: f"file://{folder}"
        return
    with Hub() as hub:

        def host(folder: Path) -> str:
            files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
            space = hub.add("spaces", f"ada/{folder.name.replace('_', '-')}", "static")
            space.commit("pages", {name: path.read_bytes() for name, path in files.items()})
            return f"http://{space.subdomain}.hf.space:{hub.port}"

        yield host
