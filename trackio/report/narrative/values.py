"""Values of runs within a sentence: ``{{ run("best").summary["val/loss"] }}``.

The expressions are Jinja's, in its sandbox, and only a small part of them: constants, arithmetic on numbers, fields of
the objects in `facts`, and the functions and filters named here. There are no statements, no methods of Python's own
objects and no loops, so an expression takes about as long as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import TemplateError
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from trackio.errors import NotFound, UnknownRun
from trackio.report.narrative.facts import EnergyFacts, Part, ProjectFacts, RunFacts, Unknown, Values
from trackio.report.narrative.problems import near
from trackio.report.narrative.quantities import FILTERS, ON_NUMBERS, Column, Runs, number, shown

if TYPE_CHECKING:
    from jinja2.runtime import Context

LONGEST = 2_000
"""Characters of one expression."""
LARGEST_POWER = 64

_NODES = (
    *(nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Call, nodes.Filter, nodes.Keyword),
    *(nodes.List, nodes.Tuple, nodes.BinExpr, nodes.UnaryExpr, nodes.Compare, nodes.Operand, nodes.CondExpr),
)


class Expressions:
    """What evaluates the expressions of one file."""

    def __init__(self, projects: Mapping[str, ProjectFacts], default: ProjectFacts | None) -> None:
        self._projects, self._default = projects, default
        self.asked: set[str] = set()
        """The projects that values came from."""
        plain: dict[str, Callable[..., Any]] = {"project": self.facts, "energy": self._energy}
        functions: dict[str, Callable[..., Any]] = {"run": self._run, "runs": self._runs, **plain, **ON_NUMBERS}
        self._environment = _Environment(functions, frozenset(plain.values()))

    def text(self, expression: str) -> str:
        """What an expression gives, as readers see it. Raises Unknown for whatever is wrong with it."""
        if len(expression) > LONGEST:
            raise Unknown(f"An expression has at most {LONGEST:,} characters.")
        try:
            self._environment.check(expression)
            return shown(self._environment.compile_expression(expression, undefined_to_none=False)())
        except (Unknown, NotFound) as error:
            raise Unknown(str(error)) from None
        except TemplateError as error:
            raise Unknown(f"This is no expression that can be read: {error.message}.") from None
        except RecursionError:
            raise Unknown("This expression is nested too deep.") from None
        except ZeroDivisionError:
            raise Unknown("This divides by zero.") from None
        except (TypeError, ValueError, OverflowError, LookupError) as error:
            raise Unknown(f"This cannot be worked out: {error}.") from None

    def facts(self, name: str | None = None) -> ProjectFacts:
        """A project, by default the one that the notes are about. Raises Unknown."""
        if name is None and self._default is None:
            raise Unknown(
                f"Say which project: `project:` in the front matter or here. {near('', list(self._projects))}"
            )
        found = self._default if name is None else self._projects.get(name)
        if found is None:
            known = near(str(name), list(self._projects))
            raise Unknown(f"There is no project {name!r} in this report; --project adds one. {known}")
        self.asked.add(found.name)
        return found

    def _energy(self, project: str | None = None) -> EnergyFacts:
        return self.facts(project).energy

    def _runs(self, *patterns: str, group: str | None = None, project: str | None = None) -> Runs:
        facts = self.facts(project)
        found = facts.chosen([str(one) for one in patterns])
        if group is not None:
            found = [one for one in found if one.group == group]
            if not found:
                raise Unknown(f"None of these runs is in a group {group!r}. {near(group, facts.groups)}")
        return Runs(tuple(found))

    def _run(
        self, name: str, metric: str | None = None, mode: str | None = None, *, project: str | None = None
    ) -> RunFacts:
        facts = self.facts(project)
        if not isinstance(name, str):
            raise Unknown('run() takes a name, an id, a pattern, "best" or "last".')
        known = {one.name for one in facts.runs} | {one.id for one in facts.runs}
        if name == "best" and name not in known:
            return _best(facts, facts.runs, metric, mode)
        if name == "last" and name not in known:
            if not facts.runs:
                raise Unknown(f"Project {facts.name} has no runs yet.")
            return facts.runs[-1]
        try:
            found = facts.chosen([name])
        except UnknownRun:
            raise UnknownRun(name, ["best", "last", *(one.name for one in facts.runs)], where=facts.name) from None
        if len(found) > 1 and metric is not None:
            return _best(facts, found, metric, mode)
        if len(found) > 1:
            raise Unknown(f'{name!r} is {len(found)} runs. Name one, or the best of them: run("{name}", "val/loss").')
        return found[0]


def _best(facts: ProjectFacts, runs: Sequence[RunFacts], metric: str | None, mode: str | None) -> RunFacts:
    name = metric or facts.telling
    if name is None:
        raise Unknown(f"Project {facts.name} has no metric to be best at.")
    if mode not in (None, "min", "max"):
        raise Unknown(f"mode is min or max, not {mode!r}.")
    is_high = facts.is_better_high(name) if mode is None else mode == "max"
    values = [(one.max if is_high else one.min, one) for one in runs]
    known = [(own[name], one) for own, one in values if name in own]
    if not known:
        raise Unknown(f"None of these runs logged {name!r}. {near(name, facts.metrics)}")
    # Of equals the first that was recorded.
    return (max if is_high else min)(known, key=lambda pair: pair[0])[1]


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja with our own objects, functions and filters, and nothing else."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(ImmutableSandboxedEnvironment.default_unop_table)

    def __init__(self, functions: Mapping[str, Callable[..., Any]], plain: frozenset[Callable[..., Any]]) -> None:
        super().__init__(undefined=StrictUndefined)
        self._plain = plain
        self._functions = frozenset(functions.values())
        self.globals = dict(functions)
        self.filters = dict(FILTERS)
        self.tests = {}

    def check(self, expression: str) -> None:
        """Raise Unknown for what is no part of our expressions, before any of it runs."""
        parser = Parser(self, expression, state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            raise Unknown(f"This is one expression, and then there is {parser.stream.current.value!r}.")
        for node in [tree, *tree.find_all(nodes.Node)]:
            if not isinstance(node, _NODES):
                raise Unknown("An expression is made of names, values, fields, arithmetic and filters alone.")
            if isinstance(node, nodes.Name) and node.name not in self.globals:
                raise Unknown(f"There is no {node.name!r}. {near(node.name, list(self.globals))}")
            if isinstance(node, nodes.Filter) and node.name not in FILTERS:
                raise Unknown(f"There is no filter {node.name!r}. {near(node.name, list(FILTERS))}")

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of ours."""
        return self._field(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A named value, or an item by its place."""
        if isinstance(argument, str):
            return self._field(obj, argument)
        if isinstance(obj, (Runs, tuple, list)) and isinstance(argument, int):
            items = obj.runs if isinstance(obj, Runs) else obj
            if not -len(items) <= argument < len(items):
                raise Unknown(f"There are {len(items)} of these, and none at {argument}.")
            return items[argument]
        raise _refused(obj)

    def _field(self, obj: Any, name: str) -> Any:
        if callable(obj) and obj in self._plain:
            # `project.name` is `project().name`.
            obj = obj()
        if isinstance(obj, Part):
            return obj.part(name)
        if isinstance(obj, Column):
            return obj.of(name)
        if isinstance(obj, Values):
            return obj.part(name)
        raise _refused(obj)

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - Jinja's own
        """One of our functions."""
        if not callable(function) or function not in self._functions:
            raise Unknown("Only functions are called: run(...), runs(...), project(...), mean(...) and the like.")
        return function(*args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic, on numbers alone and within bounds."""
        number(left)
        number(right)
        if operator == "**" and abs(right) > LARGEST_POWER:
            raise Unknown(f"An exponent is at most {LARGEST_POWER}.")
        if operator == "**" and isinstance(left, int):
            left = float(left)
        return super().call_binop(context, operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """A sign, of numbers alone."""
        return super().call_unop(context, operator, number(arg))


def _refused(obj: Any) -> Unknown:
    kind = "a number" if isinstance(obj, (int, float)) else "a text" if isinstance(obj, str) else "this"
    return Unknown(f"There are no named values in {kind}.")
