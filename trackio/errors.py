"""Every exception that trackio raises, one tree.

::

    TrackioError
    ├── UsageError               a call or option that cannot be right
    │   ├── InvalidName          a project, run or metric name that cannot be used
    │   ├── InvalidStep          a step that is no whole number of 64 bits
    │   ├── InvalidArtifact      an artifact's name, type, file or path that cannot be used
    │   ├── ArtifactNotLogged    what only a version has, asked of an artifact that was not logged
    │   ├── ArtifactFinalized    a change to the content of an artifact that was logged
    │   ├── NoActiveRun          log(), config or finish() with no run in progress
    │   ├── RunFinished          log() on a run that has ended
    │   ├── InvalidRule          a rule of `trackio check` that cannot be read; it shows the place
    │   └── UnsupportedError     something that cannot be had here
    ├── NotFound                 something named does not exist; the nearest names are told
    │   ├── UnknownProject
    │   ├── UnknownRun
    │   ├── UnknownMetric
    │   ├── UnknownArtifact
    │   ├── UnknownSweep
    │   ├── UnknownBaseline      what runs are to be compared with
    │   └── UnknownLocation      no yearly average of a grid is known for the place
    ├── StoreError               what is on disk cannot be used
    │   ├── NewerDatabase        written by a newer trackio; left untouched
    │   ├── CorruptJournal
    │   └── ArtifactMismatch     files are not what the artifact's list of them says
    ├── CommError                a server does not answer, or not as it should
    │   └── TransportError
    │       ├── Unreachable      there was no answer
    │       ├── ServerBusy       it asks to come again later
    │       └── Refused          it answers no, with a status and a sentence
    │           └── AuthenticationError  it does not take the token
    ├── ReportError              a report cannot be built or written
    │   └── NotesError           the notes of a report name what is not there, or are not right; all of it is told
    ├── PublishError             a report or a card could not be put where others see it
    │   └── SecretsFound         there are secrets in what was about to be published
    ├── CardError                a README cannot take a card as it is; it is left untouched
    └── MissingExtra             an optional dependency is not installed; the extra is named
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackio.publish.scan.finding import Finding

_LISTED = 8
_MISTAKES = 50
"""How many places one message tells."""


class TrackioError(Exception):
    """The root of all errors raised by trackio."""

    def told(self) -> tuple[str, ...]:
        """The message line by line; logged names may stand in any, so that each is made plain where it is shown."""
        return (str(self),)


Error = TrackioError
"""By wandb's name, which scripts catch."""


class UsageError(TrackioError):
    """A call or an option that cannot be right as given."""

    lines: tuple[str, ...] = ()
    """What the command line prints below the message: where in a text the fault is."""

    def told(self) -> tuple[str, ...]:
        """Likewise, with these lines."""
        return (str(self), *self.lines)


class InvalidName(UsageError):
    """A name that cannot be used, such as an empty one."""

    def __init__(self, kind: str, name: object, reason: str) -> None:
        self.kind, self.name, self.reason = kind, name, reason
        super().__init__(f"{name!r} is no usable {kind} name: {reason}.")


class InvalidStep(UsageError):
    """A step that is not a whole number of 64 bits."""

    def __init__(self, step: object, reason: str = "") -> None:
        self.step = step
        super().__init__(
            f"step={step!r} is not a whole number{f' ({reason})' if reason else ''}. "
            "Pass an int, or leave step out to continue at the next one."
        )


class InvalidArtifact(UsageError, ValueError):
    """An artifact's name, type, file or path that cannot be used; also the ValueError that wandb raises."""


class ArtifactNotLogged(UsageError, AttributeError):
    """What only a version has, asked of an artifact that was not logged."""

    def __init__(self, attribute: str, artifact: str) -> None:
        self.attribute, self.artifact = attribute, artifact
        super().__init__(f"Artifact {artifact!r} has no {attribute} before it is logged: run.log_artifact(artifact).")


