"""Milliseconds a training step takes on a GPU: without logging, logging the loss each step, and by way of `.item()`.

Argument: how many steps. The three take turns, so that a GPU that slows down as it warms up slows all of them. Reports
`devices=0` where there is no GPU, or no torch. A step is a small net's forward, backward and update: short, so that a
wait for the device shows, and queued ahead of it, as in training.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from itertools import count as count_from
from typing import Any

from adapters import chosen, percentile, report

adapter, folder, [count] = chosen()
try:
    import torch
except ModuleNotFoundError:
    report(devices=0)
    sys.exit()
if not torch.cuda.is_available():
    report(devices=0)
    sys.exit()

net = torch.nn.Sequential(*[torch.nn.Linear(2048, 2048) for _ in range(8)], torch.nn.Linear(2048, 1)).cuda()
optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
batch = torch.randn(512, 2048, device="cuda")
calls: list[int] = []
steps = count_from(0)


def train(log: Callable[[Any], None]) -> float:
    """Milliseconds a step, until the device has done all of them."""
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(int(count)):
        optimizer.zero_grad(set_to_none=True)
        loss = net(batch).square().mean()
        loss.backward()
        optimizer.step()
        called = time.perf_counter_ns()
        log(loss)
        calls.append(time.perf_counter_ns() - called)
    torch.cuda.synchronize()
    return (time.perf_counter() - began) * 1e3 / int(count)


adapter.start(folder, "run")
ways: dict[str, Callable[[Any], None]] = {
    "bare_ms": lambda _loss: None,
    "logged_ms": lambda loss: adapter.log({"loss": loss}, next(steps)),
    "item_ms": lambda loss: adapter.log({"loss": loss.item()}, next(steps)),
}
for way in ways.values():
    train(way)
took: dict[str, list[float]] = {name: [] for name in ways}
logged: list[int] = []
for _ in range(5):
    for name, way in ways.items():
        calls.clear()
        took[name].append(train(way))
        logged += calls if name == "logged_ms" else []
adapter.finish()
logged.sort()
medians = {name: statistics.median(values) for name, values in took.items()}
added = (medians["logged_ms"] / medians["bare_ms"] - 1) * 100
report(devices=torch.cuda.device_count(), added_percent=added, log_us=percentile(logged, 0.5) / 1e3, **medians)
