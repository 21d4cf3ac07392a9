"""The tables of ``tests/cases``, through Python and through the site's modules in node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.pure.shared import CALLS, TOPICS, cases, differences, outcome, title

ALL = [pytest.param(case, id=f"{topic}-{k}-{title(case)}") for topic in TOPICS for k, case in enumerate(cases(topic))]


@pytest.mark.parametrize("case", ALL)
def test_python_answers_as_the_table_says(case: dict[str, Any]) -> None:
    assert differences(outcome(case), case["want"]) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed; Chromium runs the same tables")
@pytest.mark.parametrize("topic", TOPICS)
def test_javascript_answers_as_the_table_says(topic: str) -> None:
    script = Path(__file__).with_name("js_cases.mjs")
    done = subprocess.run(["node", script], input=json.dumps(cases(topic)), capture_output=True, text=True, check=True)
    wrong = {
        f"{k} {title(case)}": found
        for k, (case, got) in enumerate(zip(cases(topic), json.loads(done.stdout), strict=True))
        if (found := differences(got, case["want"]))
    }
    assert wrong == {}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_function_of_the_tables_is_called(name: str) -> None:
    assert any(case["call"] == name for topic in TOPICS for case in cases(topic))
