r"""Formulas of TeX as MathML, which browsers show without a script or a font of ours.

The converter takes what it does not know as letters and passes on addresses and styles; here those are mistakes, and
only elements and attributes that draw formulas come through.
"""

from __future__ import annotations

from html import escape, unescape
from types import ModuleType
from typing import TYPE_CHECKING

from trackio.errors import MissingExtra

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 5_000
"""Characters of one formula."""

CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mroot": 2}
_TAGS = frozenset(
    {*CHILDREN, "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd", "mstyle"}
    | {"mpadded", "mphantom", "menclose", "mfenced", "mmultiscripts", "mprescripts", "none"}
)
_ATTRIBUTES = frozenset(
    {"accent", "accentunder", "columnalign", "columnlines", "columnspacing", "columnspan", "depth", "display"}
    | {"displaystyle", "fence", "form", "height", "largeop", "linethickness", "lspace", "mathsize", "mathvariant"}
    | {"maxsize", "minsize", "movablelimits", "notation", "rowlines", "rowspacing", "rowspan", "rspace"}
    | {"scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width"}
)


class Unreadable(ValueError):
    """A formula that is no TeX that can be shown; the text says why."""


def mathml(formula: str, *, is_block: bool) -> str:
    """The formula as MathML. Raises Unreadable."""
    try:
        from latex2mathml import converter, exceptions
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "latex2mathml", "notes") from None
    if len(formula) > LONGEST:
        raise Unreadable(f"it has more than {LONGEST:,} characters")
    if formula.count("{") != formula.count("}") + formula.count(r"\{") - formula.count(r"\}"):
        raise Unreadable("a brace is not closed, or was not opened")
    try:
        element = converter.convert_to_element(formula, display="block" if is_block else "inline")
        return _written(element)
    except RecursionError:
        raise Unreadable("it is nested too deep") from None
    except exceptions.ExtraLeftOrMissingRightError:
        raise Unreadable(r"\left and \right do not belong together") from None
    except exceptions.MissingEndError:
        raise Unreadable(r"a \begin has no \end") from None
    except (exceptions.DoubleSubscriptsError, exceptions.DoubleSuperscriptsError):
        raise Unreadable("there are two indices or two exponents; use braces") from None
    except (exceptions.MissingSuperScriptOrSubscriptError, exceptions.NoAvailableTokensError):
        raise Unreadable("something is missing at its end") from None
    except _wrong(exceptions) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("a command lacks what has to follow it") from None


def _wrong(exceptions: ModuleType) -> tuple[type[Exception], ...]:
    """All that the converter raises for a formula; those of Python's own come where an argument is missing."""
    own = [one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, Exception)]
    return (*own, AssertionError, AttributeError, LookupError, StopIteration, TypeError, ValueError)


def _written(element: Element) -> str:
    tag = element.tag
    if tag not in _TAGS:
        raise Unreadable(f"it needs {tag}, which is not shown here")
    for name in element.attrib:
        if name in ("href", "style", "class", "id"):
            raise Unreadable("links, styles and classes have no place in it")
    text = unescape(element.text or "")
    if text.startswith("\\"):
        raise Unreadable(f"{text} is no command that is known")
    if tag in CHILDREN and len(element) != CHILDREN[tag]:
        raise Unreadable("a command lacks what has to follow it")
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items() if name in _ATTRIBUTES)
    inner = escape(text, quote=False) + "".join(_written(child) for child in element)
    return f"<{tag}{attributes}>{inner}</{tag}>"
