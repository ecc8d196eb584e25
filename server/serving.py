"""`sidenote serve`: runs the server until a signal, and tells a person how to reach it."""

import contextlib
import gc
import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from server.app import serve
from server.identity import LOCAL_USER
from server.notices import notices
from server.screen import make_console
from server.settings import Settings
from server.signals import stop_at_signal
from server.wiring import Parts
from storage.connections import parsed, shown

GOING_DOWN_S = 20.0


async def serve_until_signalled(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; then go down in good order, in ``GOING_DOWN_S`` at most.

    A second signal stops at once. Raises whatever keeps a part from starting, and CancelledError when cut short.
    """
    stop = stop_at_signal(GOING_DOWN_S, "sentences are finished and clients sent away")
    warming = Console(stderr=True).status("Loading the models")
    with contextlib.ExitStack() as stack:
        stack.enter_context(warming)

        def ready(parts: Parts, port: int) -> None:
            stack.close()
            gc.freeze()  # what is there now stays: to look at all of it again each time takes a tenth of a second
            page = announce(parts, port)
            if settings.open_browser and has_person(sys.stdout, os.environ, sys.platform):
                open_page(page)

        await serve(settings, stop, ready)
    make_console().print("Stopped.")


def announce(parts: Parts, port: int) -> str:
    """Print what is on, the addresses and a token. Returns the page's address, by which it is signed in."""
    settings, console = parts.settings, make_console()
    token = parts.tokens.issue(LOCAL_USER)
    page = f"{settings.public_url or settings.url(port)}/#token={token}"  # what follows the # is sent to nobody
    rows = {
        "page": page,
        "address": settings.url(port),
        "token": token,
        "": f"good for {settings.token_ttl_s // 60} min; `sidenote token` prints a new one",
        "speech to text": parts.stt.name,
        "understanding": parts.structurer.name,
        "database": shown(parsed(settings.database)),
        "events": parts.exchange.name,
        "posting": parts.posting.name,
        "practice page": settings.practice_url or "off",
    }
    console.print(Text("Sidenote is running. Ctrl-C ends it.", style="bold"))
    for name, value in rows.items():
        console.print(Text.assemble((f"{name:<16}", "dim"), value), soft_wrap=True)  # a token must stay in one piece
    for notice in notices(settings):
        console.print(Text(notice, style="yellow"), soft_wrap=True)
    console.file.flush()
    return page


def has_person(output: TextIO, environment: Mapping[str, str], platform: str) -> bool:
    """Whether somebody started this by hand, where a browser has a screen to open on."""
    has_screen = platform in {"darwin", "win32"} or any(map(environment.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return output.isatty() and has_screen


def open_page(page: str) -> threading.Thread:
    """Open it in the person's browser, which may take its time, fail, or not be there: the server goes on."""

    def opened() -> None:
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(page)

    thread = threading.Thread(target=opened, name="browser", daemon=True)
    thread.start()
    return thread
