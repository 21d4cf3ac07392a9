"""What is in a Space that holds a server: its card, ``app.py``, and what it requires."""

from __future__ import annotations

import json
import re

from trackio.publish import shipped
from trackio.version import __version__

TAG = "trackio"
SDK, SDK_VERSION, PYTHON_VERSION = "gradio", "6.31.0", "3.12"
"""The Hub wants to be told of a gradio, and installs that one. The server speaks for itself and uses nothing of it."""

APP, REQUIREMENTS, CARD = "app.py", "requirements.txt", "README.md"

_MARK = "Written by trackio, which writes it anew when it is updated."
_SHIPPED = """
import sys
import tempfile
import zipfile
from pathlib import Path

place = tempfile.mkdtemp(prefix="trackio-")
with zipfile.ZipFile(Path(__file__).parent / "{wheel}") as wheel:
    wheel.extractall(place)
sys.path.insert(0, place)
"""
_MAIN = """
from trackio.hosting import main

main()
"""
_VERSION = re.compile(r"^# trackio (\S+)$", re.MULTILINE)


def files(space_id: str) -> dict[str, bytes]:
    """All files by name, for this version of trackio."""
    card = (
        f"---\ntitle: {json.dumps(space_id.partition('/')[2])}\nemoji: 📈\ncolorFrom: blue\ncolorTo: gray\n"
        f'sdk: {SDK}\nsdk_version: "{SDK_VERSION}"\npython_version: "{PYTHON_VERSION}"\napp_file: {APP}\n'
        f"pinned: false\ntags:\n- {TAG}\n---\n\n"
        "A server that takes in training runs, and shows them, with trackio: "
        f'`trackio.init(space_id="{space_id}")`.\n'
    )
    is_named = shipped.is_on_index()
    wanted = [f"trackio[{','.join(shipped.EXTRAS)}]=={__version__}"] if is_named else shipped.requirements()
    found = {
        CARD: card.encode(),
        REQUIREMENTS: "\n".join([f"# trackio {__version__}", *wanted, ""]).encode(),
        APP: (f'"""{_MARK}"""\n' + ("" if is_named else _SHIPPED.format(wheel=shipped.name())) + _MAIN).encode(),
    }
    return found if is_named else {**found, shipped.name(): shipped.wheel()}


def is_written(app: bytes) -> bool:
    """Whether an ``app.py`` is one of ours."""
    return _MARK.encode() in app


def version(requirements: str) -> tuple[int, ...]:
    """Which trackio a Space has, for comparing; nothing when it does not say."""
    found = _VERSION.search(requirements)
    return numbers(found[1]) if found else ()


def numbers(given: str) -> tuple[int, ...]:
    """The numbers of a version up to its first other part."""
    release = re.match(r"\d+(?:\.\d+)*", given)
    return tuple(map(int, release[0].split("."))) if release else ()
