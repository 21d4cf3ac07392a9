"""Values that a device computes: never asked for on the training thread, in order, as they were when they were logged.

The stand-ins behave as torch's, jax's and others' do, and raise when the training thread asks them for a value.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import trackio
from tests.tracking.conftest import points
from trackio import references
from trackio.store.project import ProjectStore


class Device:
    """Work queued in order, done when somebody waits for it: as the stream of a GPU, only slower."""

    def __init__(self) -> None:
        self.caller = threading.get_ident()
        self.queue: list[Callable[[], None]] = []
        self.waits: list[int] = []
        self.lock = threading.Lock()

    def submit(self, work: Callable[[], None]) -> None:
        with self.lock:
            self.queue.append(work)

    def wait(self) -> None:
        assert threading.get_ident() != self.caller, "the training thread waited for the device"
        with self.lock:
            self.waits.append(threading.get_ident())
            while self.queue:
                self.queue.pop(0)()


class Host:
    """A tensor in the host's memory, readable when the device has written it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.values: Any = None

    def numel(self) -> int:
        return 1 if self.values is None else int(np.size(self.values))

    def item(self) -> Any:
        assert self.values is not None, "read before it was there"
        return self.values.item()

    def tolist(self) -> Any:
        assert self.values is not None, "read before it was there"
        return self.values.tolist()


class Tensor:
    """A tensor on a device, of which torch knows the module named ``kind``."""

    def __init__(self, device: Device, values: Any, kind: str = "standin") -> None:
        self._on, self.values = device, np.asarray(values)
        self.device = SimpleNamespace(type=kind)
        self.dtype = str(self.values.dtype)

    def numel(self) -> int:
        return int(self.values.size)

    def detach(self) -> Tensor:
        return self

    def clone(self) -> Tensor:
        clone = Tensor(self._on, self.values, self.device.type)
        self._on.submit(lambda: setattr(clone, "values", self.values.copy()))
        return clone

    def cpu(self) -> Host:
        self._on.wait()
        host = Host(self._on)
        host.values = self.values
        return host

    def to(self, where: str, *, non_blocking: bool) -> Host:
        assert (where, non_blocking) == ("cpu", True)
        host = Host(self._on)
        host.numel = self.numel  # type: ignore[method-assign]
        self._on.submit(lambda: setattr(host, "values", self.values.copy()))
        return host

    def add_(self, other: Any) -> None:
        """In place, behind everything that was asked of the device before."""
        self._on.submit(lambda: setattr(self, "values", self.values + other))

    def item(self) -> Any:
        return self.cpu().item()

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def __float__(self) -> float:
        return float(self.item())

    __index__ = __int__ = __float__  # type: ignore[assignment]


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """A device with events, which counts them in ``events``."""
    device = Device()

    class Event:
        def record(self, stream: object) -> None:
            assert stream == "the current one"
            device.events += 1  # type: ignore[attr-defined]

        def synchronize(self) -> None:
            device.wait()

    device.events = 0  # type: ignore[attr-defined]
    torch = ModuleType("torch")
    torch.standin = SimpleNamespace(Event=Event, current_stream=lambda _device: "the current one")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    return device


KINDS = pytest.mark.parametrize("kind", ["standin", "without events"])


@KINDS
def test_the_training_thread_never_asks_for_a_value(kind: str, device: Device, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for step in range(20):
            run.log({"loss": Tensor(device, step * 0.5, kind), "lr": 0.1, "deep": {"n": Tensor(device, step, kind)}})
    assert points(project) == [(step, step * 0.5) for step in range(20)]
    assert points(project, "deep/n") == [(step, step) for step in range(20)]
    assert points(project, "lr") == [(step, 0.1) for step in range(20)]
    assert device.waits


@KINDS
def test_what_the_script_does_to_a_tensor_afterwards_does_not_matter(
    kind: str, device: Device, project: ProjectStore
) -> None:
    total = Tensor(device, 0.0, kind)
    with trackio.init(project="p") as run:
        for _ in range(20):
            run.log({"total": total})
            total.add_(1.0)
    assert points(project, "total") == [(step, float(step)) for step in range(20)]


def test_one_event_is_recorded_a_call_and_device(device: Device, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({f"m{place}": Tensor(device, place) for place in range(10)})
        assert device.events == 1  # type: ignore[attr-defined]
    assert points(project, "m9") == [(0, 9)]


VALUES: list[tuple[Any, Any]] = [
    (np.float32(0.5), 0.5),
    (np.int64(3), 3),
    (np.bool_(True), True),
    ([0.5], 0.5),
    ([[2]], 2),
    (float("nan"), float("nan")),
    ([1.0, 2.0], [1.0, 2.0]),
    ([], []),
]


@pytest.mark.parametrize(("values", "kept"), VALUES, ids=str)
def test_a_tensor_is_kept_as_one_in_memory_is(values: Any, kept: Any, device: Device, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"m": Tensor(device, values)})
    ((_, found),) = points(project, "m")
    reference = references.decode(found)
    found = found if reference is None else reference["_value"]
    assert type(found) is type(kept)
    assert str(found) == str(kept)


def test_tensors_in_lists_are_waited_for_too(device: Device, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"m": [Tensor(device, 1.0), 2, [Tensor(device, [3, 4]), {"x": Tensor(device, 5)}]]})
    ((_, found),) = points(project, "m")
    assert references.decode(found) == {"_type": "trackio.array", "_value": [1.0, 2, [[3, 4], {"x": 5}]]}


