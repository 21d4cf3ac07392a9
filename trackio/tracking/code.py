"""Which files ``log_code`` takes: sources, and never what may hold a secret."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

Chooser: TypeAlias = Callable[[str, str], bool] | Callable[[str], bool]
"""Takes a path, and the root as well if it has a second parameter."""

_SECRET = re.compile(
    r"\.env(\..*)?|.*\.env|.*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg)|id_(rsa|dsa|ecdsa|ed25519).*|"
    r"\.?(netrc|npmrc|pypirc|git-credentials|htpasswd|pgpass|dockercfg)|_netrc|credentials(\..*)?|secrets?(\..*)?|"
    r"service[-_]account.*\.json|.*\.tfvars|.*\.tfstate",
    re.IGNORECASE,
)
_SECRET_FOLDERS = frozenset({".aws", ".azure", ".docker", ".git", ".gnupg", ".kube", ".ssh"})
_NOT_OURS = frozenset({"__pycache__", "node_modules", "site-packages", "wandb", ".trackio", ".wandb"})
_ENVIRONMENT = "pyvenv.cfg"


def is_source(path: str) -> bool:
    """What is logged when nothing is chosen: Python files, lists of requirements and Dockerfiles."""
    name = Path(path).name
    return name.endswith(".py") or "Dockerfile" in name or name == "requirements.txt"


def is_foreign(path: str, root: str) -> bool:
    """What is left out when nothing is chosen: caches, other people's packages, and what trackers wrote."""
    *around, _ = Path(path).relative_to(root).parts
    return not _NOT_OURS.isdisjoint(around) or any(
        Path(root, *around[:depth], _ENVIRONMENT).exists() for depth in range(1, len(around) + 1)
    )


def chosen(root: Path, include: Chooser, exclude: Chooser) -> Iterator[Path]:
    """The files below ``root`` that are to be logged, in a steady order."""
    for around, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _SECRET_FOLDERS)
        for name in sorted(names):
            path = str(Path(around, name))
            if _asked(include, path, str(root)) and not _asked(exclude, path, str(root)) and not is_secret(path):
                yield Path(path)


def is_secret(path: str) -> bool:
    """Whether the name of a file says that it holds keys or passwords."""
    return _SECRET.fullmatch(Path(path).name) is not None


def _asked(chooser: Chooser, path: str, root: str) -> bool:
    # Takes 10 ms to load, which `import trackio` does without.
    import inspect

    ask: Any = chooser
    return bool(ask(path, root) if len(inspect.signature(chooser).parameters) == 2 else ask(path))
