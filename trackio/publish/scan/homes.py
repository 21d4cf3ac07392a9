"""Home folders, which name the person who trained (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trackio.publish.scan.finding import Match

RULE = "home-folder"

_BEGINNINGS = (b"/home/", b"/Users/", b":\\Users\\", b":\\\\Users\\\\")
_FOLDER = re.compile(
    rb"""(?<![\w.])(?<!href=")(?<!src=")(/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})"""
    rb"""([A-Za-z0-9_][\w.@-]{0,63})(?=[/\\\s:,;"'<>&)\]}]|$)"""
)
_NOBODY = frozenset(
    b"user users ubuntu runner root app node admin default debian coder vscode jovyan sagemaker-user ec2-user "
    b"azureuser circleci gitpod codespace container docker nobody shared public www-data appuser nonroot "
    b"mambauser".split(b" ")
)
"""Accounts of images and services, which are nobody's."""


def matches(text: bytes, own: bytes | None) -> Iterator[Match]:
    """The home folders in a text; ``own`` is this user's, wherever it lies."""
    for beginning in _BEGINNINGS:
        drive = 1 if beginning.startswith(b":") else 0
        at = text.find(beginning)
        while at >= 0:
            match = _FOLDER.match(text, at - drive) if at >= drive else None
            if match is not None and not is_nobodys(match[2]):
                yield Match(RULE, match.start(), match.end(), match[1].decode(), match[0])
            at = text.find(beginning, at + len(beginning))
    if own:
        at = text.find(own)
        while at >= 0:
            end = at + len(own)
            if text[end : end + 1] in (b"", b"/", b"\\", b'"', b"'", b" ", b"<", b"\n"):
                yield Match(RULE, at, end, "~ ", own)
            at = text.find(own, end)


def is_nobodys(name: bytes) -> bool:
    """Whether an account is one that images and services come with."""
    return name.lower() in _NOBODY
