"""What the Hub's client raises, in words: what did not happen, why, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from trackio.errors import PublishError

MESSAGE_LENGTH = 300
CONFLICTS = (409, 412)
"""Statuses of a commit that came too late."""
LOG_IN = "Log in with `hf auth login`, or set HF_TOKEN to a token that may write there."
_ADVICE = re.compile(
    r"Cannot access content at: \S+|Make sure your token has the correct permissions\.?|"
    r"For more information check: \S+"
)
"""What the client adds for its own callers: addresses of its interface, and of pages on HTTP."""
SCOPE = "Make a token that may write at https://huggingface.co/settings/tokens, and set HF_TOKEN to it."
OTHER = "Name one of your own, or log in with `hf auth login` as somebody who may write there."
SMALLER = (
    "Publish less: `--media last` or `none`, `--runs` and `--metrics` choose; or take the large file out of the run."
)


@contextmanager
def told(meaning: str) -> Iterator[None]:
    """What the client raises, as one error with a next step.

    Its errors share no class of their own: those of HTTP come from a library that differs between its versions, an
    unusable answer is a ValueError, and Xet's a RuntimeError.
    """
    try:
        yield
    except PublishError:
        raise
    except Exception as error:
        cause = _cause(error)
        raise PublishError(meaning, *_words(cause)) from error


def status(error: BaseException) -> int | None:
    """The status that a server answered with; None when it was something else."""
    found = getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else None


def _cause(error: BaseException) -> BaseException:
    """What lies behind the error of an upload that ran in a thread of the client's."""
    while type(error) is RuntimeError and error.__cause__ is not None:
        error = error.__cause__
    return error


def _words(error: BaseException) -> tuple[str, str]:
    """Why it did not happen, and the next step."""
    from huggingface_hub import errors

    reason, code = _reason(error), status(error)
    if isinstance(error, errors.GatedRepoError):
        return "access to the repository has to be granted first", "Ask for it on the repository's page."
    if isinstance(error, errors.RepositoryNotFoundError):
        return "there is none, or it is hidden from this login", f"Make it on the Hub first. {LOG_IN}"
    if isinstance(error, errors.RevisionNotFoundError):
        return "it has no such branch", "Name one that is there, or leave it out."
    if code == 401:
        return "the Hub does not know the token, or it has ended", LOG_IN
    if isinstance(error, errors.LocalTokenNotFoundError) or code == 403:
        return reason, SCOPE if "write access" in reason else OTHER if "rights" in reason else LOG_IN
    if code == 429:
        return _limited(error)
    if code == 413 or _is_large(error):
        return reason, SMALLER
    if isinstance(error, errors.OfflineModeIsEnabled):
        return reason, "Unset HF_HUB_OFFLINE and publish again."
    if isinstance(error, errors.HFValidationError):
        return reason, "Name it as owner/name, in letters, digits, '-', '_' and '.'."
    if code in CONFLICTS:
        return "it was changed at the same time", "Publish again."
    if isinstance(error, ValueError) and code is None:
        return reason, "Correct that and publish again."
    return reason, "Publish again when the Hub can be reached."


def _limited(error: BaseException) -> tuple[str, str]:
    seconds = wanted(error)
    when = "in a few minutes" if seconds is None else f"in {seconds:,.0f} seconds"
    return "the Hub was asked too often", f"Publish again {when}."


def wanted(error: BaseException) -> float | None:
    """The seconds that the Hub asks to be left alone: ``Retry-After``, else the end of the window in ``RateLimit``."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    after = str(headers.get("Retry-After") or "").strip()
    if after.isdigit():
        return float(after)
    window = re.search(r"\bt=(\d+)", str(headers.get("RateLimit") or ""))
    return float(window[1]) if window else None


def _is_large(error: BaseException) -> bool:
    """Whether the Hub refused a large file, which the client tells as a ValueError of its own words."""
    return isinstance(error, ValueError) and "LFS batch" in str(error)


def _reason(error: BaseException) -> str:
    text = " ".join(_ADVICE.sub("", str(error)).split()) or type(error).__name__
    return text if len(text) <= MESSAGE_LENGTH else f"{text[: MESSAGE_LENGTH - 1]}…"