class ArtifactFinalized(UsageError, AttributeError):
    """A change to the content of an artifact that was logged."""

    def __init__(self, call: str, artifact: str) -> None:
        self.call, self.artifact = call, artifact
        super().__init__(
            f"{call} came after artifact {artifact!r} was logged, and its content stands. "
            "Change a draft of the next version: artifact.new_draft()."
        )


class NoActiveRun(UsageError):
    """A call needs a run in progress and there is none."""

    def __init__(self, call: str) -> None:
        self.call = call
        super().__init__(f"trackio.{call} needs a run in progress. Call trackio.init(project=...) first.")


class RunFinished(UsageError):
    """A call on a run that has ended."""

    def __init__(self, call: str, name: str) -> None:
        self.call, self.name = call, name
        super().__init__(
            f"{call} came after run {name!r} finished. "
            "Start another with trackio.init(...), or go on with it: trackio.init(id=run.id, resume='must')."
        )


class InvalidRule(UsageError):
    """A rule of `trackio check` that cannot be read; ``source`` is where it stands, such as ``trackio.toml:3``."""

    def __init__(self, rule: str, place: int, reason: str, source: str | None = None) -> None:
        self.rule, self.place, self.reason, self.source = rule, place, reason, source
        # Of a long rule, what is around the place.
        start = max(0, place - 60) if len(rule) > 100 else 0
        shown = "".join(char if char.isprintable() else "?" for char in rule[start : start + 100])
        self.lines = (f"  {shown}", f"  {' ' * (place - start)}^")
        what = "The rule" if source is None else f"{source}: the rule"
        super().__init__(f"{what} cannot be read at character {place + 1}: {reason.rstrip('.')}.")


class UnsupportedError(UsageError):
    """Something that cannot be had here."""


class NotFound(TrackioError):
    """Something named does not exist."""

    noun = "thing"

    def __init__(self, name: str, known: Sequence[str] = (), where: str = "") -> None:
        self.name, self.known, self.where = name, tuple(known), where
        near = nearest(name, known)
        if near:
            hint = f" Nearest: {', '.join(near)}."
        elif known:
            more = f" and {len(known) - 5:,} more" if len(known) > 5 else ""
            hint = f" There are: {', '.join(sorted(known)[:5])}{more}."
        else:
            hint = f" There is no {self.noun} yet."
        super().__init__(f"No {self.noun} named {name!r}{f' in {where}' if where else ''}.{hint}")


class UnknownProject(NotFound):
    """No project of that name in the home directory."""

    noun = "project"


class UnknownRun(NotFound):
    """No run of that name or id in the project."""

    noun = "run"


class UnknownMetric(NotFound):
    """No selected run has logged a metric of that name."""

    noun = "metric"


class UnknownArtifact(NotFound):
    """No artifact of that name, or no version of it that is called so."""

    noun = "artifact"


class UnknownSweep(NotFound):
    """No sweep of that id in the home directory."""

    noun = "sweep"


class UnknownBaseline(NotFound):
    """No run, tag, group or file of that name to compare with."""

    noun = "baseline"


class UnknownLocation(NotFound):
    """No country of that code or name in the table of grids."""

    noun = "country"

    def __init__(self, name: str, known: Sequence[str] = (), where: str = "the table of grids") -> None:
        super().__init__(name, known, where)
        self.args = (f"{self} Or give the grid's own number, in g CO2e per kWh: --grid-intensity 44.2.",)


class StoreError(TrackioError):
    """What is on disk cannot be used as it is."""


