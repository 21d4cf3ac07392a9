"""Rules are read or told where they cannot be; whatever the text, nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.ci.parsing import parse
from trackio.ci.rules import (
    Arithmetic,
    Baseline,
    Claim,
    Compared,
    Negative,
    NotWorse,
    Number,
    Percent,
    Quantity,
    Seeds,
    Text,
    Within,
)
from trackio.errors import InvalidRule

LOSS = Quantity("metric", "val/loss")


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("val/loss <= 3", Compared(LOSS, "<=", Number(3))),
        ("val/loss<3.5e-1", Compared(LOSS, "<", Number(0.35))),
        ("val/loss <= baseline*1.02", Compared(LOSS, "<=", Arithmetic("*", Baseline(), Number(1.02)))),
        ("val/loss <= baseline + 2%", Compared(LOSS, "<=", Arithmetic("+", Baseline(), Percent(0.02)))),
        ("baseline(val/loss) >= val/loss", Compared(Baseline(LOSS), ">=", LOSS)),
        ("val/loss within 2% of baseline", Within(LOSS, Percent(0.02), Baseline())),
        ("val/loss within seeds.std of 3", Within(LOSS, Seeds("std"), Number(3))),
        ("val/loss not worse than baseline", NotWorse(LOSS, Baseline())),
        ("val/loss not worse than baseline by more than 0.1", NotWorse(LOSS, Baseline(), Number(0.1))),
        ("val/loss at step 100 == 1", Compared(Quantity("metric", "val/loss", "at", 100), "==", Number(1))),
        ("min(val/loss) != 1", Compared(Quantity("metric", "val/loss", "min"), "!=", Number(1))),
        ('"odd-name, %" > 1', Compared(Quantity("metric", "odd-name, %"), ">", Number(1))),
        ("`a b` > 1", Compared(Quantity("metric", "a b"), ">", Number(1))),
        ('"energy.kwh" > 1', Compared(Quantity("metric", "energy.kwh"), ">", Number(1))),
        ("acc[top 5]/mean.x > 1", Compared(Quantity("metric", "acc[top 5]/mean.x"), ">", Number(1))),
        ("gpu:0/pass@1 > 1", Compared(Quantity("metric", "gpu:0/pass@1"), ">", Number(1))),
        ("größe > 1_000", Compared(Quantity("metric", "größe"), ">", Number(1000))),
        ("within > 1", Compared(Quantity("metric", "within"), ">", Number(1))),
        ("energy.co2e_kg <= 1", Compared(Quantity("energy", "co2e_kg"), "<=", Number(1))),
        ("summary.best/acc >= 1", Compared(Quantity("summary", "best/acc"), ">=", Number(1))),
        ("config.opt == 'adam w'", Compared(Quantity("config", "opt"), "==", Text("adam w"))),
        (
            "-(a - b) / 2 < 1",
            Compared(
                Arithmetic("/", Negative(Arithmetic("-", Quantity("metric", "a"), Quantity("metric", "b"))), Number(2)),
                "<",
                Number(1),
            ),
        ),
        (
            "a <= baseline + 2*seeds.std(a)",
            Compared(
                Quantity("metric", "a"),
                "<=",
                Arithmetic("+", Baseline(), Arithmetic("*", Number(2), Seeds("std", Quantity("metric", "a")))),
            ),
        ),
    ],
)
def test_a_rule_is_read(text: str, claim: Claim) -> None:
    rule = parse(f"  {text} ", "warn")
    assert (rule.claim, rule.text, rule.tier) == (claim, text, "warn")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", 0, "nothing in it"),
        ("val/loss <", 10, "ends too early; what fits is a metric or a number"),
        ("val/loss = 3", 9, "one of <=, <, >="),
        ("val/loss <= 3 4", 14, "'4' does not fit here"),
        ("val/loss <= baseline wthin 2", 21, "'wthin' does not fit here"),
        ("val/loss wihtin 2% of 3", 9, "nearest: within"),
        ("a <= 3 <= 4", 7, "'<=' does not fit here"),
        ("(a <= 3", 3, "does not fit here"),
        ("energy.kw <= 3", 7, "nearest: kwh"),
        ("a <= seeds.sdt", 11, "nearest: std"),
        ("mni(a) <= 3", 0, "nearest: min"),
        ("min(a + b) <= 3", 0, "min() is of one metric"),
        ("min(config.lr) <= 3", 0, "min() is of one metric"),
        ("config.lr at step 3 <= 3", 0, "only a metric has steps"),
        ("a at step 1.5 <= 3", 10, "a step is a whole number"),
        ("a <= 3€", 6, "in double quotes"),
        ("a == 'x", 5, "the quote has no end"),
        ('"a <= 1', 0, "the quote has no end"),
        ("1 < 2", 0, "asks for nothing of a run"),
        ("a - b <= baseline", 9, "say of which, as in baseline(a)"),
        ("a - b not worse than 3", 0, "about one metric"),
        ("a <= baseline(baseline)", 0, "no baseline of its own"),
        ("config.a < 'x'", 11, "alone on its side"),
        ("a <= baseline/2", 5, "spaces around the /"),
        ("a <= 1e999", 5, "too large"),
        ("-" * 300 + "a < 1", 0, "more than 200 words"),
        ("a < " + "1" * 3000, 2000, "longer than 2,000"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(text: str, place: int, words: str) -> None:
    with pytest.raises(InvalidRule) as raised:
        parse(text)
    assert raised.value.place == place
    assert words in str(raised.value)


def test_the_caret_stands_below_the_place() -> None:
    with pytest.raises(InvalidRule) as raised:
        parse("val/loss = 3")
    assert raised.value.lines == ("  val/loss = 3", "           ^")
    with pytest.raises(InvalidRule) as raised:
        parse("a + " * 40 + "b ? 3")
    shown, caret = raised.value.lines
    assert shown[caret.index("^")] == "?"
    assert len(shown) <= 102


WORDS = [*"abc/.-+*()<>=%!'\"`[] 1234\n\x1b\0é", "baseline", " within ", "seeds.std", " at step ", "min", "energy."]


@given(st.lists(st.sampled_from(WORDS)).map("".join))
def test_any_text_is_a_rule_or_an_invalid_one(text: str) -> None:
    lines: tuple[str, ...] = ()
    try:
        parse(text)
    except InvalidRule as error:
        lines = error.lines
    assert all(line.isprintable() for line in lines)
