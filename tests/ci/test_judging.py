"""Rules hold or break, tell why, and nothing that is not known passes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.ci.evaluating import Unknown, Value
from trackio.ci.judging import Case, Verdict, judge
from trackio.ci.parsing import parse
from trackio.ci.rules import Quantity

FINITE = st.floats(-1e6, 1e6)


@dataclass(frozen=True)
class Given:
    """A run that has these values, by the text of what is asked."""

    values: Mapping[str, Value]
    name: str = "r"

    def value(self, quantity: Quantity) -> Value:
        if str(quantity) not in self.values:
            raise Unknown(f"There is no {quantity}.")
        return self.values[str(quantity)]


def run(**values: Value) -> Given:
    return Given(values)


def verdict(rule: str, value: Value, *baseline: Value, **more: object) -> Verdict:
    base = [run(a=one) for one in baseline]
    return judge(parse(rule), Case([run(a=value)], base or None, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "value", "baseline", "passed"),
    [
        ("a <= 3", 3.0, (), True),
        ("a < 3", 3.0, (), False),
        ("a >= 3", 3.0, (), True),
        ("a > 3", 3.0, (), False),
        ("a == 3", 3.0, (), True),
        ("a != 3", 3.0, (), False),
        ("a <= baseline * 1.02", 1.02, (1.0,), True),
        ("a <= baseline * 1.02", 1.021, (1.0,), False),
        ("a <= baseline * 102%", 1.02, (1.0,), True),
        ("a <= baseline + 2%", 1.02, (1.0,), True),
        # Of its size: below zero too, a tolerance makes the limit wider.
        ("a <= baseline + 2%", -0.99, (-1.0,), True),
        ("a >= baseline - 2%", -1.01, (-1.0,), True),
        ("a within 2% of baseline", 0.98, (1.0,), True),
        ("a within 2% of baseline", 0.97, (1.0,), False),
        ("a within 0.5 of baseline", 1.5, (1.0,), True),
        ("a within seeds.std of baseline", 2.0, (1.0, 3.0), True),
        ("a <= baseline + 2 * seeds.std", 4.8, (1.0, 3.0), True),
        ("a <= baseline + 2 * seeds.std", 4.9, (1.0, 3.0), False),
        ("a <= seeds.max", 3.0, (1.0, 3.0), True),
        ("a >= seeds.min", 1.0, (1.0, 3.0), True),
        ("a >= seeds.mean", 1.9, (1.0, 3.0), False),
        ("a == seeds.count", 2.0, (1.0, 3.0), True),
        ("a not worse than baseline", 1.0, (1.0,), True),
        ("a not worse than baseline", 1.001, (1.0,), False),
        ("a not worse than baseline by more than 1%", 1.01, (1.0,), True),
        ("a / 2 - 1 <= 0.5", 3.0, (), True),
        ("-a <= -3", 3.0, (), True),
        ("a == 'x'", "x", (), True),
        ("a != 'x'", "y", (), True),
        ("a == baseline", "x", ("x", "x"), False),
    ],
)
def test_a_rule_holds_or_breaks(rule: str, value: Value, baseline: Sequence[Value], passed: bool) -> None:
    found = verdict(rule, value, *baseline)
    assert found.passed is passed
    assert (found.reason is None) is passed


@pytest.mark.parametrize(
    ("rule", "value", "baseline", "reason"),
    [
        ("b <= 3", 1.0, (), "There is no b."),
        ("a <= 3", math.nan, (), "Run 'r': a is NaN."),
        ("a >= 3", math.inf, (), "Run 'r': a is infinite."),
        ("a != 3", math.nan, (), "Run 'r': a is NaN."),
        ("a <= baseline", 1.0, (), "There is no baseline"),
        ("a <= baseline", 1.0, (math.nan,), "The baseline: Run 'r': a is NaN."),
        ("a <= baseline + seeds.std", 1.0, (1.0,), "two runs or more, and there is one"),
        ("a / 0 <= 3", 1.0, (), "divides by zero"),
        ("a * 1e300 * 1e300 >= 3", 1.0, (), "is infinite"),
        ("a <= 3", "x", (), "'x' and 3 cannot be compared: one is a text"),
        ("a != 'x'", 1.0, (), "cannot be compared"),
        ("a within 3 of 2", "x", (), "'x' is a text, and a number is needed"),
        ("a within -1 of 2", 2.0, (), "less than nothing"),
        ("a <= 3", 3.0000001, (), "a is 3.0000001, more than 3."),
        ("a <= baseline", 2.0, (1.0,), "a is 2, more than 1 (the baseline has 1)."),
        ("a within 1% of baseline", 2.0, (1.0,), "a is 2, 1 away from 1, more than 0.01 (the baseline has 1)."),
    ],
)
def test_a_broken_rule_says_why(rule: str, value: Value, baseline: Sequence[Value], reason: str) -> None:
    found = verdict(rule, value, *baseline)
    assert not found.passed
    assert reason in (found.reason or "")


def test_more_is_better_of_a_metric_that_says_so() -> None:
    def is_better_high(name: str) -> bool:
        return name == "a"

    assert verdict("a not worse than baseline by more than 1%", 0.99, 1.0, is_better_high=is_better_high).passed
    assert not verdict("a not worse than baseline", 0.99, 1.0, is_better_high=is_better_high).passed


def test_limits_give_way_by_the_spread_of_the_seeds() -> None:
    for rule, value in (
        ("a <= baseline", 3.4),
        ("baseline >= a", 3.4),
        ("a >= baseline", 0.6),
        ("a within 0 of baseline", 3.4),
        ("a not worse than baseline", 3.4),
        ("a + 0 <= baseline(a + 0)", 3.4),
    ):
        strict, wide = (verdict(rule, value, 1.0, 3.0, seeds_tolerance=k) for k in (0.0, 1.0))
        assert (strict.passed, wide.passed) == (False, True), rule
        assert wide.tolerance == pytest.approx(math.sqrt(2))
    assert verdict("a <= 3", 3.4, 1.0, 3.0, seeds_tolerance=9.0).tolerance == 0
    assert not verdict("a <= baseline", 1.1, 1.0, seeds_tolerance=9.0).passed


def test_several_runs_count_by_their_mean() -> None:
    runs = [run(a=1.0), run(a=3.0)]
    assert judge(parse("a == 2"), Case(runs)).passed
    assert not judge(parse("a == 2"), Case([*runs, run(a=math.nan)])).passed
    assert not judge(parse("a == 2"), Case([*runs, run()])).passed
    assert judge(parse("a == 'x'"), Case([run(a="x"), run(a="x")])).passed
    assert "not the same" in (judge(parse("a == 'x'"), Case([run(a="x"), run(a="y")])).reason or "")


def test_a_stricter_threshold_is_suggested_where_recent_runs_would_keep_it() -> None:
    def hint(rule: str, value: float, *recent: float, baseline: Sequence[Given] | None = None) -> str | None:
        return judge(parse(rule), Case([run(a=value)], baseline, [run(a=one) for one in recent])).hint

    assert hint("a <= 10", 5.0) == "This threshold can be tightened to 6."
    assert hint("a <= 10", 5.0, 8.0) == "This threshold can be tightened to 9."
    assert hint("a <= 10", 5.0, 9.5) is None
    assert hint("a <= 10", 9.1) is None
    assert hint("a >= 10", 25.55) == "This threshold can be tightened to 24.5."
    assert hint("a == 5", 5.0) is None
    assert hint("a - 1 <= 10", 5.0) is None
    seeds = [run(a=9.0), run(a=9.2)]
    assert hint("a <= 10", 9.5, baseline=seeds) == "This threshold can be tightened to 9.79."
    assert hint("a <= baseline", 8.0, baseline=seeds) == (
        "Better than the baseline by 12%: a new one can be saved (--save-baseline)."
    )
    assert hint("a <= baseline", 9.0, baseline=seeds) is None


@given(value=FINITE, limit=FINITE, low=st.booleans())
def test_a_suggested_threshold_is_stricter_and_kept(value: float, limit: float, low: bool) -> None:
    sign = "<=" if low else ">="
    found = verdict(f"a {sign} {limit!r}", value)
    if found.hint is not None:
        stricter = float(found.hint.split()[-1].rstrip("."))
        assert verdict(f"a {sign} {stricter!r}", value).passed
        assert stricter < limit if low else stricter > limit


@given(value=FINITE, base=FINITE)
def test_a_value_is_never_worse_than_itself_by_anything(value: float, base: float) -> None:
    assert verdict("a not worse than baseline", value, value).passed
    assert verdict("a <= baseline", value, base).passed is (value <= base)
    assert verdict("a within 10% of baseline", value, base).passed is (abs(value - base) <= 0.1 * abs(base))
