"""The Markdown of notes as HTML that can do no harm: how it is read, and how each kind of token is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import escape

from trackio.errors import MissingExtra
from trackio.report.narrative.filling import BLOCK_CLOSE, BLOCK_OPEN
from trackio.report.narrative.mathml import mathml

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def is_public(href: str) -> bool:
    """Whether an address means the same from anywhere."""
    return urlsplit(href).scheme in ("http", "https", "mailto")


@cache
def parser() -> MarkdownIt:
    """The parser; what only renders has its options in the environment."""
    from markdown_it import MarkdownIt

    try:
        from mdit_py_plugins.dollarmath import dollarmath_plugin
        from mdit_py_plugins.footnote import footnote_plugin
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "mdit-py-plugins", "notes") from None
    made = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    made.use(footnote_plugin, inline=False).use(
        dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True
    )
    rules = {
        "fence": _fence,
        "heading_open": _heading,
        "heading_close": _heading,
        "image": _image,
        "link_open": _link,
        "link_close": _link,
        "math_inline": _inline_formula,
        "math_inline_double": _inline_formula,
        "math_block": _block_formula,
        "math_block_label": _block_formula,
        "table_open": _table,
        "table_close": _table,
        "td_open": _cell,
        "th_open": _cell,
        "softbreak": _break,
    }
    for name, rule in rules.items():
        made.add_render_rule(name, rule)
    return made


# Rules of markdown-it: each takes the renderer, the tokens, a place among them, the options and the environment.


def _fence(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    token = tokens[place]
    if "place" in token.meta:
        return f"{BLOCK_OPEN}{token.meta['place']}{BLOCK_CLOSE}\n"
    return f"<pre><code>{escape(token.content)}</code></pre>\n"


def _heading(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    token = tokens[place]
    tag = f"h{min(6, int(token.tag[1]) + env['document'].shift)}"
    return f'<{tag} id="{escape(token.attrs["id"])}">' if token.nesting > 0 else f"</{tag}>\n"


def _image(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:
    token = tokens[place]
    source = str(token.attrs.get("src", ""))
    words = self.renderInlineAsText(token.children or [], options, env)
    if token.meta.get("remote"):
        return f'<a href="{escape(source)}" rel="noopener noreferrer">{escape(words or source)}</a>'
    image = env["document"].images[source]
    title = f' title="{escape(token.attrs["title"])}"' if token.attrs.get("title") else ""
    return f'<img src="{escape(env["image_base"] + image.name)}" alt="{escape(words)}"{title} loading="lazy">'


def _link(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:
    token = tokens[place]
    if token.meta.get("dead"):
        return ""
    if token.nesting > 0 and is_public(str(token.attrs.get("href", ""))):
        token.attrs["rel"] = "noopener noreferrer"
    rendered: str = self.renderToken(tokens, place, options, env)
    return rendered + str(escape(token.meta.get("text", "")))


def _inline_formula(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    return mathml(tokens[place].content.strip(), is_block=tokens[place].type.endswith("double"))


def _block_formula(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    token = tokens[place]
    label = f'<span class="tk-eq">({escape(token.info)})</span>' if token.info else ""
    return f'<div class="tk-formula">{mathml(token.content.strip(), is_block=True)}{label}</div>\n'


def _table(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    if tokens[place].nesting > 0:
        return '<div class="tk-scroll" tabindex="0" role="region" aria-label="Table"><table class="tk-data">\n'
    return "</table></div>\n"


def _cell(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    # Markdown's own alignment is a style attribute, which a strict Content-Security-Policy forbids.
    style = str(tokens[place].attrs.get("style", ""))
    side = ' class="tk-num"' if style.endswith("right") else ' class="tk-centre"' if style.endswith("center") else ""
    return f"<{tokens[place].tag}{side}>"


def _break(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]) -> str:  # noqa: ARG001
    return "\n"
