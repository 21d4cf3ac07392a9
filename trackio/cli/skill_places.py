"""Where coding agents look for skills, and how a skill file gets there without costing anybody their own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias

from trackio.cli.skill_text import NAME
from trackio.errors import TrackioError
from trackio.version import __version__

Outcome: TypeAlias = Literal["new", "updated", "unchanged"]

_MARK = re.compile(r"<!-- made by `trackio skills` [^ ]+; sha256:(?P<digest>[0-9a-f]{16}) -->\n")


@dataclass(frozen=True, slots=True)
class Agent:
    """Where one agent looks, each a folder with a folder for each skill."""

    project: str
    """Below the folder of a project."""
    user: str
    """Below the user's home."""


SHARED = "agents"
"""The place that most agents share."""

AGENTS: dict[str, Agent] = {
    SHARED: Agent(".agents/skills", ".agents/skills"),
    "claude": Agent(".claude/skills", ".claude/skills"),
    "codex": Agent(".agents/skills", ".agents/skills"),
    "copilot": Agent(".github/skills", ".copilot/skills"),
    "cursor": Agent(".cursor/skills", ".cursor/skills"),
    "gemini": Agent(".gemini/skills", ".gemini/skills"),
    "opencode": Agent(".opencode/skills", ".config/opencode/skills"),
}


class ForeignSkill(TrackioError):
    """A skill file that somebody else wrote, or changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is not as `trackio skills` wrote it. Move it away, or pass --force to replace it.")


def folder(agent: str, *, is_user: bool) -> Path:
    """The folder of an agent's skills, of the user or of the project that this is called in."""
    place = AGENTS[agent]
    return Path.home() / place.user if is_user else Path.cwd() / place.project


def found_here(*, is_user: bool) -> list[str]:
    """The agents that have a folder of settings of their own there; else the place that they share."""
    found = [
        agent
        for agent, place in AGENTS.items()
        if agent != SHARED
        and place.project != AGENTS[SHARED].project
        # .github is there for other reasons.
        and agent != "copilot"
        and folder(agent, is_user=is_user).parent.is_dir()
    ]
    return found or [SHARED]


def marked(text: str) -> str:
    """The text with a line behind its front matter by which it is known again."""
    front, rule, body = text[4:].partition("\n---\n")
    mark = f"<!-- made by `trackio skills` {__version__}; sha256:{_digest(text)} -->\n"
    return f"---\n{front}{rule}\n{mark}{body}"


def install(text: str, skills: Path, *, is_forced: bool = False) -> tuple[Path, Outcome]:
    """Write a skill below a folder of skills; raises ForeignSkill for a file that is not as it was written."""
    path = (skills / NAME / "SKILL.md").resolve()
    new = marked(text)
    try:
        before = path.read_text("utf-8")
    except FileNotFoundError:
        before = None
    except UnicodeDecodeError:
        before = ""
    if before == new:
        return path, "unchanged"
    if before is not None and not is_forced and not _is_ours(before):
        raise ForeignSkill(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        draft.write_text(new, "utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path, "new" if before is None else "updated"


def _is_ours(text: str) -> bool:
    """Whether a file is as it was written, by whichever version."""
    mark = _MARK.search(text)
    return mark is not None and _digest(text.replace(f"\n{mark[0]}", "", 1)) == mark["digest"]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
