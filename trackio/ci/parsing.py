"""Rules out of text: ``val/loss <= baseline * 1.02``, ``acc not worse than baseline by more than 1%`` (pure).

The grammar is small and LALR, so that whatever cannot be read is told at its place. docs/ci.md describes it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from trackio.ci.rules import (
    ENERGY,
    Aggregate,
    Arithmetic,
    Baseline,
    Claim,
    Compared,
    Expression,
    Negative,
    NotWorse,
    Number,
    Percent,
    Quantity,
    Rule,
    Seeds,
    Sign,
    Text,
    Tier,
    Within,
    all_parts,
    parts,
    quantities,
)
from trackio.errors import InvalidRule, MissingExtra, nearest

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

LONGEST = 2000
MOST_WORDS = 200
"""A rule is a sentence; what is longer is no rule that anybody wrote."""

SEEDS = ("std", "min", "max", "mean", "count")

_GRAMMAR = r"""
    claim: sum SIGN sum                                                          -> compared
         | sum "within" sum "of" sum                                             -> within
         | sum "not" "worse" "than" sum ["by" "more" "than" sum]                 -> not_worse
    ?sum: product | sum "+" product -> plus | sum "-" product -> minus
    ?product: factor | product "*" factor -> times | product "/" factor -> over
    ?factor: atom | "-" factor -> negative
    ?atom: NUMBER "%" -> percent | NUMBER -> number | TEXT -> text | "(" sum ")"
         | NAME "(" sum ")" -> call
         | (NAME | QUOTED) "at" "step" NUMBER -> at_step
         | (NAME | QUOTED) -> name
    SIGN: "<=" | ">=" | "==" | "!=" | "<" | ">"
    NUMBER: /(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
    NAME: /[^\W\d]\w*([.\/:@]\w+|\[[^\[\]]*\])*/
    QUOTED: /"[^"]+"|`[^`]+`/
    TEXT: /'[^']*'/
    %ignore /\s+/
