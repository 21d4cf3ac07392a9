"""Repositories of the small Hub: branches of files and the commits on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha1, sha256
from typing import Any

from .answers import Refused
from .running import Running

LARGE = (".parquet", ".png", ".safetensors", ".bin")
LARGE_BYTES = 10_000_000
"""What goes through LFS: files of some kinds, and files of that size."""
INITIAL = {".gitattributes": b"*.png filter=lfs\n"}
"""What the Hub puts into a new repository."""
STATIC = {
    "index.html": b"<!doctype html><title>My static Space</title><p>Welcome to your static Space!\n",
    "style.css": b"body { padding: 2rem }\n",
}
"""What it puts into a new static Space besides."""


@dataclass
class Branch:
    """A line of commits as it stands."""

    files: dict[str, bytes]
    commits: list[str] = field(default_factory=list)
    """Their messages."""
    description: str = ""
    """Of the last of them; of a pull request, its text."""
    base: Mapping[str, bytes] = field(default_factory=dict)
    """What a pull request began from."""

    def oid(self, path: str) -> str | None:
        """The digest by which a client tells whether a file has changed."""
        content = self.files.get(path)
        if content is None:
            return None
        return sha256(content).hexdigest() if is_large(path, len(content)) else git_hash(content)

    def entry(self, path: str) -> dict[str, Any]:
        """A file as a tree lists it."""
        content = self.files[path]
        found = {"type": "file", "path": path, "size": len(content)}
        if not is_large(path, len(content)):
            return {**found, "oid": git_hash(content)}
        oid = sha256(content).hexdigest()
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize %d\n" % (oid.encode(), len(content))
        lfs = {"oid": oid, "size": len(content), "pointerSize": len(pointer)}
        return {**found, "oid": git_hash(pointer), "lfs": lfs}

    def sibling(self, path: str) -> dict[str, Any]:
        """A file as the information about a repository lists it."""
        found = self.entry(path)
        told = {"rfilename": path, "size": found["size"], "blobId": found["oid"]}
        if "lfs" not in found:
            return told
        lfs = found["lfs"]
        return {**told, "lfs": {"size": lfs["size"], "sha256": lfs["oid"], "pointerSize": lfs["pointerSize"]}}


@dataclass
class Discussion:
    """A discussion, or a pull request, whose branch is ``refs/pr/<number>``."""

    number: int
    title: str
    author: str
    text: str = ""
    is_pull: bool = False
    status: str = "open"
    comments: list[str] = field(default_factory=list)


@dataclass
class Repo:
    """A repository."""

    id: str
    kind: str
    sdk: str | None = None
    private: bool = False
    gated: bool = False
    """Whether its files are for those alone who were let in, which the user was not."""
    branches: dict[str, Branch] = field(default_factory=dict)
    """``main``, and ``refs/pr/1`` and so on for pull requests."""
    past: dict[str, Branch] = field(default_factory=dict)
    """How a branch stood, by the id of a commit."""
    discussions: list[Discussion] = field(default_factory=list)
    running: Running = field(default_factory=Running)
    """Of a Space."""
    cuts: int = 0
    """How often its history was cut."""

    def __post_init__(self) -> None:
        files = dict(INITIAL)
        if self.kind == "spaces":
            files |= {"README.md": f"---\nsdk: {self.sdk or 'static'}\n---\n".encode()}
            files |= STATIC if self.sdk == "static" else {}
        self.branches["main"] = Branch(files)

    @property
    def files(self) -> dict[str, bytes]:
        """Those of ``main``."""
        return self.branches["main"].files

    @property
    def commits(self) -> list[str]:
        """The messages of those on ``main``, but for the first, which the Hub itself makes."""
        return self.branches["main"].commits

    @property
    def tags(self) -> list[str]:
        """The tags in the card's metadata, one a line."""
        parts = self.files.get("README.md", b"").decode().split("---")
        return re.findall(r"^ *- (\S+)$", parts[1], re.MULTILINE) if len(parts) > 2 else []

    @property
    def subdomain(self) -> str:
        """The name of the host that serves a Space's pages."""
        return re.sub("[^a-z0-9]+", "-", self.id.lower()).strip("-") + (".static" if self.sdk == "static" else "")

    def commit(self, message: str, files: Mapping[str, bytes], revision: str = "main") -> str:
        """Change files on a branch; the id of the commit."""
        branch = self.branches[revision]
        branch.files.update(files)
        branch.commits.append(message)
        return self.head(revision)

    def head(self, revision: str) -> str:
        """The id of a branch's last commit, kept from now on."""
        branch = self.branches[revision]
        oid = self.commit_id(revision, len(branch.commits))
        self.past[oid] = replace(branch, files=dict(branch.files), commits=list(branch.commits))
        return oid

    def commit_id(self, revision: str, number: int) -> str:
        """The id of a commit of a branch; 0 is the first, which the Hub makes."""
        return sha1(f"{self.kind} {self.id} {revision} {number} {self.cuts}".encode()).hexdigest()

    def at(self, revision: str) -> tuple[str, Branch]:
        """A branch, or how one stood at a commit, with the commit's id; raises Refused."""
        if revision in self.branches:
            return self.head(revision), self.branches[revision]
        if revision in self.past:
            return revision, self.past[revision]
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def is_large(path: str, size: int = 1) -> bool:
    """Whether a file goes through LFS."""
    return size > 0 and (path.endswith(LARGE) or size > LARGE_BYTES)


def git_hash(content: bytes) -> str:
    """The digest that git gives a file."""
    return sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
