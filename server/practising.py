"""The practice page alone, for a command that posts to it while no server runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from channels.rest.practice import practice_routes
from server.app import ASSETS, Listener, PortInUse, WebServer, web_config
from server.settings import Settings
from storage.engine import Database
from storage.practice import PracticeComments


@asynccontextmanager
async def practice_server(settings: Settings, database: Database) -> AsyncIterator[Settings]:
    """The settings with the address at which the page is served: theirs where its port is free, so that links stay
    good. Raises OSError for a host that is not this machine's.
    """
    if settings.practice_url is None:
        yield settings
        return
    listener = _listener(settings)
    # Whatever stands before a server of these settings, such as a proxy, does not stand before this one.
    served = settings.model_copy(update={"port": listener.port, "public_url": None})
    routes = practice_routes(PracticeComments(database), ASSETS / "practice", origins=served.origins())
    ready = asyncio.Event()
    server = WebServer(web_config(Starlette(routes=routes), settings.max_frame_bytes), ready.set)
    serving = asyncio.create_task(server.serve(sockets=[listener.socket]))
    try:
        await ready.wait()
        yield served
    finally:
        server.should_exit = True
        await serving
        listener.close()


def _listener(settings: Settings) -> Listener:
    try:
        return _listening(settings.host, settings.port)
    except (PortInUse, OSError):  # a host that is not this machine's fails again
        return _listening(settings.host, 0)


def _listening(host: str, port: int) -> Listener:
    """A port that nobody else can take before it is served."""
    listener = Listener(host, port)
    try:
        listener.socket.listen()
    except OSError:
        listener.close()
        raise
    return listener