class NewerDatabase(StoreError):
    """A database written by a newer trackio; it is left untouched."""

    def __init__(self, path: object, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(
            f"{path} has schema {found}; this trackio knows up to {known}. "
            "Upgrade with `pip install -U trackio`. Nothing was changed."
        )


class CorruptJournal(StoreError):
    """A journal whose bytes cannot be read where they should be."""


class ArtifactMismatch(StoreError, ValueError):
    """Files are not what the artifact's list of them says; also the ValueError that wandb raises."""


class CommError(TrackioError):
    """A server does not answer, or not as it should."""


class TransportError(CommError):
    """A request did not come to a good end; ``server`` is its scheme, host and port."""

    def __init__(self, server: str, reason: str) -> None:
        self.server, self.reason = server, reason.rstrip(".")
        super().__init__(f"{server}: {self.reason}.")


class Unreachable(TransportError):
    """There was no answer, or only part of one."""


class ServerBusy(TransportError):
    """The server, or a proxy before it, asks to come again later."""

    def __init__(self, server: str, status: int, reason: str, retry_after_seconds: float | None = None) -> None:
        self.status, self.retry_after_seconds = status, retry_after_seconds
        super().__init__(server, reason)


class Refused(TransportError):
    """The server answers no."""

    def __init__(self, server: str, status: int, reason: str) -> None:
        self.status = status
        super().__init__(server, reason)


class AuthenticationError(Refused):
    """A server does not take the token."""


class ReportError(TrackioError):
    """A report cannot be built or written where it was asked for."""


class NotesError(ReportError):
    """Notes that cannot become a page as they are; ``problems`` are all of them, each with its file and line."""

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        places = "one place" if count == 1 else f"{count:,} places"
        lines = [f"The notes are not right in {places}; nothing was written."]
        lines += [f"  {one}" for one in self.problems[:_MISTAKES]]
        lines += [f"  and {count - _MISTAKES:,} more"] if count > _MISTAKES else []
        self._told = (*lines, "Correct them and run the report again.")
        super().__init__("\n".join(self._told))

    def told(self) -> tuple[str, ...]:
        """Likewise, a mistake a line."""
        return self._told


class PublishError(TrackioError):
    """A report or a card could not be put where others see it."""

    def __init__(self, meaning: str, reason: str, step: str) -> None:
        self.meaning, self.reason, self.step = meaning, reason, step
        super().__init__(f"{meaning}: {reason.rstrip('.')}. {step} Nothing recorded is lost.")


class SecretsFound(PublishError):
    """There are secrets in what was about to be published; nothing was sent.

    ``findings`` tells where each stands, and none of them shows it. One place a line.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        count = len(self.findings)
        lines = [f"Nothing was published: {'a secret' if count == 1 else f'{count:,} secrets'} would be seen."]
        for one in self.findings[:_LISTED]:
            lines.append(f"  {one.place}: {one.rule}, {one.excerpt}")
            lines += [f"    {one.remedy}"] if one.remedy else []
        if count > _LISTED:
            lines.append(f"  and {count - _LISTED:,} more: `trackio scan` lists them all")
        first = self.findings[0]
        lines.append(
            "Take them away where they stand. What is meant to be seen is let through by its rule, "
            f"--allow {first.rule}, or by its place, --allow {shlex.quote(first.place)}. "
            "A secret that others may have seen has to be made anew."
        )
        self.meaning, self.reason, self.step = lines[0], "secrets were found", lines[-1]
        self._told = tuple(lines)
        TrackioError.__init__(self, "\n".join(lines))

    def told(self) -> tuple[str, ...]:
        """Likewise, a place a line."""
        return self._told


class CardError(TrackioError):
    """A README cannot take a card as it is, or give it back; it is left untouched."""

    def __init__(self, reason: str, step: str) -> None:
        self.reason, self.step = reason, step
        super().__init__(f"The card was not changed: {reason.rstrip('.')}. {step}")


class MissingExtra(TrackioError):
    """A feature needs a package that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(f"This needs {package}. Install it with `pip install 'trackio[{extra}]'`.")


def hint(name: str, known: Sequence[str]) -> str:
    """``Nearest: a, b``, or all that there is where nothing is alike."""
    near = nearest(name, known)
    return f"Nearest: {', '.join(near)}" if near else f"There are: {', '.join(known)}"


def nearest(name: str, known: Sequence[str], count: int = 3) -> list[str]:
    """The known names most like ``name``, best first; a different case counts as very like."""
    # Only when something was not found: `import trackio` does without it.
    from difflib import get_close_matches

    by_lower = {k.lower(): k for k in known}
    matches = get_close_matches(name.lower(), list(by_lower), n=count, cutoff=0.6)
    return [by_lower[m] for m in matches]
