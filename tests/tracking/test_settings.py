"""``config`` and ``summary`` of a run."""

from __future__ import annotations

import argparse
import dataclasses
import enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackio
from trackio.records import RunRecord
from trackio.store.project import ProjectStore


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Options:
    lr: float = 0.1
    layers: tuple[int, ...] = (1, 2)


class Named:
    def to_dict(self) -> dict[str, Any]:
        return {"a": 1}


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no")


class Broken:
    """Its own code fails wherever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)

    def __str__(self) -> str:
        raise KeyError("no")


@dataclasses.dataclass(eq=False)
class Tree:
    parent: Tree | None = None
    children: list[Tree] = dataclasses.field(default_factory=list)


KEPT: list[tuple[Any, Any]] = [
    (1, 1),
    (2**80, 2**80),
    (0.1, 0.1),
    (None, None),
    (True, True),
    ("text \udc80", "text \ufffd"),
    ([1, (2, 3)], [1, [2, 3]]),
    ({1: {"a": None}}, {"1": {"a": None}}),
    ({3, 1, 2}, [1, 2, 3]),
    (Path("a/b"), "a/b"),
    (Colour.RED, "red"),
    (Options(), {"lr": 0.1, "layers": [1, 2]}),
    (Named(), {"a": 1}),
    (np.float32(0.5), 0.5),
    (np.int64(3), 3),
    (np.arange(3), [0, 1, 2]),
    (np.zeros((1000, 1000)), "ndarray of shape (1000, 1000)"),
    (float, "<class 'float'>"),
    (print, "builtins.print"),
    (Named.to_dict, "tests.tracking.test_settings.Named.to_dict"),
    (lambda: 0, "tests.tracking.test_settings.<lambda>"),
    (Unprintable(), "<Unprintable>"),
    (Broken(), "<Broken>"),
    ({Broken(): 1}, {"<Broken>": 1}),
]


@pytest.mark.parametrize(("value", "kept"), KEPT, ids=lambda value: f"{type(value).__name__}")
def test_a_setting_is_kept_as_a_reader_would_want_it(value: Any, kept: Any, project: ProjectStore) -> None:
    with trackio.init(project="p", config={"key": value}) as run:
        assert run.config["key"] == kept
    assert _record(project).config == {"key": kept}


def test_a_setting_that_holds_itself_ends(project: ProjectStore) -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    with trackio.init(project="p", config={"loop": loop}):
        pass
    assert "loop" in _record(project).config


def test_a_setting_that_knows_its_parent_ends_soon(project: ProjectStore) -> None:
    root = Tree()
    root.children = [Tree(root) for _ in range(3)]
    with trackio.init(project="p", config={"tree": root}):
        pass
    assert len(_record(project).config["tree"]["children"]) == 3


@pytest.mark.parametrize(
    "given",
    [{"lr": 0.1, "n": 1}, argparse.Namespace(lr=0.1, n=1), dataclasses.make_dataclass("C", ["lr", "n"])(0.1, 1)],
)
def test_config_comes_as_a_dict_a_namespace_or_a_dataclass(given: Any, project: ProjectStore) -> None:
    with trackio.init(project="p", config=given):
        pass
    assert _record(project).config == {"lr": 0.1, "n": 1}


def test_config_is_used_by_attribute_and_by_item(project: ProjectStore) -> None:
    run = trackio.init(project="p", config={"lr": 0.1})
    run.config.epochs = 3
    run.config["model/size"] = 7
    run.config[5] = "five"
    del run.config["lr"]
    run.config.setdefaults({"epochs": 9, "seed": 1})
    assert (trackio.config.epochs, trackio.config["model/size"], run.config.get("lr")) == (3, 7, None)
    assert "seed" in run.config
    assert list(run.config) == ["epochs", "model/size", "5", "seed"]
    assert run.config.as_dict() == dict(run.config)
    with pytest.raises(AttributeError, match="no 'missing'"):
        _ = run.config.missing
    run.finish()
    assert _record(project).config == {"epochs": 3, "model/size": 7, "5": "five", "seed": 1}


def test_config_changes_after_the_first_log_are_kept(project: ProjectStore) -> None:
    with trackio.init(project="p", config={"lr": 0.1}) as run:
        run.log({"loss": 1.0})
        run.config.update({"lr": 0.2, "more": 1}, allow_val_change=True)
        run.config.update(argparse.Namespace(name="x"), seed=4)
    assert _record(project).config == {"lr": 0.2, "more": 1, "name": "x", "seed": 4}


def test_the_summary_is_the_last_value_of_every_metric(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for step in range(5):
            run.log({"loss": np.float32(step), "n": step})
            if step == 2:
                run.log({"val": {"acc": 0.5}}, step=step)
        assert dict(run.summary) == {"loss": 4.0, "n": 4, "val/acc": 0.5}
        assert type(run.summary["loss"]) is float
    assert _record(project).summary == {"loss": 4.0, "n": 4, "val/acc": 0.5}


def test_own_assignments_stay_over_the_last_values(project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.summary["acc"] = np.float64(0.9)
        run.log({"acc": 0.1, "loss": 1.0})
        run.summary.best = 7
        run.summary.update({"nested": {"a": 1}}, note="x")
        del run.summary["best"]
        assert (run.summary["acc"], run.summary.loss, trackio.summary["note"]) == (0.9, 1.0, "x")
    assert _record(project).summary == {"acc": 0.9, "loss": 1.0, "nested": {"a": 1}, "note": "x"}


def test_name_tags_and_notes_may_be_assigned(project: ProjectStore) -> None:
    with trackio.init(project="p", name="first", tags="one", notes="a") as run:
        assert (run.name, run.tags, run.notes) == ("first", ("one",), "a")
        run.name, run.tags, run.notes = "second", ["two", "three"], None
    record = _record(project)
    assert (record.name, record.tags, record.notes) == ("second", ("two", "three"), None)


def _record(project: ProjectStore) -> RunRecord:
    project.catch_up()
    return project.runs()[-1]
