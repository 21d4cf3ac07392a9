"""``trackio show``: the dashboard of this machine's runs."""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING

from trackio.cli.access import add_access, check_access
from trackio.cli.text import plain

if TYPE_CHECKING:
    from trackio.cli.commands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add ``show``."""
    parser = subparsers.add_parser(
        "show",
        description="Show the runs of this machine in a browser, as they go on. Needs `pip install "
        "'trackio[dashboard]'`; `trackio serve` does without.",
    )
    parser.add_argument("--project", metavar="NAME", help="open this one")
    parser.add_argument("--theme", choices=("light", "dark", "auto"), default="auto", help="auto: each reader's own")
    parser.add_argument(
        "--open", action=argparse.BooleanOptionalAction, help="open it in a browser (default: where there is a screen)"
    )
    parser.add_argument("--mcp", action="store_true", help="also offer the read commands as tools for agents (MCP)")
    where = parser.add_argument_group("where")
    where.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: 127.0.0.1)")
    where.add_argument("--port", type=int, metavar="N", help="the first port to try (default: 7860)")
    where.add_argument("--share", action="store_true", help="also give it a public address, through gradio's tunnel")
    where.add_argument("--root-path", default="", metavar="PATH", help="where a proxy puts it, such as /trackio")
    who = add_access(parser)
    who.add_argument(
        "--forwarded-allow-ips", metavar="A,B", help="addresses of proxies that are believed who asks, or *"
    )


def run(args: argparse.Namespace) -> None:
    """Show it until interrupted."""
    check_access(args)
    from trackio.server import tokens
    from trackio.showing import show

    signal.signal(signal.SIGTERM, _leave)
    show(
        args.project,
        theme=args.theme,
        mcp_server=args.mcp,
        open_browser=args.open,
        block_thread=True,
        host=args.host,
        share=args.share,
        server_port=args.port,
        read_token=None if args.read_token_file is None else tokens.of_file(args.read_token_file),
        write_token=None if args.write_token_file is None else tokens.of_file(args.write_token_file),
        open_reading=args.open_reading,
        allowed_hosts=args.allowed_host,
        root_path=args.root_path,
        forwarded_allow_ips=args.forwarded_allow_ips,
        say=lambda text: print(plain(text), flush=True),
    )


def _leave(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
