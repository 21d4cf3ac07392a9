"""``trackio.show``: the dashboard of this machine's runs, in a browser or in a notebook."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlencode

from trackio import settings
from trackio.errors import UsageError
from trackio.messages import logger

if TYPE_CHECKING:
    from trackio.dashboard.launching import Launched
    from trackio.server.options import ServerOptions

Theme = Literal["auto", "light", "dark"]

FIRST_PORT = 7860
FRAME_HEIGHT = 900
"""Of the dashboard inside a notebook, in pixels."""

SHARE_HOSTS = ("*.gradio.live",)
"""The names under which a shared dashboard is asked."""


class Shown(NamedTuple):
    """A dashboard that answers; as a tuple it is what the original's ``show`` gives."""

    app: Launched
    """``app.close()`` ends it."""
    url: str
    share_url: str | None
    full_url: str
    """With the write token: whoever has it may rename, move and delete runs."""

    def __repr__(self) -> str:
        # A notebook shows the last value of a cell, and is passed on with it.
        return f"<Dashboard at {self.share_url or self.url}>"


def show(
    project: str | None = None,
    *,
    theme: Theme | None = None,
    mcp_server: bool = False,
    footer: bool = True,
    open_browser: bool | None = None,
    block_thread: bool | None = None,
    host: str | None = None,
    share: bool | None = None,
    server_port: int | None = None,
    read_token: str | None = None,
    write_token: str | None = None,
    open_reading: bool = False,
    allowed_hosts: Sequence[str] = (),
    root_path: str = "",
    forwarded_allow_ips: str | None = None,
    dashboard: str | None = None,
    color_palette: Sequence[str] | None = None,
    frontend_dir: object = None,
    say: Callable[[str], None] | None = None,
) -> Shown:
    """Start the dashboard and show it.

    In a notebook it appears below the cell, and the call returns; elsewhere it opens in a browser and the call waits
    until it is interrupted, unless ``block_thread`` says otherwise. Needs ``pip install 'trackio[dashboard]'``.

    Args:
        project: Open this project; an unknown one raises UnknownProject.
        theme: ``light``, ``dark``, or ``auto``: as the reader's system has it.
        mcp_server: Also offer what read commands answer as tools for agents, by the Model Context Protocol.
        footer: Whether pages have a footer.
        open_browser: Open it in a browser; where there is a screen if not said.
        block_thread: Wait until interrupted.
        host: Where to listen; this machine alone if not said.
        share: Also give it a public address for a week, through a tunnel of gradio's. Whoever has the address needs a
            token to look, unless ``open_reading``.
        server_port: The port; if not said 7860, or the next one that is free.
        read_token: What one needs to look; ``TRACKIO_READ_TOKEN`` if not said, and nothing where that is not set.
        write_token: What one needs to change something; ``TRACKIO_WRITE_TOKEN`` if not said, or one that is made.
        open_reading: Anybody may look, even when the dashboard is shared or a read token is set.
        allowed_hosts: Names under which it may be asked, besides those of this machine.
        root_path: Where a proxy puts it, such as ``/trackio``.
        forwarded_allow_ips: Addresses of proxies that are believed who asks, with commas between; of a shared
            dashboard the tunnel is.
        dashboard: Has no effect; the original's registry is not there.
        color_palette: Has no effect; colours are those of reports.
        frontend_dir: Has no effect; pages are those of reports.
        say: Called with each line that would be printed.

    Raises:
        UsageError: for what cannot be. MissingExtra: without gradio.
    """
    from trackio.dashboard.launching import launch
    from trackio.server.running import check_port
    from trackio.store.home import Home
    from trackio.tracking.terminal import is_notebook
    from trackio.tracking.terminal import say as said

    tell = say or said
    for name, value in (("dashboard", dashboard), ("color_palette", color_palette), ("frontend_dir", frontend_dir)):
        if value is not None:
            logger().warning("show(%s=) has no effect: pages look as they do in reports.", name)
    if server_port is not None:
        check_port(server_port)
    home = settings.home().absolute()
    if project is not None:
        project = Home(home).project(project).name
    shown_theme = _theme(theme)
    is_shared = share if share is not None else "google.colab" in sys.modules
    options = _options(
        read_token=read_token,
        write_token=write_token,
        is_open=open_reading,
        is_shared=is_shared,
        hosts=tuple(allowed_hosts),
        root_path=root_path,
    )
    tell("Starting the dashboard ...")
    place = host or "127.0.0.1"
    launched = launch(
        options,
        shown_theme,
        host=place,
        port=lambda: _free(place, server_port, tell),
        has_share=is_shared,
        has_mcp=mcp_server,
        proxies=forwarded_allow_ips,
    )
    view = {**({"project": project} if project is not None else {}), **({} if footer else {"footer": "false"})}
    launched = _announced(launched, home)
    found = _addresses(launched, view, options.write_token)
    is_inline = is_notebook() and "ipykernel" in sys.modules
    # What a cell prints stays in the notebook, and goes where that goes.
    reading = options.pass_token if is_inline else options.read_token
    looking = {} if reading is None else {"read_token": reading}
    is_waiting = block_thread if block_thread is not None else not is_notebook()
    _tell(found, launched, {**view, **looking}, tell, is_kept=is_inline, is_waiting=is_waiting)
    if is_inline:
        _show_inline(found.share_url or found.url, {**view, **looking})
    elif _has_screen() if open_browser is None else open_browser:
        import webbrowser

        webbrowser.open(found.full_url)
    if is_waiting:
        _wait(launched)
    return found


