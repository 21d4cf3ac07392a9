"""What was said to be published on purpose: rules and places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from trackio.errors import UsageError, hint
from trackio.publish.scan.finding import Finding
from trackio.publish.scan.search import RULES

_RULE_LIKE = re.compile(r"[a-z]+(?:[-_][a-z]+)*")


def check(allow: Sequence[str]) -> None:
    """Raise UsageError for what can be no place and is no rule, with the rules most like it."""
    for one in allow:
        if one not in RULES and _RULE_LIKE.fullmatch(one):
            near = hint(one, RULES)
            raise UsageError(f"No rule of the scan for secrets is named {one!r}. {near}. Places are given in full.")


def without(findings: Iterable[Finding], allow: Sequence[str]) -> tuple[Finding, ...]:
    """The findings that nobody allowed, each once, in their order."""
    kept = dict.fromkeys(findings)
    return tuple(one for one in kept if not any(_is_meant(one, given) for given in allow))


def _is_meant(finding: Finding, given: str) -> bool:
    # First as it stands: a place that was copied may have brackets in it.
    return given in (finding.rule, finding.place) or fnmatchcase(finding.place, given)
