"""From the dict given to ``log()`` to one appended frame."""

from __future__ import annotations

from collections.abc import Mapping
from struct import error as struct_error
from threading import RLock
from time import time_ns
from typing import Any
from zlib import crc32

from trackio import journal
from trackio.errors import InvalidStep
from trackio.journal import HEAD, MAGIC, ROW, SEEDS, TICKET, RowKind
from trackio.records import MetricKind
from trackio.tracking.faults import Faults
from trackio.tracking.lanes import DEVICE
from trackio.tracking.late import LATE, Cell, Late, Load
from trackio.tracking.scalars import HIGHEST, fixed_code
from trackio.tracking.steps import whole
from trackio.tracking.values import flatten
from trackio.tracking.writer import Writer

_ROW_SEED = SEEDS[ROW]
_head = HEAD.pack

MOST_SHAPES = 4096
"""How many combinations of names and types are remembered."""


class _Plan:
    """How rows of one shape are packed, and the last such row."""

    __slots__ = ("_schema", "last", "number", "pack", "used")

    def __init__(self, schema: journal.Schema) -> None:
        self._schema, self.number, self.pack = schema, schema.id, schema.pack
        self.last: tuple[Any, ...] = ()
        self.used = 0

    def declaration(self) -> bytes:
        """The frames that say how rows of this shape are read."""
        return self._schema.declaration()

    def last_values(self) -> dict[str, Any]:
        """The values of the last such row; none for rows about the machine."""
        if not self.last:
            return {}
        return {name: value for name, value in zip(self._schema.keys, self.last, strict=True) if name != TICKET}


