"""Where things lie under the home directory, and how any text becomes a file name.

::

    HOME/listening/<any>.json                      where a dashboard or server listens that shows this home
    HOME/projects/<key>/project.json               the project's name as given
    HOME/projects/<key>/trackio.db                 the truth
    HOME/projects/<key>/journals/<run key>.<writer>.journal
    HOME/projects/<key>/runs/<run key>.parquet     derived
    HOME/projects/<key>/files/<2>/<sha256>.<kind>  media, files and artifacts, each once; <2> are its first two digits
    HOME/projects/<key>/working/<run key>/         what a script puts into ``run.dir``, until the run has ended
    HOME/projects/<key>/sweeps/<key of the id>/    what was asked for, and the trials
    HOME/projects/<key>/set-aside/                 bytes of journals that could not be read
    HOME/projects/<key>/outbox/<journal>.json      which journals are to be sent to a server, and to which
    HOME/projects/<key>/receiving/                 which journals come over HTTP, and the locks of whoever takes them in
    HOME/projects/<key>/deleted/<run key>.json     runs whose journals are taken in no more
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from trackio.errors import InvalidName

LONGEST_KEY = 60

PROJECT_FILE = "project.json"
DATABASE_FILE = "trackio.db"
SWEEP_FILE = "sweep.json"
JOURNAL_SUFFIX = ".journal"

_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# A name that looks like a slug with a hash would collide with the key of another name.
_HASHED = re.compile(r".*-[0-9a-f]{8}")


def valid_name(kind: str, name: object) -> str:
    """The name as text that every layer below can hold; empty names and other types are refused."""
    if not isinstance(name, str):
        raise InvalidName(kind, name, f"it is {type(name).__name__}, not text")
    if not name.strip():
        raise InvalidName(kind, name, "it is empty")
    return clean(name)


def clean(text: str) -> str:
    """The text with lone surrogates replaced, so that it can be encoded as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def key(name: str) -> str:
    """A file name for any text: safe on every file system, the same for ever, and no two names share one."""
    if len(name) <= LONGEST_KEY and _PLAIN.fullmatch(name) and not _HASHED.fullmatch(name):
        return name
    # These cost 20 ms, which plain names need not pay.
    from hashlib import blake2b

    from slugify import slugify

    digest = blake2b(name.encode(), digest_size=4).hexdigest()
    slug = slugify(name, max_length=LONGEST_KEY)
    return f"{slug}-{digest}" if slug else digest


def projects_directory(home: Path) -> Path:
    """The folder with one folder a project."""
    return home / "projects"


def project_directory(home: Path, name: str) -> Path:
    """The folder of a project, whether it exists or not."""
    return projects_directory(home) / key(name)


def home(project: Path) -> Path:
    """The home in which the folder of a project lies."""
    return project.parent.parent


def create_project(home: Path, name: str) -> Path:
    """Make the folder of a project unless it is there, and return it; many threads and processes may do so at once."""
    directory = project_directory(home, name)
    label = directory / PROJECT_FILE
    if not label.exists():
        journals(directory).mkdir(parents=True, exist_ok=True)
        draft = directory / f"{PROJECT_FILE}.{os.urandom(6).hex()}"
        draft.write_text(json.dumps({"name": name}), encoding="utf-8")
        draft.replace(label)
    return directory


def project_name(directory: Path) -> str | None:
    """The name of the project in a folder; None when the folder holds no project."""
    try:
        name = json.loads((directory / PROJECT_FILE).read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


def database(project: Path) -> Path:
    """The SQLite database of a project."""
    return project / DATABASE_FILE


def journals(project: Path) -> Path:
    """The folder of the journals that are not yet wholly folded."""
    return project / "journals"


def journal(project: Path, run_id: str, writer: str) -> Path:
    """The journal of one writer (a process) of one run."""
    return journals(project) / f"{key(run_id)}.{writer}{JOURNAL_SUFFIX}"


def parquet(project: Path, run_id: str) -> Path:
    """The sealed snapshot of a run."""
    return project / "runs" / f"{key(run_id)}.parquet"


def files(project: Path) -> Path:
    """The folder of files that are kept under their content's digest."""
    return project / "files"


def working(project: Path, run_id: str) -> Path:
    """The folder where a run's script puts files that shall be saved with it."""
    return project / "working" / key(run_id)


def sweeps(project: Path) -> Path:
    """The folder with one folder a sweep."""
    return project / "sweeps"


def outbox(project: Path) -> Path:
    """The folder of what is noted of journals that are to be sent to a server."""
    return project / "outbox"


def receiving(project: Path) -> Path:
    """The folder of what a server notes of journals that are sent to it; there is none where nothing was sent."""
    return project / "receiving"


def received(project: Path, journal_name: str) -> Path:
    """The mark of a journal that comes over HTTP."""
    return receiving(project) / journal_name


def deletions(project: Path) -> Path:
    """The folder of the marks of runs that were deleted."""
    return project / "deleted"


def deleted(project: Path, run_id: str) -> Path:
    """The mark of a run that was deleted."""
    return deletions(project) / f"{key(run_id)}.json"


def set_aside(project: Path) -> Path:
    """The folder for bytes of journals that could not be read."""
    return project / "set-aside"
