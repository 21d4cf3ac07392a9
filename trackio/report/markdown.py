"""A run's notes as HTML that can do no harm: no raw HTML, no scripts in links, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from trackio.report.privacy import public_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def to_html(text: str) -> str:
    """The rendered Markdown; a template may take it as it is."""
    rendered: str = _markdown().render(public_text(text.replace("\0", "�")))
    return rendered


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # An image would be fetched from its host by every reader; it stays readable as its source text.
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    markdown.disable("image")
    markdown.add_render_rule("link_open", _link)
    return markdown


def _link(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "nofollow noopener noreferrer")
    text: str = self.renderToken(tokens, index, options, env)
    return text
