"""Static Spaces as readers see them: raw files on a host of their own, and the Hub's page that frames them.

The host ``<owner>-<name>.static.hf.space`` (the ``Host`` of a request) serves the files of ``main``; so does the path
``/static/<owner>/<name>/``, for readers that cannot choose a host. ``/spaces/<owner>/<name>`` is the Hub's page: it
hands its query string to the frame once, on first load, and takes back what the frame posts as ``queryString``. Files
of a private Space are for those whom the page let in: by ``__sign`` at first, by a cookie from then on.
"""

from __future__ import annotations

import mimetypes
from hashlib import sha256
from html import escape
from re import Match
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .answers import Answer, Refused, Request, Route
from .reading import ranged
from .repos import Repo, git_hash

if TYPE_CHECKING:
    from .emulator import Hub

SUFFIX = ".static.hf.space"
KINDS = {".js": "text/javascript", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml"}
PAGE = """<!doctype html><meta charset="utf-8"><title>{title}</title>
<iframe src="{source}" title="{title}" allow="clipboard-write" width="100%" height="800" id="space"></iframe>
<script>
addEventListener("message", (event) => {{
  if (event.source !== document.getElementById("space").contentWindow) return;
  const text = event.data && event.data.queryString;
  if (typeof text !== "string") return;
  history.replaceState(null, "", text ? "?" + text.replace(/^[?]/, "") : location.pathname);
}});
</script>
"""


def hosted(hub: Hub, request: Request) -> Answer | None:
    """The answer of a static Space's own host; None where the Hub itself was asked."""
    host = request.headers.get("Host", "").partition(":")[0]
    if not host.endswith(SUFFIX):
        return None
    for repo in hub.repos.values():
        if repo.kind == "spaces" and f"{repo.subdomain}.hf.space" == host:
            return _raw(repo, request, request.path.lstrip("/"), "/")
    raise Refused(404, "There is no such Space.")


def by_path(hub: Hub, request: Request, found: Match[str]) -> Answer:
    repo = hub.repos.get(("spaces", found[1]))
    if repo is None:
        raise Refused(404, "There is no such Space.")
    return _raw(repo, request, found[2] or "", f"/static/{repo.id}/")


def framing(hub: Hub, request: Request, found: Match[str]) -> Answer:
    repo = hub.repo("spaces", found[1], request)
    query = {name: values for name, values in request.query.items() if not name.startswith("__")}
    if repo.private:
        query["__sign"] = [_sign(repo)]
    scheme, port = ("https", "") if request.headers.get("X-Forwarded-Proto") == "https" else ("http", f":{hub.port}")
    source = f"{scheme}://{repo.subdomain}.hf.space{port}/{f'?{urlencode(query, doseq=True)}' if query else ''}"
    return Answer(PAGE.format(source=escape(source), title=escape(repo.id)).encode(), kind="text/html; charset=utf-8")


def _raw(repo: Repo, request: Request, path: str, root: str) -> Answer:
    if repo.sdk != "static":
        raise Refused(404, "This Space is not static.")
    headers = {}
    if repo.private:
        if request.parameter("__sign") == _sign(repo):
            headers["Set-Cookie"] = f"spaces-jwt={_sign(repo)}; Path={root}; SameSite=None; Secure"
        elif f"spaces-jwt={_sign(repo)}" not in request.headers.get("Cookie", ""):
            raise Refused(404, "Sorry, we can't find the page you are looking for.")
    path = path or "index.html"
    if path not in repo.files:
        raise Refused(404, "Sorry, we can't find the page you are looking for.")
    suffix = f".{path.rpartition('.')[2]}"
    kind = KINDS.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return ranged(repo.files[path], request, {**headers, "ETag": f'"{git_hash(repo.files[path])}"'}, kind)


def _sign(repo: Repo) -> str:
    return sha256(f"sign {repo.id}".encode()).hexdigest()[:16]


ROUTES: list[Route] = [
    ("GET", r"/static/([^/]+/[^/]+)/(.*)", by_path),
    ("GET", r"/spaces/([^/]+/[^/]+)", framing),
]
