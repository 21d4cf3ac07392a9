"""Runs the tests of each folder beside this file in an environment of its own: real packages, no network.

python tests/clients/environments.py                          every environment
python tests/clients/environments.py hf trackers              these alone
python tests/clients/environments.py hf --pytest="-k push"    with options for pytest

A folder's requirements.txt says what its environment holds besides what trackio requires. Environments are kept, for
every checkout, under TRACKIO_CLIENT_VENVS or else ~/.cache/trackio/clients, and made anew when what they must hold
changes. The checkout is never installed into one: the wheel that it builds is laid before it on the path.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from hashlib import sha256
from importlib.metadata import Distribution
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
NAMES = sorted({path.parent.name for path in HERE.glob("*/test_*.py")})
READY = ".ready"
UNUSED_SECONDS = 14 * 24 * 3600.0
"""An environment that nobody used for so long is removed: they hold gigabytes."""
HIDDEN = ("TRACKIO_", "WANDB_", "HF_", "MLFLOW_", "ZENML_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "XDG_")
"""Variables of the caller that the clients would act upon, by how they begin."""


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="environment", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--pytest", default="", metavar="OPTIONS", help="what pytest is given besides")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"there is no {', '.join(unknown)}, but {', '.join(NAMES)}")
    failed = []
    with tempfile.TemporaryDirectory(prefix="trackio-clients-") as temporary:
        site = wheel(Path(temporary))
        for name in options.names or NAMES:
            print(f"== {name}", flush=True)
            started = time.monotonic()
            python = environment(name, requirements(name, site))
            print(f"{name} is ready after {time.monotonic() - started:.0f} s", flush=True)
            home = Path(temporary) / name
            home.mkdir()
            if tests(name, python, site, home, shlex.split(options.pytest)):
                failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def wheel(folder: Path) -> Path:
    """A folder with the checkout's wheel in it, unpacked as an installation would."""
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, CHECKOUT]
    subprocess.run([sys.executable, *build], check=True)
    [path] = folder.glob("trackio-*.whl")
    site = folder / "site"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(site)
    return site


def requirements(name: str, site: Path) -> str:
    """What the environment must hold, as a requirements file: the folder's own, then what the wheel asks for."""
    [metadata] = site.glob("trackio-*.dist-info")
    ours = [one for one in Distribution.at(metadata).requires or [] if "extra ==" not in one]
    return "\n".join([(HERE / name / "requirements.txt").read_text("utf-8"), *ours, "pytest>=8.0", ""])


def environment(name: str, content: str) -> Path:
    """The interpreter of an environment that holds ``content``; one that lacks only our own requirements gets them."""
    folder = cache()
    kind = f"{sys.version} {sys.base_prefix}\n{(HERE / name / 'requirements.txt').read_text('utf-8')}"
    venv = folder / f"{name}-{sha256(kind.encode()).hexdigest()[:12]}"
    listed, ready = venv / "requirements.txt", venv / READY
    with FileLock(folder / f"{venv.name}.lock"):
        if not ready.exists() or listed.read_text("utf-8") != content:
            print(f"Installing into {venv}", flush=True)
            if not ready.exists():
                subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
            listed.write_text(content, "utf-8")
            ready.unlink(missing_ok=True)
            install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--requirement", listed]
            subprocess.run([venv / "bin" / "python", *install], check=True)
        ready.touch()
    for other in folder.glob(f"{name}-*/{READY}"):
        if time.time() - other.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(other.parent, ignore_errors=True)
    return venv / "bin" / "python"


def cache() -> Path:
    """Where environments are kept: a folder that other checkouts share, else ``build/`` in this one."""
    wanted = os.environ.get("TRACKIO_CLIENT_VENVS")
    shared = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "trackio" / "clients"
    folder = Path(wanted).resolve() if wanted else shared
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        # A home that cannot be written, as in some containers.
        pass
    folder = CHECKOUT / "build" / "clients"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tests(name: str, python: Path, site: Path, home: Path, options: list[str]) -> int:
    """Run the tests of one folder in a home of their own; the exit status of pytest."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    variables |= {
        "HOME": str(home),
        "PYTHONPATH": str(site),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "WANDB_MODE": "offline",
        "CUDA_VISIBLE_DEVICES": "",
        "TOKENIZERS_PARALLELISM": "false",
    }
    # Bytecode would be written beside the tests of a checkout that may be read by others.
    command = [python, "-B", "-m", "pytest", "-c", HERE / "pytest.ini", HERE / name, *options]
    return subprocess.run(command, cwd=home, env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