def _theme(theme: object) -> str:
    if theme in (None, "default"):
        return "auto"
    if theme not in ("auto", "light", "dark"):
        raise UsageError(f"theme={theme!r} is none of ours. Use 'light', 'dark', or 'auto' for that of each reader.")
    return str(theme)


def _options(
    *,
    read_token: str | None,
    write_token: str | None,
    is_open: bool,
    is_shared: bool,
    hosts: tuple[str, ...],
    root_path: str,
) -> ServerOptions:
    from trackio.remote.tokens import made
    from trackio.server import options, tokens

    home = settings.home().absolute()
    writing = write_token or settings.text("TRACKIO_WRITE_TOKEN")
    reading = None if is_open else read_token or settings.text("TRACKIO_READ_TOKEN")
    if reading is None and is_shared and not is_open:
        # An address that anybody can reach is sooner or later found by somebody.
        reading = made()
    named = (settings.text("TRACKIO_ALLOWED_HOSTS") or "").split(",")
    if is_shared:
        named += [*SHARE_HOSTS, _own_share_host()]
    return options.ServerOptions(
        home=home,
        write_token=_kept(home) if writing is None else tokens.checked(writing, "The write token"),
        read_token=None if reading is None else tokens.checked(reading, "The read token"),
        pass_token=None if reading is None else made(),
        hosts=(*hosts, *(name.strip() for name in named if name.strip())),
        root_path=options.root_path(root_path or settings.text("TRACKIO_ROOT_PATH") or ""),
    )


def _kept(home: Path) -> str:
    from trackio.remote.tokens import made
    from trackio.server import tokens

    try:
        return tokens.kept(home)[0]
    except OSError:
        # A home that may only be read has a dashboard all the same.
        return made()


def _own_share_host() -> str:
    """Where tunnels of gradio's lead that somebody runs themselves."""
    address = settings.text("GRADIO_SHARE_SERVER_ADDRESS") or ""
    return f"*.{address.rpartition(':')[0]}" if ":" in address else ""


def _free(host: str, port: int | None, tell: Callable[[str], None]) -> int:
    from trackio.server.running import bound

    with bound(host, FIRST_PORT if port is None else port) as listening:
        found: int = listening.getsockname()[1]
    if found != (FIRST_PORT if port is None else port) and port != 0:
        tell(f"Port {port or FIRST_PORT} is taken; using {found}.")
    return found


def _announced(launched: Launched, home: Path) -> Launched:
    """The same, known to whoever makes links to the runs of the home until it is closed."""
    from trackio.store.listening import announce

    withdraw = announce(home, launched.url.rstrip("/"))

    def close() -> None:
        withdraw()
        launched.close()

    return replace(launched, close=close)


def _addresses(launched: Launched, view: Mapping[str, str], write_token: str) -> Shown:
    base = launched.share_url or launched.url
    full = f"{base.rstrip('/')}/?{urlencode({**view, 'write_token': write_token}, errors='replace')}"
    return Shown(launched, launched.url, launched.share_url, full)


def _tell(
    found: Shown,
    launched: Launched,
    view: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    is_kept: bool,
    is_waiting: bool,
) -> None:
    end = "Ctrl-C ends it" if is_waiting else "it ends with this process, or by app.close() of what show() returned"
    tell(f"Dashboard at {_at(found.url, view)} - {end}.")
    if found.share_url is not None:
        who = "anybody may look" if "read_token" not in view else "whoever has this address may look"
        tell(f"For others, for a week: {_at(found.share_url, view)} ({who}).")
    where = "open the full_url of what show() returned." if is_kept else found.full_url
    tell(f"To rename, move or delete runs: {where}")
    if launched.mcp_url is not None:
        tell(f"Tools for agents (MCP): {launched.mcp_url}")


def _at(base: str, view: Mapping[str, str]) -> str:
    query = urlencode(view, errors="replace")
    return f"{base.rstrip('/')}/{f'?{query}' if query else ''}"


def _show_inline(base: str, view: Mapping[str, str]) -> None:
    # There already, as a notebook runs in it.
    ipython: Any = import_module("IPython.display")
    ipython.display(ipython.IFrame(_at(base, view), width="100%", height=FRAME_HEIGHT))


def _has_screen() -> bool:
    if settings.text("SSH_CONNECTION"):
        return False
    return sys.platform in ("darwin", "win32") or settings.text("DISPLAY", "WAYLAND_DISPLAY") is not None


def _wait(launched: Launched) -> None:
    stop = threading.Event()
    try:
        # In pieces, as some systems do not interrupt a wait without an end.
        while not stop.wait(1.0):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        launched.close()
