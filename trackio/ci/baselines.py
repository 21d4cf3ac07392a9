"""What runs are compared with: runs by name, the newest with a tag, a group of seeds, or a file that was saved."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio import grammar
from trackio.ci.evaluating import Subject, Unknown, Value
from trackio.ci.recorded import look_up, missing, plain
from trackio.ci.rules import Quantity
from trackio.errors import StoreError, UnknownBaseline

if TYPE_CHECKING:
    from trackio.records import RunRecord

FORMAT = "trackio_baseline"
KINDS = ("run", "tag", "group", "file")
MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A run as a file keeps it."""

    name: str
    entry: Mapping[str, Any]

    def value(self, quantity: Quantity) -> Value:
        """What the run had; raises Unknown."""
        if quantity.kind == "metric":
            return self._metric(quantity)
        section = self._section(quantity.kind)
        found = look_up(section, quantity.name)
        if found is None:
            raise missing(f"Of run {self.name!r} the file has no {quantity}", quantity.name, list(section))
        return _number_or_text(found)

    def _metric(self, quantity: Quantity) -> Value:
        metrics = self._section("metrics")
        own = metrics.get(quantity.name)
        if not isinstance(own, Mapping):
            raise missing(f"Of run {self.name!r} the file has no {quantity.name!r}", quantity.name, list(metrics))
        if quantity.aggregate == "at":
            found = own.get("at", {}).get(str(quantity.step))
            if found is None:
                raise Unknown(
                    f"The file keeps {quantity.name!r} at the steps alone that rules named when it was saved; "
                    f"save it again with a rule about step {quantity.step}."
                )
        else:
            found = own.get(quantity.aggregate)
        return math.nan if found is None else _number_or_text(found)

    def _section(self, name: str) -> Mapping[str, Any]:
        found = self.entry.get(name)
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A baseline that was found."""

    kind: str
    """``run``, ``tag``, ``group`` or ``file``."""
    name: str
    records: tuple[RunRecord, ...] = ()
    """Of the store; none of a file."""
    kept: tuple[Kept, ...] = ()
    """Of a file."""


def find(text: str, records: Sequence[RunRecord], checked: Sequence[RunRecord]) -> Chosen:
    """What a name stands for among the runs of a project, those that are ``checked`` left out of tags and groups.

    It is looked for as a run, a tag, a group and a file, in this order; ``run:``, ``tag:``, ``group:`` and ``file:``
    before it say which is meant. Runs of a tag and of a group are those that finished. Raises UnknownBaseline, and
    StoreError for a file that cannot be read as one.
    """
    kind, colon, rest = text.partition(":")
    if colon and kind in KINDS:
        found = _of_kind(kind, rest, records, checked)
    else:
        rest = text
        found = next(filter(None, (_of_kind(one, text, records, checked) for one in KINDS)), None)
    if found is not None:
        return found
    raise _unknown(rest, kind if rest != text else None, records, checked)


def _unknown(
    name: str, kind: str | None, records: Sequence[RunRecord], checked: Sequence[RunRecord]
) -> UnknownBaseline:
    """Why there is no baseline of that name, with the nearest names; those of one kind where that was meant."""
    others = {one.id for one in checked}
    left = [one for one in records if one.id not in others]
    known = {
        "run": {one.name for one in left},
        "tag": {tag for one in left for tag in one.tags},
        "group": {one.group for one in left if one.group is not None},
        "file": set[str](),
    }
    kinds = KINDS if kind is None else (kind,)
    if any(name in known[one] for one in kinds):
        return UnknownBaseline(name, [], "the runs that finished, beside the one that is checked")
    where = "runs, tags, groups and files" if kind is None else f"{kind}s"
    return UnknownBaseline(name, sorted(set[str]().union(*(known[one] for one in kinds))), where)


def _of_kind(kind: str, name: str, records: Sequence[RunRecord], checked: Sequence[RunRecord]) -> Chosen | None:
    others = {one.id for one in checked}
    finished = [one for one in records if one.status == "finished" and one.id not in others]
    match kind:
        case "run":
            found = [one for one in records if one.id == name] or [one for one in records if one.name == name][-1:]
            if not found and "*" in name:
                wanted = set(grammar.chosen([one.name for one in finished], [name]))
                found = [one for one in finished if one.name in wanted]
        case "tag":
            found = [one for one in finished if name in one.tags][-1:]
        case "group":
            found = [one for one in finished if one.group == name]
        case _:
            path = Path(name)
            return Chosen("file", name, kept=read(path)) if _is_file(path) else None
    return Chosen(kind, name, tuple(found)) if found else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A name that no file can have.
        return False


def read(path: Path) -> tuple[Kept, ...]:
    """The runs of a file that `trackio check --save-baseline` wrote; raises StoreError for another one."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        whole = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _no_baseline(path, str(error)) from None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not isinstance(whole, dict) or whole.get(FORMAT) != 1 or not isinstance(whole.get("runs"), list):
        raise _no_baseline(path, f"it does not begin with {FORMAT}")
    entries = [one for one in whole["runs"] if isinstance(one, dict)]
    if not entries:
        raise _no_baseline(path, "there are no runs in it")
    return tuple(Kept(str(one.get("name", "")), one) for one in entries)


def _no_baseline(path: Path, reason: str) -> StoreError:
    return StoreError(f"{path} is no baseline: {reason}. `trackio check --save-baseline {path}` writes one.")


def _number_or_text(found: object) -> Value:
    odd = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
    return plain(odd.get(found, found) if isinstance(found, str) else found, "What the file says")


def names(subjects: Sequence[Subject]) -> str:
    """The runs in words, the first of many."""
    found = [one.name for one in subjects]
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
