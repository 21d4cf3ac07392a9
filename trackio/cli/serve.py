"""``trackio serve``: takes in what runs on other machines record, and shows it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trackio.cli.access import add_access, check_access
from trackio.cli.text import plain
from trackio.errors import UsageError

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``serve``."""
    parser = subparsers.add_parser(
        "serve",
        description="Serve the runs of this machine's home, and take in those that other machines record with "
        "init(server_url=...). Whoever has the write token may record and change.",
    )
    where = parser.add_argument_group("where")
    where.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: 127.0.0.1)")
    where.add_argument("--port", type=int, default=7860, metavar="N", help="the first port to try (default: 7860)")
    where.add_argument("--workers", type=int, default=1, metavar="N", help="processes that answer (default: 1)")
    where.add_argument("--root-path", metavar="PATH", help="where a proxy puts it below its host, such as /trackio")
    where.add_argument("--ssl-keyfile", type=Path, metavar="FILE", help="the key, to speak https without a proxy")
    where.add_argument("--ssl-certfile", type=Path, metavar="FILE", help="the certificate, likewise")
    who = add_access(parser)
    who.add_argument(
        "--forwarded-allow-ips", metavar="A,B", help="addresses of proxies that are believed who asks, or *"
    )
    who.add_argument(
        "--rate-limit", type=float, metavar="N", help="requests a second of one address (default: 200; 0: no limit)"
    )
    parser.add_argument("--access-log", action="store_true", help="tell of each request; tokens are never told")


def run(args: argparse.Namespace) -> None:
    """Serve until interrupted."""
    if args.workers < 1:
        raise UsageError(f"--workers {args.workers} leaves nobody to answer. Use 1 or more.")
    if (args.ssl_keyfile is None) != (args.ssl_certfile is None):
        raise UsageError("https needs both, --ssl-keyfile and --ssl-certfile.")
    for file in (args.ssl_keyfile, args.ssl_certfile):
        if file is not None and not file.is_file():
            raise UsageError(f"There is no file {file}.")
    if args.ssl_keyfile is not None:
        _check_pair(args.ssl_keyfile, args.ssl_certfile)
    if args.rate_limit is not None and not 0 <= args.rate_limit < float("inf"):
        raise UsageError(f"--rate-limit {args.rate_limit:g} is no number of requests a second. Use one such as 200.")
    check_access(args)

    from trackio.server.running import Serving, serve

    serve(
        Serving(
            host=args.host,
            port=args.port,
            workers=args.workers,
            write_token_file=args.write_token_file,
            read_token_file=args.read_token_file,
            is_open=args.open_reading,
            hosts=tuple(args.allowed_host),
            root_path=args.root_path,
            requests_per_second=args.rate_limit,
            proxies=args.forwarded_allow_ips,
            key_file=args.ssl_keyfile,
            certificate_file=args.ssl_certfile,
            is_logged=args.access_log,
        ),
        say=lambda text: print(plain(text), file=sys.stderr, flush=True),
    )


def _check_pair(key: Path, certificate: Path) -> None:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:
        # Of a file that is something else there is no reason but a place in OpenSSL's sources.
        is_content = isinstance(error, ssl.SSLError)
        reason = "both must be PEM files, and belong together" if is_content else error.strerror
        raise UsageError(f"No https with {certificate} and {key}: {reason}.") from None
