"""Who else uses a GPU, told by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackio.system import neighbours

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process that has lost its parent, and so all relation to this one."""
    command = ["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"]
    pid = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    yield pid
    os.kill(pid, 9)


@pytest.fixture
def child() -> Iterator[int]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def dead() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_we_our_ancestors_and_descendants_are_no_strangers(child: int) -> None:
    assert not neighbours.are_there([], is_host=True)
    assert not neighbours.are_there([os.getpid()], is_host=True)
    assert not neighbours.are_there([os.getpid(), os.getppid(), child], is_host=True)
    assert not neighbours.are_there([child], is_host=True)


def test_another_process_of_this_machine_is_one(stranger: int, child: int) -> None:
    assert neighbours.are_there([stranger], is_host=True)
    assert neighbours.are_there([child, stranger], is_host=True)


def test_a_number_that_no_process_bears_says_nothing(dead: int) -> None:
    assert not neighbours.are_there([dead], is_host=True)
    assert not neighbours.are_there([dead, 0, 2**31 - 1, os.getpid()], is_host=True)


def test_in_a_container_numbers_count_only_beside_one_of_our_own(stranger: int, child: int) -> None:
    """Without one, they may be those of the host, which mean other processes here."""
    assert not neighbours.are_there([stranger], is_host=False)
    assert neighbours.are_there([stranger, os.getpid()], is_host=False)
    assert neighbours.are_there([stranger, child], is_host=False)


@pytest.mark.parametrize(
    ("variables", "is_shared"),
    [({}, True), ({"RANK": "0", "WORLD_SIZE": "1"}, True), ({"RANK": "0", "WORLD_SIZE": "2"}, False)],
)
@pytest.mark.parametrize("wrapper", [[], ["sh", "-c", '"$@"; true', "sh"]])
def test_ranks_of_one_training_are_a_family(
    child: int, variables: dict[str, str], is_shared: bool, wrapper: list[str]
) -> None:
    code = f"from trackio.system import neighbours; print(neighbours.are_there([{child}], is_host=True))"
    clean = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    told = subprocess.run(
        [*wrapper, sys.executable, "-c", code],
        env={**clean, "PYTHONPATH": str(CHECKOUT), **variables},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.strip() == str(is_shared)


def test_children_of_multiprocessing_are_a_family(child: int) -> None:
    code = (
        "import multiprocessing\nfrom trackio.system import neighbours\n"
        "def look(*pids): print(*(neighbours.are_there([pid], is_host=True) for pid in pids), flush=True)\n"
        "context = multiprocessing.get_context('fork')\nis_done = context.Event()\n"
        "first = context.Process(target=is_done.wait)\nfirst.start()\n"
        f"second = context.Process(target=look, args=(first.pid, {child}))\nsecond.start(); second.join()\n"
        f"look(first.pid, {child}); is_done.set(); first.join()"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # `child` stands beside the script, and is none of its own.
    assert told.splitlines() == ["False True"] * 2
