"""The logger of the package, which says whose a message is also where the program has set up no logging."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

_found: Logger | None = None


def logger() -> Logger:
    """``logging.getLogger("trackio")``; until the program sets up logging, warnings go to the standard error."""
    global _found  # noqa: PLW0603 - made with the first message: logging takes its time to load
    if _found is None:
        import logging

        class Plain(logging.Handler):
            """Stands in for logging's own last resort, which does not name who speaks."""

            def emit(self, record: logging.LogRecord) -> None:
                if logging.root.handlers:
                    return
                try:
                    sys.stderr.write(f"trackio: {self.format(record)}\n")
                    sys.stderr.flush()
                except (OSError, ValueError, AttributeError):
                    # No terminal to write to, as in a service; ValueError says that it is closed.
                    return

        _found = logging.getLogger("trackio")
        _found.addHandler(Plain(logging.WARNING))
    return _found
