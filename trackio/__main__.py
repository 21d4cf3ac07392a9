"""``python -m trackio`` is the ``trackio`` command."""

from __future__ import annotations

import sys

from trackio.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
