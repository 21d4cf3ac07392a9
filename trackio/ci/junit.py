"""Verdicts as JUnit XML, which GitHub, GitLab, Jenkins and others show beside tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackio.errors import MissingExtra
from trackio.harmless import plain

if TYPE_CHECKING:
    from trackio.ci.checking import Checked
    from trackio.ci.judging import Verdict


def document(checked: Checked) -> bytes:
    """A test case a rule; one that only warns passes, and says so in its output."""
    try:
        from junitparser import Failure, JUnitXml, TestCase, TestSuite
    except ModuleNotFoundError:
        raise MissingExtra("junitparser", "ci") from None

    suite = TestSuite(f"trackio check {plain(checked.project)}")
    for verdict in checked.verdicts:
        case = TestCase(plain(verdict.rule), classname=f"trackio.{plain(checked.project)}")
        if verdict.reason is not None and verdict.tier == "fail":
            failure = Failure(plain(verdict.reason), "rule")
            failure.text = "\n".join(_lines(checked, verdict))
            case.result = [failure]
        else:
            case.system_out = "\n".join(_lines(checked, verdict))
        suite.add_testcase(case)
    whole: Any = JUnitXml("trackio check")
    whole.add_testsuite(suite)
    return bytes(whole.tostring())


def _lines(checked: Checked, verdict: Verdict) -> list[str]:
    """What there is to say of a rule; plain, as XML cannot hold control characters."""
    runs = ", ".join(one.name for one in checked.runs)
    told = [f"Run: {runs}", f"Rule: {verdict.rule}"]
    if verdict.reason is not None:
        told.append(verdict.reason if verdict.tier == "fail" else f"Warning: {verdict.reason}")
    told += [verdict.hint] if verdict.hint is not None else []
    return [plain(line) for line in told]
