"""An alert as those who are told of it want it: Slack's blocks, Discord's embeds, JSON, plain words (pure).

The limits are those that Slack and Discord document. They count UTF-16 units somewhere on the way, and so does this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from trackio.alerts.levels import AlertLevel
from trackio.alerts.message import Message
from trackio.harmless import plain, plain_lines
from trackio.privacy import without_secrets
from trackio.store.runs import encode
from trackio.times import iso

SLACK_HEADER, SLACK_TEXT, SLACK_FIELD, SLACK_FIELDS, SLACK_ELEMENT = 150, 3000, 2000, 10, 300
DISCORD_TITLE, DISCORD_TEXT, DISCORD_NAME, DISCORD_VALUE, DISCORD_FIELDS, DISCORD_ALL = 256, 4096, 256, 1024, 25, 6000

LONGEST_TEXT = 100_000
"""Of a title or text that goes to other addresses, in UTF-16 units."""

MOST_DATA = 256 << 10
"""How many bytes of ``data`` are sent along."""

COLOURS: Mapping[AlertLevel, int] = {AlertLevel.INFO: 0x3B6FD6, AlertLevel.WARN: 0xC77700, AlertLevel.ERROR: 0xC62828}

_MARKDOWN = re.compile(r"https?://[^\s<>]+|[\\*_~`|>\[\]<#]")


def slack(message: Message) -> dict[str, Any]:
    """For an incoming webhook of Slack, and for what takes the ``text`` of one, as Mattermost does."""
    heading = f"{message.level.value}: {plain(message.title)}"
    body = plain_lines(message.text)
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _slack_text(heading, SLACK_HEADER)}]
    if body.strip():
        blocks.append({"type": "section", "text": _slack_text(body, SLACK_TEXT)})
    fields = [_slack_text(f"{name}\n{value}", SLACK_FIELD) for name, value in _fields(message)[:SLACK_FIELDS]]
    if fields:
        blocks.append({"type": "section", "fields": fields})
    elements: list[dict[str, Any]] = [_slack_text(word, SLACK_ELEMENT) for word in _context(message)]
    if message.link is not None and len(message.link) < SLACK_TEXT // 2:
        elements.append({"type": "mrkdwn", "text": f"<{_escaped(message.link)}|Open the run>"})
    blocks.append({"type": "context", "elements": elements})
    words = [heading, *([body] if body.strip() else []), " · ".join(_context(message))]
    return {"text": _escaped(cut("\n".join(words), SLACK_TEXT)), "blocks": blocks}


def discord(message: Message) -> dict[str, Any]:
    """For a webhook of Discord. It mentions nobody, whatever the texts say."""
    title = cut(_unmarked(f"{message.level.value}: {plain(message.title)}"), DISCORD_TITLE)
    footer = cut(" · ".join(_context(message)), DISCORD_VALUE)
    left = DISCORD_ALL - _units(title) - _units(footer)
    text = cut(_unmarked(plain_lines(message.text)), min(DISCORD_TEXT, left))
    left -= _units(text)
    fields = []
    for name, value in _fields(message)[:DISCORD_FIELDS]:
        field = {
            "name": cut(_unmarked(name), DISCORD_NAME) or "-",
            "value": cut(_unmarked(value), DISCORD_VALUE) or "-",
        }
        left -= _units(field["name"]) + _units(field["value"])
        if left < 0:
            break
        fields.append({**field, "inline": True})
    embed: dict[str, Any] = {
        "title": title,
        **({"description": text} if text.strip() else {}),
        "color": COLOURS[message.level],
        "timestamp": iso(message.time_ns),
        "footer": {"text": footer},
        "fields": fields,
    }
    if message.link is not None and len(message.link) <= 2048:
        embed["url"] = message.link
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def document(message: Message) -> dict[str, Any]:
    """For any other address: what ``list alerts --json`` tells of it, and more of where it comes from."""
    return {
        "event": "alert",
        "project": message.project,
        "run": message.run,
        "run_id": message.run_id,
        "level": message.level.value.lower(),
        "title": cut(message.title, LONGEST_TEXT),
        "text": cut(message.text, LONGEST_TEXT),
        "step": message.step,
        "timestamp": iso(message.time_ns),
        "data": _data(message),
        "url": message.url,
    }


def words(message: Message) -> tuple[str, str]:
    """A title of one line and a text, for mail and the like."""
    fields = [f"{name}: {value}" for name, value in _fields(message)]
    parts = [plain_lines(message.text), "\n".join(fields), " · ".join(_context(message)), message.link or ""]
    return f"{message.level.value}: {plain(message.title)}", "\n\n".join(part for part in parts if part.strip())


def cut(text: str, most: int) -> str:
    """The text in at most so many UTF-16 units; what was longer ends with an ellipsis."""
    if _units(text) <= most:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * max(most - 1, 0)].decode("utf-16-le", "ignore")
    # A backslash that is cut off from what it escapes would escape the ellipsis.
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - backslashes % 2] + "…" * (most > 0)


def _units(text: str) -> int:
    return len(text) + sum(sign > "\uffff" for sign in text)


def _context(message: Message) -> list[str]:
    step = [] if message.step is None else [f"step {message.step}"]
    return [plain(message.project) or "-", plain(message.run) or "-", *step, message.level.value]


def _data(message: Message) -> Any:
    """The data without secrets; in place of a great deal of them, how much there is."""
    kept = without_secrets(message.data)
    size = len(encode(kept))
    return kept if size <= MOST_DATA else f"({size} bytes are left out)"


def _fields(message: Message) -> list[tuple[str, str]]:
    kept = _data(message)
    if kept is None:
        return []
    pairs = kept if isinstance(kept, Mapping) else {"data": kept}
    return [
        (plain(str(name)), plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
        for name, value in pairs.items()
    ]


def _slack_text(text: str, most: int) -> dict[str, Any]:
    # Plain text knows no mentions, links and marks, so nothing in it needs an escape.
    return {"type": "plain_text", "text": cut(text, most) or "-", "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unmarked(text: str) -> str:
    """The text with a backslash before what Markdown would take for its own; addresses stay whole."""
    return _MARKDOWN.sub(lambda found: found[0] if len(found[0]) > 1 else f"\\{found[0]}", text)