def test_metrics_of_the_machine_may_be_on_a_device(device: Device, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0}, step=3)
        run.log_system({"power": Tensor(device, 2.0)})
    ((_, step, _, value),) = project.values(run.id, "power", "system")
    assert (step, value) == (3, 2.0)


def test_the_summary_waits_for_what_a_device_computes(device: Device) -> None:
    with trackio.init(project="p") as run:
        run.log({"loss": Tensor(device, 0.5)})
        # By way of our own thread: the one that asks only waits for it.
        assert run.summary["loss"] == 0.5


def test_a_step_may_be_a_tensor_and_is_asked_for(project: ProjectStore) -> None:
    device = Device()
    device.caller = -1
    with trackio.init(project="p") as run:
        run.log({"loss": 1.0}, step=Tensor(device, 7))  # type: ignore[arg-type]
    assert points(project) == [(7, 1.0)]


class Faulty(Tensor):
    def to(self, where: str, *, non_blocking: bool) -> Host:  # noqa: ARG002
        raise RuntimeError("out of memory")


class Capturing(Tensor):
    def to(self, where: str, *, non_blocking: bool) -> Host:  # noqa: ARG002
        raise AssertionError("a copy would become part of the graph")


def test_a_device_that_fails_costs_its_values_alone(
    device: Device, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    torch: Any = sys.modules["torch"]

    class Lost:
        def synchronize(self) -> None:
            raise RuntimeError("an illegal memory access")

        def record(self, stream: object) -> None:
            pass

    class Refused(Lost):
        def record(self, stream: object) -> None:  # noqa: ARG002
            raise RuntimeError("no more events")

    torch.lost = SimpleNamespace(Event=Lost, current_stream=id)
    torch.refused = SimpleNamespace(Event=Refused, current_stream=id)
    torch.capturing = SimpleNamespace(Event=Lost, current_stream=id, is_current_stream_capturing=lambda: True)
    with trackio.init(project="p") as run:
        for step in range(2):
            run.log(
                {
                    "memory": Faulty(device, 1.0),
                    "lost": Tensor(device, 1.0, "lost"),
                    "refused": Tensor(device, 1.0, "refused"),
                    "meta": Tensor(device, 1.0, "meta"),
                    "captured": Capturing(device, 1.0, "capturing"),
                    "fine": Tensor(device, step * 0.5),
                    "loss": 1.0,
                }
            )
    assert points(project, "fine") == [(0, 0.0), (1, 0.5)]
    assert points(project) == [(0, 1.0), (1, 1.0)]
    assert {metric.name for metric in project.metrics(run.id)} == {"fine", "loss"}
    for told in ("out of memory", "an illegal memory access", "no more events", "meta device", "being captured"):
        assert caplog.text.count(told) == 1, told


class Distributed:
    """As torch's DTensor."""

    def __init__(self, local: Tensor, *, is_replicated: bool) -> None:
        self._local = local
        self.device = local.device
        self.placements = (SimpleNamespace(is_replicate=lambda: is_replicated),)

    def detach(self) -> Distributed:
        return self

    def to_local(self) -> Tensor:
        return self._local

    def item(self) -> Any:
        raise AssertionError("all ranks would have to take part")


def test_a_tensor_spread_over_ranks_is_taken_where_it_is_whole(
    device: Device, project: ProjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    with trackio.init(project="p") as run:
        run.log(
            {
                "whole": Distributed(Tensor(device, 1.0), is_replicated=True),
                "part": Distributed(Tensor(device, 1.0), is_replicated=False),
            }
        )
    assert points(project, "whole") == [(0, 1.0)]
    assert "log x.full_tensor() on all of them" in caplog.text


class Dispatched:
    """As an array of jax: computed when somebody asks, and gone when the next step is given its buffer."""

    def __init__(self, device: Device, value: float) -> None:
        self._on, self._value = device, value
        self.size, self.is_deleted = 1, False

    def copy(self) -> Dispatched:
        return Dispatched(self._on, self._value)

    def copy_to_host_async(self) -> None:
        pass

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        assert not self.is_deleted, "the array has been deleted"
        self._on.wait()
        return np.array(self._value, dtype)

    def item(self) -> Any:
        return np.asarray(self).item()


class Cupy:
    """As an array of CuPy."""

    __cuda_array_interface__ = MappingProxyType({})

    def __init__(self, device: Device, values: Any) -> None:
        self._on, self.values = device, np.asarray(values)
        self.size = int(self.values.size)

    def copy(self) -> Cupy:
        return Cupy(self._on, self.values.copy())

    def get(self) -> Any:
        self._on.wait()
        return self.values


class Eager:
    """As a tensor of TensorFlow on a GPU."""

    device = "/job:localhost/replica:0/task:0/device:GPU:0"
    size = 1

    def __init__(self, device: Device, value: float) -> None:
        self._on, self._value = device, value

    def numpy(self) -> Any:
        self._on.wait()
        return np.float32(self._value)


@pytest.mark.parametrize("make", [Dispatched, Cupy, Eager])
def test_arrays_of_other_libraries_are_read_in_our_thread(make: Any, device: Device, project: ProjectStore) -> None:
    with trackio.init(project="p") as run:
        for step in range(3):
            value = make(device, step * 0.5)
            run.log({"m": value})
            if isinstance(value, Dispatched):
                value.is_deleted = True
    assert points(project, "m") == [(0, 0.0), (1, 0.5), (2, 1.0)]
