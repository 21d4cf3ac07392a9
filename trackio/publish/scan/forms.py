"""Secrets that are known by their form alone (pure).

The field's own scanner, detect-secrets, tries each pattern at each line: half a megabyte a second, six minutes for a
site of 170 MB. Here a pattern is tried only where the letters that it begins with stand, which takes seconds, and none
goes on without a bound, so that no text makes it slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = rb"(?<![A-Za-z0-9_])"
"""No letter before: ``sk-`` also ends ``task-``, and Base64 has every three letters."""


@dataclass(frozen=True, slots=True)
class Form:
    """How secrets of one kind begin and go on."""

    rule: str
    beginnings: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    """Matched at a beginning; its last group, where it has one, is the secret."""
    is_random: bool = False
    """Whether what follows has to look like chance, as the form is one that words have too."""


def _form(rule: str, beginnings: str, rest: str, *, is_random: bool = False) -> Form:
    begins = tuple(beginnings.encode().split(b" "))
    either = b"|".join(re.escape(one) for one in begins)
    return Form(rule, begins, re.compile(_WORD + b"(?:" + either + b")" + rest.encode()), is_random)


FORMS: tuple[Form, ...] = (
    _form("hugging-face-token", "hf_ api_org_", "[A-Za-z0-9]{20,200}"),
    _form("github-token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", "[A-Za-z0-9_]{20,300}"),
    _form("gitlab-token", "glpat- gldt- glrt- glptt- glft- glsoat- glcbt-", "[A-Za-z0-9_.-]{16,300}"),
    _form("aws-key", "AKIA ASIA ABIA ACCA", "[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _form("google-key", "AIza", "[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _form("google-key", "ya29. GOCSPX-", "[A-Za-z0-9_-]{20,400}"),
    _form("azure-key", "AccountKey= SharedAccessKey=", "([A-Za-z0-9+/]{30,200}={0,2})"),
    _form("azure-key", "sig=", "([A-Za-z0-9%+/]{40,120}(?:%3[dD]|=))"),
    _form("api-key", "sk-", "[A-Za-z0-9_-]{20,400}", is_random=True),
    _form(
        "api-key", "gsk_ xai- pplx- r8_ dapi nvapi- jina_ tvly- fw_ ctx7sk-", "[A-Za-z0-9_-]{32,200}", is_random=True
    ),
    _form("api-key", "lin_api_ glsa_ dop_v1_ doo_v1_ dckr_pat_ ntn_ tfp_ AGE-SECRET-KEY-", "[A-Za-z0-9_-]{20,200}"),
    _form("sendgrid-key", "SG.", r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    _form("slack-token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-", "[A-Za-z0-9-]{10,300}"),
    _form("webhook", "hooks.slack.com/services/ hooks.slack.com/workflows/", "([A-Za-z0-9_/-]{20,200})"),
    _form("webhook", "discord.com/api/webhooks/ discordapp.com/api/webhooks/", "([0-9]{10,24}/[A-Za-z0-9_-]{20,200})"),
    _form("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", "[A-Za-z0-9]{16,200}"),
    _form("npm-token", "npm_", "[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _form("pypi-token", "pypi-AgE", "[A-Za-z0-9_-]{40,400}"),
    Form(
        "jwt",
        (b"eyJ",),
        re.compile(rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}"),
    ),
    Form(
        "private-key",
        (b"-----BEGIN ",),
        re.compile(rb"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    ),
    Form(
        "url-password",
        (b"://",),
        re.compile(rb"""://([^\s:@/"'<>\\]{0,200}):(?!\1@)([^\s@/"'<>\\]{3,300})@[A-Za-z0-9\[]"""),
    ),
)
