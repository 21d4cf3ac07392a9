"""Where the map step runs: in this process when there is little to do, else in a pool of processes."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from trackio.errors import ReportError

SECONDS_OF_A_CHART, SECONDS_OF_A_RUN, SECONDS_OF_A_POINT = 0.4, 0.008, 2e-6
SECONDS_OF_A_POWER = 0.01
"""What a chart of power adds to a run's page."""
WORTH_A_POOL_SECONDS = 5.0
"""A worker takes two seconds to load what draws charts and to hand over its files; less is done sooner without."""
MOST_WORKERS = 8
"""Each holds about 150 MB."""


class InProcess(Executor):
    """Does each job at once, in the calling thread."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is already done."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries any error to the one who asks for the result
            future.set_exception(error)
        return future


class _Pool(ProcessPoolExecutor):
    """Processes that do not run the caller's script again.

    A spawned process imports its parent's ``__main__``: a script without a guard would begin a second report in each
    worker, which waits for the folder that the first one holds. Jobs live in this package and need no ``__main__``.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a job; processes start here, in the calling thread."""
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return super().submit(function, *args, **kwargs)
        finally:
            sys.modules["__main__"] = main


@contextmanager
def workers(seconds: float, jobs: int, most: int | None = None) -> Iterator[Executor]:
    """An executor for ``jobs`` jobs of about so many seconds in all, with ``most`` workers at most."""
    count = min(processors(most), jobs)
    if count <= 1 or seconds < WORTH_A_POOL_SECONDS:
        yield InProcess()
        return
    # Forking would copy locks that threads of this process hold, such as Vega's.
    pool = _Pool(count, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def processors(most: int | None = None) -> int:
    """How many workers there may be."""
    if most is not None:
        return most
    return min(_processors(), MOST_WORKERS)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def submit(executor: Executor, function: Callable[[Any], Any], todo: Iterable[Any]) -> list[Future[Any]]:
    """A future for each job."""
    return [executor.submit(function, job) for job in todo]


def finished(futures: list[Future[Any]]) -> Iterable[Any]:
    """The results as they come; ``futures`` is emptied. Raises ReportError when a worker was ended."""
    done = as_completed(list(futures))
    # Whoever holds a future holds its result, and these are files.
    futures.clear()
    try:
        for future in done:
            yield future.result()
    except BrokenExecutor as error:
        raise ReportError(
            "A process that draws charts was ended, perhaps for want of memory. Try again with `--workers 1`."
        ) from error
