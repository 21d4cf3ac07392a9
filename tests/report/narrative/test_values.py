"""Values in sentences: what they say, and what no expression can reach."""

from __future__ import annotations

import pytest

from trackio.report.narrative.facts import ProjectFacts, Unknown
from trackio.report.narrative.values import Expressions

Facts = dict[str, ProjectFacts]


@pytest.fixture
def expressions(facts: Facts) -> Expressions:
    return Expressions(facts, facts["mnist"])


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('run("best").summary["val/loss"]', "0.2"),
        ('run("best").name', "adam-1"),
        ('run("best", "val/acc").name', "adam-1"),
        ('run("best", "val/acc", "max").name', "adam-1"),
        ('run("sgd-*", "val/loss").name', "sgd-1"),
        ('run("last").name', "adam-2"),
        ('run("sgd-1").config.lr', "0.1"),
        ('run("sgd-1").config["optim/name"]', "sgd"),
        ('run("sgd-1").config["optim.name"]', "sgd"),
        ('run("sgd-1").config.optim.name', "sgd"),
        ('run("sgd-1").config["optim"]["name"]', "sgd"),
        ('run("sgd-1").last.val.loss', "0.5"),
        ('runs("sgd-*").config.optim.name', "sgd, sgd"),
        ('runs("sgd-*").last.val.loss|mean|round(1)', "0.6"),
        ('run("sgd-1").config.api_key', "(hidden)"),
        ('run("sgd-1").max["train/loss"]', "2"),
        ('run("sgd-1").best["val/acc"]|percent(0)', "50 %"),
        ('runs("adam-*").summary["val/loss"]|mean|round(3)', "0.250"),
        ('mean(runs(group="sgd").summary["val/loss"])|round(1)', "0.6"),
        ('std(runs("adam-*").last["val/loss"])|round(3)', "0.071"),
        ('runs("adam-*").name', "adam-1, adam-2"),
        ('runs("adam-*").name|join(" and ")', "adam-1 and adam-2"),
        ('count(runs("sgd-*"))', "2"),
        ("project.name", "mnist"),
        ('project("other").runs|count', "1"),
        ('run("lone", project="other").last.loss', "2"),
        ('(1 - run("adam-1").last["val/loss"] / run("sgd-1").last["val/loss"])|percent(0)', "60 %"),
        ('(100 * (run("sgd-1").steps + 2) ** 2)|thousands', "1,600"),
        ("1234.5678|round(2)", "1234.57"),
        ("0.00012345|significant(2)", "0.00012"),
        ("1234.5|significant(2)", "1200"),
        ("12345678|si", "12,345,678"),
        ("3725|duration", "1 h 2 min"),
        ("1.25|kwh", "1.25 kWh"),
        ('"better" if run("adam-1").last["val/loss"] < run("sgd-1").last["val/loss"] else "worse"', "better"),
        ("max([1, 2])", "2"),
        ("-3", "-3"),
    ],
)
def test_an_expression_gives_a_text(expressions: Expressions, expression: str, text: str) -> None:
    assert expressions.text(expression) == text


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ('run("best").summary["val/los"]', "Nearest: val/loss"),
        ('run("sgd-3")', "Nearest: sgd-2, sgd-1"),
        ('run("sgd-*")', "'sgd-*' is 2 runs. Name one, or the best of them"),
        ('run("best", "val/lss")', "None of these runs logged 'val/lss'. Nearest: val/loss"),
        ('run("best", "val/loss", "least")', "mode is min or max"),
        ('run("sgd-1").confg', "A run has no 'confg'. Nearest: config."),
        ('run("sgd-1").config.lrr', "There is no 'lrr' in the config of sgd-1. Nearest: lr."),
        ('run("sgd-1").config.optim.nme', "There is no 'nme' in the config of sgd-1, under optim. Nearest: name."),
        ('run("sgd-1").config.optin.name', "There is no 'optin' in the config of sgd-1. Nearest: optim"),
        ('run("sgd-1").config.optim', "These are several values, and one is shown. There are: name."),
        ('run("sgd-1").config.lr.x', "There are no named values in a number."),
        ('runs("sgd-*").config.optim.nme', "None of these runs has 'nme' in its config, under optim. Nearest: name."),
        ('run("sgd-1")', "This is a run, not a value. Name one of its fields"),
        ('runs("*")', "This is a list of runs, not a value."),
        ('run("sgd-1").energy.kwh', "The energy of run sgd-1 was not measured."),
        ("energy.kwh", "The energy of project mnist was not measured."),
        ('run("x", project="othr")', "There is no project 'othr' in this report; --project adds one. Nearest: other."),
        ("rum('sgd-1')", "There is no 'rum'. Nearest: sum, run."),
        ("1|rond", "There is no filter 'rond'. Nearest: round"),
        ("1/0", "This divides by zero."),
        ('run("sgd-1").last["val/loss"]|round(99)', "Digits are a whole number from 0 to 12."),
        ('"a" + "b"', "A number is needed here, not 'a'."),
        ('run("sgd-1"', "This is no expression that can be read"),
        ("1 2", "This is one expression, and then there is 2."),
        ("", "This is no expression that can be read"),
        ('runs("sgd-*").last["val/acc"][5]', "There are 2 of these, and none at 5."),
        ("std([1])", "A standard deviation needs two values."),
        ("x" * 3000, "An expression has at most 2,000 characters."),
    ],
)
def test_what_is_wrong_is_said_with_the_nearest_name(expressions: Expressions, expression: str, says: str) -> None:
    with pytest.raises(Unknown) as caught:
        expressions.text(expression)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__[1].__subclasses__()",
        "().__class__",
        "(1).__class__",
        'run("best").__class__',
        'run("best")["__class__"]',
        'run("best").run',
        'run("best").project',
        'run("best").config.__class__',
        'run("best").config["__class__"]',
        'run("best").config._values',
        'run("best").part("run")',
        'run("best").summary.keys()',
        "run.__globals__",
        "run.__self__",
        "run.__func__.__globals__",
        "runs('*').runs",
        "runs('*').runs[0].run.record",
        "project.home",
        "project.project",
        "project().__init__.__globals__",
        "energy.assumptions",
        "mean.__globals__",
        "self",
        "self.__init__",
        "cycler.__init__.__globals__.os",
        "joiner.__init__.__globals__",
        "namespace.__init__.__globals__",
        "lipsum.__globals__",
        "dict(a=1)",
        "range(10)",
        'run("best")|attr("__class__")',
        '"{0.__class__}".format(run)',
        '"{0.__class__}"|format(run)',
        '"%s"|format(run)',
        '"%s" % run',
        "[]|map(attribute='__class__')",
        "{}.__class__",
        "{'a': 1}",
        "runs('*')|selectattr('x')",
        "caller()",
        "loop",
        "varargs",
        "request.application.__globals__",
        "config.from_object('os')",
        "get_flashed_messages",
        "url_for.__globals__",
        "().__reduce_ex__(2)",
        "run(**{'name': 'best'})",
        "run(*['best'])",
        "1 }}{{ 2",
        "1 %}{% import os",
        "1 is divisibleby 1",
        "'a' ~ 'b'",
        "'a'[0:1]",
        "run('best', _Expressions__x=1)",
    ],
)
def test_nothing_of_python_can_be_reached(expressions: Expressions, expression: str) -> None:
    with pytest.raises(Unknown):
        expressions.text(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9**9",
        "10**1000000000",
        '"a" * 10**9',
        "[1] * 10**9",
        "('a',) * 10**9",
        "1|round(10**9)",
        '"x"|join("y" * 10**9)',
        "(" * 900 + "1" + ")" * 900,
        "-" * 1900 + "1",
        "not " * 450 + "1",
        "+".join(["1"] * 990),
        "runs('*')|" * 150 + "count",
        "run('*" + "a*" * 900 + "')",
    ],
)
def test_an_expression_ends_however_it_is_built(expressions: Expressions, expression: str) -> None:
    # Without bounds these would take years, or all memory.
    try:
        text = expressions.text(expression)
    except Unknown:
        text = ""
    assert len(text) <= 2_000


def test_a_value_that_is_too_long_for_a_sentence_is_a_mistake(expressions: Expressions) -> None:
    with pytest.raises(Unknown, match="too long for a sentence"):
        expressions.text("[" + ", ".join(["runs().name"] * 140) + "]")