"""
_WORDS = {
    "SIGN": "a comparison such as <=",
    "NUMBER": "a number",
    "NAME": "a metric",
    "QUOTED": "a metric in double quotes",
    "TEXT": "a text in single quotes",
    "LPAR": "(",
    "RPAR": ")",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "PERCENT": "%",
    "$END": "the end",
}
_ATOMS = frozenset({"NUMBER", "NAME", "QUOTED", "TEXT", "LPAR"})


def parse(text: str, tier: Tier = "fail") -> Rule:
    """The rule that a text says; raises InvalidRule, which shows the place."""
    line = " ".join(text.splitlines()).rstrip()
    if not line.strip():
        raise InvalidRule(line, 0, "there is nothing in it; write one such as `val/loss <= baseline * 1.02`")
    if len(line) > LONGEST:
        raise InvalidRule(line, LONGEST, f"it is longer than {LONGEST:,} characters")
    parser = _parser()
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

    try:
        if sum(1 for _ in parser.lex(line)) > MOST_WORDS:
            raise InvalidRule(line, 0, f"it has more than {MOST_WORDS} words and signs; make two of it")
        claim = cast("Claim", parser.parse(line))
    except UnexpectedCharacters as error:
        raise InvalidRule(line, _at(error), _odd(line, _at(error))) from None
    except UnexpectedEOF:
        raise InvalidRule(line, len(line), "it ends too early") from None
    except UnexpectedToken as error:
        is_end = error.token.type == "$END"
        place = len(line) if is_end else _at(error)
        raise InvalidRule(line, place, _unexpected(error.token, error.accepts or error.expected)) from None
    except _Fault as fault:
        raise InvalidRule(line, fault.place, fault.reason) from None
    _check(line, claim)
    return Rule(line.strip(), claim, tier)


@cache
def _parser() -> Lark:
    try:
        from lark import Lark, Transformer, v_args
    except ModuleNotFoundError:
        raise MissingExtra("lark", "ci") from None

    builder = v_args(inline=True)(type("Builder", (Transformer,), dict(vars(_Nodes))))
    return Lark(_GRAMMAR, start="claim", parser="lalr", transformer=builder(), maybe_placeholders=True)


class _Fault(Exception):
    """What is wrong with a word, and where it stands."""

    def __init__(self, place: int, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(reason)


class _Nodes:
    """What each line of the grammar becomes."""

    def compared(self, left: Expression, sign: Token, right: Expression) -> Claim:
        return Compared(left, cast("Sign", str(sign)), right)

    def within(self, left: Expression, tolerance: Expression, right: Expression) -> Claim:
        return Within(left, tolerance, right)

    def not_worse(self, left: Expression, right: Expression, tolerance: Expression | None) -> Claim:
        return NotWorse(left, right, tolerance)

    def plus(self, left: Expression, right: Expression) -> Expression:
        return Arithmetic("+", left, right)

    def minus(self, left: Expression, right: Expression) -> Expression:
        return Arithmetic("-", left, right)

    def times(self, left: Expression, right: Expression) -> Expression:
        return Arithmetic("*", left, right)

    def over(self, left: Expression, right: Expression) -> Expression:
        return Arithmetic("/", left, right)

    def negative(self, of: Expression) -> Expression:
        return Negative(of)

    def number(self, token: Token) -> Expression:
        return Number(_number(token))

    def percent(self, token: Token) -> Expression:
        return Percent(_number(token) / 100)

    def text(self, token: Token) -> Expression:
        return Text(str(token)[1:-1])

    def name(self, token: Token) -> Expression:
        return _named(token)

    def at_step(self, token: Token, step: Token) -> Expression:
        found = _named(token)
        if not isinstance(found, Quantity) or found.kind != "metric":
            raise _Fault(_place(token), "only a metric has steps")
        if not str(step).isdecimal():
            raise _Fault(_place(step), "a step is a whole number")
        return Quantity("metric", found.name, "at", int(step), found.place)

    def call(self, token: Token, of: Expression) -> Expression:
        word = str(token)
        if word == "baseline":
            return Baseline(of)
        if word.startswith("seeds."):
            return Seeds(_seeds(token), of)
        known = [one for one in get_args(Aggregate) if one != "at"]
        if word not in known:
            raise _Fault(_place(token), f"there is no {word!r}; {_near(word, [*known, 'baseline', 'seeds.std'])}")
        if not isinstance(of, Quantity) or of.kind != "metric" or of.aggregate != "last":
            raise _Fault(_place(token), f"{word}() is of one metric")
        return Quantity("metric", of.name, cast("Aggregate", word), None, of.place)


def _named(token: Token) -> Expression:
    word, place = str(token), _place(token)
    if token.type == "QUOTED":
        return Quantity("metric", word[1:-1], place=place)
    if word == "baseline":
        return Baseline()
    if re.match(r"baseline[./]", word):
        raise _Fault(place, "write baseline(val/loss) for another metric, and spaces around the / of a division")
    head, dot, rest = word.partition(".")
    if head == "seeds" and dot:
        return Seeds(_seeds(token))
    if head == "energy" and dot:
        if rest not in ENERGY:
            raise _Fault(place + 7, f"energy has no {rest!r}; {_near(rest, ENERGY)}; a metric of that name is quoted")
        return Quantity("energy", rest, place=place)
    if head in ("summary", "config") and dot:
        return Quantity("summary" if head == "summary" else "config", rest, place=place)
    return Quantity("metric", word, place=place)


def _seeds(token: Token) -> Literal["std", "min", "max", "mean", "count"]:
    word = str(token).partition(".")[2]
    if word not in SEEDS:
        raise _Fault(_place(token) + 6, f"seeds has no {word!r}; {_near(word, SEEDS)}")
    return cast('Literal["std", "min", "max", "mean", "count"]', word)


def _number(token: Token) -> float:
    value = float(str(token).replace("_", ""))
    if value == float("inf"):
        raise _Fault(_place(token), "the number is too large")
    return value


def _check(line: str, claim: Claim) -> None:
    """What can be read and still says nothing."""
    asked = quantities(claim)
    if not asked:
        raise InvalidRule(line, 0, "it asks for nothing of a run; name a metric")
    is_bare = any(isinstance(one, (Baseline, Seeds)) and one.of is None for one in all_parts(claim))
    if is_bare and len(asked) > 1:
        names = " and ".join(map(str, asked[:2]))
        raise InvalidRule(
            line, max(0, line.find("baseline")), f"it is about {names}: say of which, as in baseline({asked[0]})"
        )
    if isinstance(claim, NotWorse) and len(asked) > 1:
        raise InvalidRule(line, 0, "`not worse than` is about one metric; compare several with <= or >=")
    nested = [two for one in all_parts(claim) if isinstance(one, (Baseline, Seeds)) for two in list(parts(one))[1:]]
    if any(isinstance(one, (Baseline, Seeds)) for one in nested):
        raise InvalidRule(line, 0, "a baseline has no baseline of its own")
    has_text = any(isinstance(one, Text) for one in all_parts(claim))
    if has_text and not (isinstance(claim, Compared) and claim.sign in ("==", "!=") and _is_of_setting(claim)):
        raise InvalidRule(
            line, line.find("'"), "a text stands alone on its side of == or !=, as in config.opt == 'sgd'"
        )


def _is_of_setting(claim: Compared) -> bool:
    sides = (claim.left, claim.right)
    return any(isinstance(one, Text) for one in sides) and any(isinstance(one, Quantity) for one in sides)


def _at(error: UnexpectedInput) -> int:
    place: Any = error.pos_in_stream
    return int(place or 0)


def _place(token: Token) -> int:
    return token.start_pos or 0


def _near(word: str, known: tuple[str, ...] | list[str]) -> str:
    near = nearest(word, known)
    return f"nearest: {', '.join(near)}" if near else f"there are {', '.join(known)}"


def _odd(line: str, place: int) -> str:
    character = line[place : place + 1]
    if character == "=":
        return "a comparison is one of <=, <, >=, >, == and !="
    if character in "\"'`":
        return "the quote has no end"
    return f"{character!r} means nothing here; a name with it stands in double quotes"


def _unexpected(token: Token, wanted: Any) -> str:
    found = set(wanted)
    if "NUMBER" in found and "NAME" in found:
        found -= {*_ATOMS, "MINUS"}
        words = ["a metric or a number"]
    else:
        words = []
    words += [_WORDS.get(one, f"`{one.lower()}`") for one in sorted(found)]
    told = "the rule ends too early" if token.type == "$END" else f"{str(token)!r} does not fit here"
    near = nearest(str(token), ["within", "not", "worse", "than", "by", "more", "of", "at", "step"], 1)
    if token.type == "NAME" and near and near[0].upper() in found:
        return f"{told}; nearest: {near[0]}"
    return f"{told}; what fits is {', '.join(words[:6])}"
