"""One comment on a pull request of GitHub, over its REST API: made the first time, changed from then on."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackio import settings
from trackio.ci.summary import COMMENT_CHARS
from trackio.errors import Refused, ServerBusy, TransportError, Unreachable, UsageError
from trackio.transport import Backoff, Transport

API = "https://api.github.com"
_PAGE = 100
_MOST_PAGES = 100
_TRIES = 4
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_NAME = re.compile(r"[\w.-]{1,100}")
_FORBIDDEN = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request."""

    repository: str
    number: int


@dataclass(frozen=True, slots=True)
class Comment:
    """What became of it."""

    url: str | None
    """None where nothing could be written."""
    is_new: bool
    reason: str | None = None
    """Why nothing was written, in a sentence."""


def pull_of_job(number: int | None = None) -> Pull | None:
    """The pull request that this job is about, or that of the number; None where it is about none.

    Raises UsageError outside of GitHub, as there is no repository then.
    """
    repository = settings.text("GITHUB_REPOSITORY")
    if repository is None or _REPOSITORY.fullmatch(repository) is None:
        raise UsageError("Comments are written in jobs of GitHub, where GITHUB_REPOSITORY is set to owner/name.")
    found = number if number is not None else _of_event() or _of_ref()
    return None if found is None else Pull(repository, found)


def write(text: str, pull: Pull, token: str, *, name: str = "trackio", backoff: Backoff | None = None) -> Comment:
    """Write the comment of that name, or change the one there is; another name is another comment.

    A token without the right to write, as in the jobs of a fork, is no error: what cannot be written is told. A
    request that may have come through is not sent again before it was looked for. Raises UsageError and TransportError.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageError(f"{name!r} cannot name a comment: letters, digits, dots, dashes and underscores can.")
    body = f"<!-- trackio comment: {name} -->\n{text}"
    if len(body) > COMMENT_CHARS:
        raise UsageError(
            f"The text has {len(text):,} characters, and a comment takes {COMMENT_CHARS:,}. "
            "`trackio report --ci --comment FILE` writes one that fits."
        )
    api = Transport(
        settings.text("GITHUB_API_URL") or API,
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    waits = backoff or Backoff()
    try:
        for is_last in (*[False] * (_TRIES - 1), True):
            try:
                return _once(api, pull, body)
            except (ServerBusy, Unreachable) as error:
                if is_last:
                    raise
                time.sleep(waits.failed(error.retry_after_seconds if isinstance(error, ServerBusy) else None))
        raise AssertionError("the last try either returns or raises")
    except Refused as error:
        if error.status not in _FORBIDDEN:
            raise
        reason = "The token may not write comments here, as in pull requests from a fork. In others the job needs "
        return Comment(None, False, f"{reason}`permissions: pull-requests: write`.")
    finally:
        api.close()


def _once(api: Transport, pull: Pull, body: str) -> Comment:
    found = _find(api, pull, body.partition("\n")[0])
    if found is None:
        path = f"repos/{pull.repository}/issues/{pull.number}/comments"
        return Comment(_url(api.request("POST", path, content={"body": body}).json()), True)
    if found.get("body") == body:
        return Comment(_url(found), False)
    path = f"repos/{pull.repository}/issues/comments/{int(found['id'])}"
    return Comment(_url(api.request("PATCH", path, content={"body": body}).json()), False)


def _find(api: Transport, pull: Pull, marker: str) -> Mapping[str, Any] | None:
    """Our comment: one that begins with the marker, and that whoever asks has written.

    Anybody can write the marker into a comment of their own, which they could change afterwards.
    """
    me: str | None = None
    for number, one in enumerate(_comments(api, pull)):
        if number == 0:
            me = _me(api)
        user = one.get("user") or {}
        is_own = user.get("login") == me if me is not None else user.get("type") == "Bot"
        if is_own and str(one.get("body", "")).startswith(marker):
            return one
    return None


def _comments(api: Transport, pull: Pull) -> Iterator[Mapping[str, Any]]:
    path = f"repos/{pull.repository}/issues/{pull.number}/comments"
    for page in range(1, _MOST_PAGES + 1):
        found = api.request("GET", path, query={"per_page": _PAGE, "page": page}).json()
        if not isinstance(found, list):
            raise TransportError(api.server, "the answer is not what GitHub says; is GITHUB_API_URL right?")
        yield from found
        if len(found) < _PAGE:
            return


def _me(api: Transport) -> str | None:
    """Whose token it is; None for the token of a job, which is a bot's and may not ask."""
    answer = api.request("GET", "user", expected=_FORBIDDEN)
    return str(answer.json().get("login")) if answer.status == 200 else None


def _url(found: Any) -> str | None:
    url = found.get("html_url") if isinstance(found, Mapping) else None
    return url if isinstance(url, str) else None


def _of_event() -> int | None:
    """As the event says: of the request itself, or of an issue that is one."""
    path = settings.text("GITHUB_EVENT_PATH")
    if path is None:
        return None
    try:
        event = json.loads(Path(path).read_text("utf-8"))
        about = event.get("pull_request") or (event.get("issue") or {})
        is_pull = "pull_request" in event or "pull_request" in about
        return int(about["number"]) if is_pull else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _of_ref() -> int | None:
    found = re.fullmatch(r"refs/pull/(\d+)/\w+", settings.text("GITHUB_REF") or "")
    return int(found[1]) if found else None
