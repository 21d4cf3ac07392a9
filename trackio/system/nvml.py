"""NVIDIA's driver, asked through its own binding: ``pynvml``, of the package nvidia-ml-py. No question raises.

NVML counts who has started it, so a process starts it once for all that we ask, and we never shut it down: others in
the process may be asking too, and it ends with the process. A fork inherits a library whose connection is its parent's:
there it is started again, and every GPU is looked up anew; so it is when somebody else has shut it down once too often.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

_LIBRARY = "libnvidia-ml.so.1"
_UNINITIALIZED, _INVALID_ARGUMENT, _NO_PERMISSION, _NOT_FOUND, _UNKNOWN = 1, 2, 4, 12, 999
_NO_ANSWER = {
    _NO_PERMISSION: "the NVIDIA driver does not answer this user",
    9: "the NVIDIA driver is not loaded",
    _NOT_FOUND: "no NVIDIA driver was found",
    15: "a GPU is lost; `nvidia-smi` tells which",
    18: "the NVIDIA driver and its library are of different versions, as after an update; restart the machine",
}
"""What to say of NVML's errors, by their numbers."""
_NOT_AVAILABLE = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
"""What NVML writes where it has no number and no error for that."""
_VALUES = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal")
"""Members of a field's value by the number of its type."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question has no answer."""

    code: int | None
    """NVML's number for it; None where the driver was not reached."""
    reason: str

    @property
    def is_for_this_user(self) -> bool:
        """Whether others may ask this."""
        return self.code == _NO_PERMISSION


class Driver:
    """The driver, for any number of threads: starting it twice at once does no harm, so there is no lock to inherit."""

    def __init__(self) -> None:
        self._binding: Any = None
        self._started_in: int | None = None

    def ask(self, function: str, *arguments: Any) -> Any:
        """What a function of the binding returns, or a ``Refusal``."""
        answer = self._start() or self._call(function, *arguments)
        if isinstance(answer, Refusal) and answer.code == _UNINITIALIZED:
            self._started_in = None
            answer = self._start() or self._call(function, *arguments)
        return answer

    def _start(self) -> Refusal | None:
        if self._started_in == os.getpid():
            return None
        if not _may_be_there():
            return Refusal(_NOT_FOUND, _NO_ANSWER[_NOT_FOUND])
        try:
            import pynvml
        except ImportError:
            return Refusal(None, "the package nvidia-ml-py is not installed")
        self._binding = pynvml
        answer = self._call("nvmlInit")
        if isinstance(answer, Refusal):
            return answer
        self._started_in = os.getpid()
        return None

    def _call(self, function: str, *arguments: Any) -> Any:
        nvml = self._binding
        try:
            return getattr(nvml, function)(*arguments)
        except nvml.NVMLError as error:
            code = int(getattr(error, "value", _UNKNOWN))
            return Refusal(code, _NO_ANSWER.get(code, f"the NVIDIA driver does not answer: {error}"))
        except (AttributeError, UnicodeDecodeError, getattr(nvml, "NVMLLibraryMismatchError", AttributeError)) as error:
            # A binding or a driver that is too old for the question, or a name that is no text.
            return Refusal(None, f"the NVIDIA driver gave no answer: {error}")


def _may_be_there() -> bool:
    """Whether the binding has a driver to find: loading it takes 30 ms of a script's first second, most have no GPU."""
    if sys.platform != "linux" or "pynvml" in sys.modules:
        return True
    import ctypes

    try:
        ctypes.CDLL(_LIBRARY)
    except OSError:
        return False
    return True


DRIVER = Driver()
"""That of this process, and after a fork that of the child."""


class Gpu:
    """One GPU, which is looked up again whenever what it was known by holds no more."""

    def __init__(self, index: int, uuid: str, driver: Driver = DRIVER) -> None:
        self.index, self.uuid = index, uuid
        self._driver = driver
        self._handle: tuple[int, Any] | None = None

    def ask(self, function: str, *arguments: Any) -> Any:
        """What a function of the binding says of this GPU; None when it says nothing."""
        for _ in range(2):
            handle = self._reach()
            if isinstance(handle, Refusal):
                return None
            answer = self._driver.ask(function, handle, *arguments)
            if not isinstance(answer, Refusal):
                return answer
            if answer.code != _INVALID_ARGUMENT:
                return None
            self._handle = None
        return None

    def number(self, function: str, *arguments: Any) -> int | None:
        """The same for a count."""
        return _count(self.ask(function, *arguments))

    def text(self, function: str) -> str | None:
        """The same for a text."""
        answer = self.ask(function)
        return None if answer is None else as_text(answer)

    def field(self, number: int, scope: int = 0) -> int | None:
        """A field of ``nvmlDeviceGetFieldValues`` in one of its scopes."""
        answer = self.ask("nvmlDeviceGetFieldValues", [(number, scope)])
        if answer is None or answer[0].nvmlReturn or not 0 <= answer[0].valueType < len(_VALUES):
            return None
        return _count(int(getattr(answer[0].value, _VALUES[answer[0].valueType])))

    def _reach(self) -> Any:
        if self._handle is None or self._handle[0] != os.getpid():
            found = self._driver.ask("nvmlDeviceGetHandleByUUID", self.uuid.encode())
            if isinstance(found, Refusal):
                return found
            self._handle = (os.getpid(), found)
        return self._handle[1]


def as_text(answer: str | bytes) -> str:
    """A text of the driver, which older bindings give as bytes."""
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _count(answer: object) -> int | None:
    return answer if isinstance(answer, int) and answer >= 0 and answer not in _NOT_AVAILABLE else None
