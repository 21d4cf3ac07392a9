"""Addresses of HTTP, and the connections to them: proxies, certificates, and what is wrong with them in words."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from trackio import settings
from trackio.errors import UsageError

if TYPE_CHECKING:
    from urllib3 import PoolManager

_PORTS = {"http": 80, "https": 443}


def address(url: str) -> SplitResult:
    """The parts of an address of HTTP; raises UsageError for what is none."""
    # What stands in an address may be a token, so none is repeated in full.
    try:
        parts = urlsplit(url.strip())
        is_address = parts.scheme in _PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address or any(sign.isspace() or not sign.isprintable() for sign in url.strip()):
        raise UsageError(f"{_shown(url)!r} is no address of HTTP, as http://127.0.0.1:7860 is.")
    return parts


def pools(base: SplitResult) -> PoolManager:
    """Connections to an address, through the proxy that the environment names for it; raises UsageError."""
    from urllib3 import PoolManager, ProxyManager, make_headers

    trusted = settings.certificates()
    # Two for each host: a sender's, and that of whoever asks meanwhile.
    options: dict[str, Any] = {"num_pools": 4, "maxsize": 2}
    if trusted is not None:
        options["ca_cert_dir" if trusted.is_dir() else "ca_certs"] = str(trusted)
    # No proxy leads to this very machine.
    proxy = None if _is_loopback(base.hostname or "") else settings.proxy(base.scheme, base.netloc)
    if proxy is None:
        return PoolManager(**options)
    parts = urlsplit(proxy)
    if parts.scheme.startswith("socks"):
        try:
            from urllib3.contrib.socks import SOCKSProxyManager
        except ImportError:
            raise UsageError("The environment names a SOCKS proxy, which needs `pip install pysocks`.") from None
        return SOCKSProxyManager(proxy, **options)
    bare = parts._replace(netloc=bare_netloc(parts)).geturl()
    if parts.username is not None:
        options["proxy_headers"] = make_headers(proxy_basic_auth=_credentials(parts))
    return ProxyManager(bare, **options)


def redirected(url: str, location: str) -> tuple[str, bool]:
    """Where a redirect leads, and whether that is the same host, by no weaker a scheme."""
    target = urljoin(url, location)
    new, old = urlsplit(target), urlsplit(url)
    is_same = (new.scheme, new.hostname, _port(new)) == (old.scheme, old.hostname, _port(old))
    is_safer = (old.scheme, new.scheme) == ("http", "https") and new.hostname == old.hostname
    return target, is_same or is_safer


def bare_netloc(parts: SplitResult) -> str:
    """Host and port, without a name and password."""
    return parts.netloc.rpartition("@")[2]


def basic(parts: SplitResult) -> dict[str, str]:
    """The header for the name and password in an address; empty where it has none."""
    if parts.username is None:
        return {}
    from base64 import b64encode

    return {"Authorization": f"Basic {b64encode(_credentials(parts).encode()).decode()}"}


def words(error: BaseException) -> str:
    """What went wrong, without an address in it."""
    from urllib3 import exceptions

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, exceptions.NameResolutionError):
            return "there is no host of that name"
        if isinstance(cause, ssl.SSLError):
            return f"no safe connection: {getattr(cause, 'verify_message', None) or cause.reason or 'TLS failed'}"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        # A connection that was refused is of the same kind, and not the innermost.
        is_late = isinstance(cause, (exceptions.TimeoutError, TimeoutError))
        if is_late and not isinstance(cause, exceptions.NewConnectionError):
            return "it did not answer in time"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, exceptions.ProxyError):
        return "the proxy on the way does not let it through"
    return "the connection broke off"


def _credentials(parts: SplitResult) -> str:
    return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def _shown(url: str) -> str:
    """So much of what was meant as an address as can hold no token: scheme and host."""
    scheme, slashes, rest = url.strip().partition("//")
    if not slashes:
        scheme, rest = "", scheme
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if "@" in rest[len(host) :]:
        # A password with a sign that begins something else.
        return f"{scheme}{slashes}..."
    name, colon, port = host.rpartition("@")[2].rpartition(":")
    return f"{scheme}{slashes}{f'{name}:{port}' if colon and port.isdecimal() else name or port}"
