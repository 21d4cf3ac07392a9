"""One of TensorBoard's event files: its records, read with TensorBoard's own protocol buffers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackio import tfrecords
from trackio.errors import MissingExtra
from trackio.importers.imported import ImportFailed, Watch

_BUFFER_BYTES = 1 << 20
_HEAD_BYTES = 1 << 12
_KEPT = "What is before that is imported"


def proto() -> Any:
    """The class of events; raises MissingExtra where TensorBoard is not installed."""
    try:
        from tensorboard.compat.proto import event_pb2
    except ImportError:
        raise MissingExtra("tensorboard", "tensorboard") from None
    return event_pb2.Event


def nanoseconds(wall_time: float) -> int:
    """Seconds since 1970 as whole nanoseconds, exactly; 0 for what is no time."""
    if not 0 <= wall_time < 1 << 33:
        return 0
    whole = int(wall_time)
    return whole * 10**9 + round((wall_time - whole) * 1e9)


class EventFile:
    """One event file."""

    def __init__(self, path: Path, watch: Watch) -> None:
        self._path, self._watch = path, watch

    def events(self) -> Iterator[tuple[int, Any]]:
        """Each event, and where it ends; what is damaged is told and left out."""
        parse = proto().FromString
        try:
            with self._path.open("rb", buffering=_BUFFER_BYTES) as file:
                for at, data in tfrecords.records(file, self._damaged):
                    try:
                        event = parse(data)
                    except ValueError:
                        self._damaged(at - len(data), is_rest=False)
                        continue
                    yield at, event
        except OSError as error:
            self._watch.failed(ImportFailed(self._path, error.strerror or str(error), kept=_KEPT))

    def _damaged(self, at: int, *, is_rest: bool) -> None:
        what = "it is damaged from byte" if is_rest else "it has a damaged record at byte"
        kept = _KEPT if is_rest else "The rest of it is imported"
        self._watch.failed(ImportFailed(self._path, f"{what} {at:,}", kept=kept))


def first(path: Path) -> tuple[Any, bytes]:
    """The first event of a file and its bytes, which are empty when the file holds nothing but its version."""
    parse = proto().FromString
    damage: list[int] = []

    def damaged(at: int, *, is_rest: bool) -> None:  # noqa: ARG001 - the record before the first value is what counts
        damage.append(at)

    found: tuple[Any, bytes] | None = None
    try:
        with path.open("rb", buffering=_HEAD_BYTES) as file:
            for _, data in tfrecords.records(file, damaged):
                event = parse(data)
                found = found or (event, data)
                if event.summary.value:
                    return found
    except OSError as error:
        raise ImportFailed(path, error.strerror or str(error)) from None
    except ValueError:
        damage.append(0)
    if damage and found is None:
        raise ImportFailed(path, "it is no event file")
    return (found[0] if found else None), b""