class Rows:
    """The rows of one run: their steps, their shapes, the one being put together, and what is still on its way.

    The run's lock is held by whoever calls, but for ``cells``; ``log_plain``, ``wait`` and ``last_values`` take it.
    """

    def __init__(self, writer: Writer, lock: RLock, faults: Faults, step: int) -> None:
        self.next_step = step
        self.is_plain = True
        """Whether rows may take the short path: the run goes on, and no row is being put together."""
        self._faults = faults
        self._plans: dict[tuple[Any, ...], _Plan] = {}
        self._shapes: dict[tuple[str, tuple[str, ...], str], _Plan] = {}
        self._declared = 0
        self._uses = 0
        self._last: dict[str, tuple[int, Any]] = {}
        """Values of shapes that were forgotten, and those that came late, with the use that they are of."""
        self._pending: dict[str, Cell] = {}
        self._pending_step: int | None = None
        self.restart(writer, lock)

    def restart(self, writer: Writer, lock: RLock) -> None:
        """Go on in another journal, as the child of a ``fork`` does; what is on its way is the parent's."""
        self._writer, self._lock = writer, lock
        # The journals are in a folder of the project.
        self._late = Late(writer.path.parents[1], lock, self._add_late, self._faults)
        self._pending = {name: cell for name, cell in self._pending.items() if cell[0] != LATE}
        self._forget_shapes()

    def go_on(self, writer: Writer) -> None:
        """Go on in another journal after ``finish``."""
        self.restart(writer, self._lock)
        self.is_plain = True

    def declarations(self) -> bytes:
        """The frames that declare every shape in use, for a journal that begins."""
        return b"".join(plan.declaration() for plan in self._shapes.values())

    def log_plain(self, metrics: Any, step: int | None) -> bool:
        """Append a row of a known shape; False, with nothing done, when it needs a closer look."""
        try:
            values = (*metrics.values(),)
            shape = (*metrics, *map(type, values))
            plan = self._plans[shape]
        except (KeyError, AttributeError, TypeError):
            return False
        with self._lock:
            if not self.is_plain:
                return False
            if step is None:
                step = self.next_step
            try:
                payload = plan.pack(plan.number, step, time_ns(), *values)
            except (struct_error, TypeError, ValueError, OverflowError):
                return False
            if step >= self.next_step:
                self.next_step = step + 1
            self._uses = plan.used = self._uses + 1
            plan.last = values
            self._writer.append(_head(MAGIC, len(payload), crc32(payload, _ROW_SEED), ROW) + payload)
        return True

    def cells(self, metrics: Mapping[str, Any]) -> dict[str, Cell]:
        """What a call was given, as rows can hold it; what cannot be stored is told once and left out."""
        return flatten(metrics, self._late.drop)

    def log(self, metrics: Mapping[str, Any], flat: Mapping[str, Cell], step: Any, *, commit: bool) -> None:
        """Add cells to the row being put together, and append it when it is complete; raises InvalidStep.

        ``metrics`` is what they were made of.
        """
        number: int | None = None
        error: InvalidStep | None = None
        if step is not None:
            try:
                number = whole(step)
            except InvalidStep:
                error = InvalidStep(step, f"the values were kept at step {min(self.next_step, HIGHEST)}")
        if self._pending_step is not None and number not in (None, self._pending_step):
            self.complete()
        self._pending.update(flat)
        if number is not None:
            self._pending_step = number
        if commit:
            self.complete()
            self._learn(metrics, flat)
        else:
            self.is_plain = False
        if error is not None:
            raise error

    def log_system(self, flat: Mapping[str, Cell]) -> None:
        """Append metrics of the machine, at the step last logged; they count no row of the run."""
        if flat:
            self._append(flat, min(max(self.next_step - 1, 0), HIGHEST), "system")

    def complete(self) -> None:
        """Append the row that was put together, if there is one."""
        flat, self._pending = self._pending, {}
        number, self._pending_step = self._pending_step, None
        # After the highest step there is no next one.
        step = min(self.next_step, HIGHEST) if number is None else number
        self.next_step = max(self.next_step, step + 1)
        self.is_plain = True
        if flat:
            self._append(flat, step, "metric")

    def finish(self) -> None:
        """Append what was put together; there will be no more rows, but for what is on its way."""
        if self._pending:
            self.complete()
        self.is_plain = False

    def tend(self) -> None:
        """Add what has arrived and could not be added at once."""
        self._late.collect()

    @property
    def is_waiting(self) -> bool:
        """Whether values are still on their way to their rows."""
        self._late.collect()
        return bool(self._late.expected())

    def wait(self) -> None:
        """Wait until every value logged so far is journaled."""
        self._late.wait()

    def last_values(self) -> dict[str, Any]:
        """The last value of every metric logged so far; waits for those that a device computes, not for media."""
        self._late.wait(DEVICE)
        with self._lock:
            return {
                name: value.item() if hasattr(value, "item") else value for name, (_, value) in self._known().items()
            }

    def _known(self) -> dict[str, tuple[int, Any]]:
        """The last value of every metric, with the use that it is of."""
        known = dict(self._last)
        for plan in self._shapes.values():
            for name, value in plan.last_values().items():
                if name not in known or plan.used > known[name][0]:
                    known[name] = (plan.used, value)
        return known

    def _append(self, flat: Mapping[str, Cell], step: int, kind: MetricKind) -> None:
        """Append a row; what is on its way follows in rows of its own."""
        self._uses += 1
        on_the_way = {name: cell[1] for name, cell in flat.items() if cell[0] == LATE}
        loads = self._late.expect(on_the_way, step, self._uses) if on_the_way else []
        there = [(TICKET, "q", load.ticket) for load in loads]
        there += [(name, code, value) for name, (code, value) in flat.items() if code != LATE]
        keys, codes, values = zip(*there, strict=True)
        plan = self._write(kind, keys, "".join(codes), step, values)
        if kind == "metric":
            plan.used, plan.last = self._uses, values
        self._late.send(loads)

    def _add_late(self, load: Load) -> None:
        """Append values that have arrived, under the ticket of their row."""
        if load.cells:
            codes, values = zip(*load.cells.values(), strict=True)
            self._write("late", (TICKET, *load.cells), "".join(("q", *codes)), load.step, (load.ticket, *values))
        for name, (_, value) in load.cells.items():
            if name not in self._last or load.use > self._last[name][0]:
                self._last[name] = (load.use, value)

    def _write(self, kind: RowKind, keys: tuple[str, ...], codes: str, step: int, values: tuple[Any, ...]) -> _Plan:
        plan = self._plan(kind, keys, codes)
        self._writer.append(journal.frame(ROW, plan.pack(plan.number, step, time_ns(), *values)))
        return plan

    def _plan(self, kind: RowKind, keys: tuple[str, ...], codes: str) -> _Plan:
        plan = self._shapes.get((kind, keys, codes))
        if plan is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._forget_shapes()
            plan = _Plan(journal.Schema(self._declared, keys, codes, kind))
            self._declared += 1
            self._shapes[kind, keys, codes] = plan
            self._writer.append(plan.declaration())
        return plan

    def _forget_shapes(self) -> None:
        """A script that never logs the same names twice must not fill the memory."""
        self._last = self._known()
        self._plans.clear()
        self._shapes.clear()

    def _learn(self, metrics: Mapping[str, Any], flat: Mapping[str, Cell]) -> None:
        """Let rows of these names and types take the short path, when the types alone decide how they are kept."""
        if type(metrics) is dict and flat and tuple(flat) == tuple(metrics):
            types = tuple(map(type, metrics.values()))
            if all(fixed_code(kind) == code for kind, (code, _) in zip(types, flat.values(), strict=True)):
                shape = (*metrics, *types)
                self._plans[shape] = self._plan("metric", tuple(flat), "".join([code for code, _ in flat.values()]))
