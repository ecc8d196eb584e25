"""The web application and the process that serves it. Everything is warm before the first connection is taken."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from channels.endpoint import Endpoint
from channels.limits import SocketSettings
from channels.rest.admission import admission_routes
from channels.rest.front import front_routes
from channels.rest.health import NotReady, health_routes
from channels.rest.practice import practice_routes
from channels.topics.choices import Choices
from channels.topics.names import Topics
from server.identity import LOCAL_USER
from server.protocol import ClientsFault, WebsocketProtocol
from server.settings import Settings
from server.wiring import Parts, running_parts

ASSETS = Path(__file__).parent / "assets"
WEB = Path(__file__).parent / "web"  # the page at /, built by `make setup`

# Going down takes at most 20 s: SETTLE_S, CLOSE_WITHIN_S, 2 s for the last close, and 5 s for an agent to save.
SETTLE_S = 8.0  # for sentences that are being worked on
CLOSE_WITHIN_S = 4.0  # over which connections are closed, so that their clients don't come back all at once
CLOSED_S = 2  # for the last handshakes of closing
SEND_BUFFER_BYTES = 131_072  # in the kernel, which doubles it; left alone it grows to megabytes for who stops reading
DEAD_PEER_MS = 60_000  # sent data that is not taken for this long ends the TCP connection


class PortInUse(Exception):
    """Another program listens on the port. The message names the way out."""


def create_app(parts: Parts, endpoint: Endpoint) -> ASGIApp:
    """The routes of a server."""

    async def metrics(request: Request) -> Response:
        body, content_type = parts.telemetry.prometheus()
        return Response(body, media_type=content_type)

    async def check() -> None:
        if endpoint.draining:
            raise NotReady("This server goes down.")
        if not parts.exchange.is_up():
            raise NotReady("Redis can't be reached just now.")
        await parts.users.get(LOCAL_USER)

    def shown() -> dict[str, Any]:
        """A process whose engine is full still serves who is in, and who follows: it is ready."""
        return {"speech_to_text": asdict(parts.stt.load)}

    routes = [
        *front_routes(WEB, ASSETS / "unbuilt.html"),
        *admission_routes(endpoint, parts.tokens, socket_settings(parts.settings)),
        *health_routes(check, shown),
        Route("/metrics", metrics),
    ]
    if parts.settings.practice_url:
        origins = parts.settings.origins()
        routes += practice_routes(parts.practice, ASSETS / "practice", origins=origins)
    return endpoint.before(Starlette(routes=routes))


def create_endpoint(parts: Parts, port: int) -> Endpoint:
    """The websockets of a server that listens on ``port``."""
    topics = Topics(
        parts.exchange.hub,
        parts.exchange.presence,
        parts.supervisor,
        parts.sessions,
        parts.videos,
        parts.notes,
        parts.glossaries,
        Choices(parts.preferences, parts.settings.auto_post),
        parts.telemetry,
    )
    return Endpoint(
        parts.tokens,
        parts.settings.origins(port),
        topics,
        parts.telemetry,
        parts.users.ensure,
        socket_settings(parts.settings),
    )


def socket_settings(settings: Settings) -> SocketSettings:
    return SocketSettings(
        max_frame_bytes=settings.max_frame_bytes,
        idle_timeout_s=settings.idle_timeout_s,
        prejoin_timeout_s=settings.prejoin_timeout_s,
        outgoing_queue_bytes=settings.outgoing_queue_bytes,
        max_topics=settings.max_topics,
        max_connections_per_user=settings.max_connections_per_user,
        token_grace_s=settings.token_grace_s,
    )


@contextlib.contextmanager
def _port_errors(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        message = f"Port {port} on {host} is in use: stop what listens there, or choose another port (--port)."
        raise PortInUse(message) from None


class Listener:
    """A bound port that listens only once ``serve`` runs, so that nobody connects to a server that is not warm."""

    def __init__(self, host: str, port: int) -> None:
        """Raises PortInUse, and OSError for a host that is not this machine's."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # asyncio turns Nagle's algorithm off only where the protocol is named; with it on, events wait 40 ms.
        self.socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # taken over by each connection
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # a client that no longer reads must not hold its socket for ever
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
        try:
            with _port_errors(host, port):
                self.socket.bind((host, port))
        except (OSError, PortInUse):
            self.socket.close()
            raise
        self.port: int = self.socket.getsockname()[1]

    async def serve(self, parts: Parts, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Take connections until ``stop``; ``ready`` is called once the port is open."""
        endpoint = create_endpoint(parts, self.port)
        config = web_config(create_app(parts, endpoint), parts.settings.max_frame_bytes)
        server = WebServer(config, ready)
        serving = asyncio.create_task(server.serve(sockets=[self.socket]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not serving.done():
                await drain(parts, endpoint)
        finally:
            stopping.cancel()
            server.should_exit = True
            with _port_errors(*self.socket.getsockname()[:2]):  # somebody else may have begun to listen meanwhile
                await serving

    def close(self) -> None:
        self.socket.close()


def web_config(app: ASGIApp, max_frame_bytes: int) -> uvicorn.Config:
    """How an application is served: no compression (it holds 40 KiB a connection), no access log (it prints tokens)."""
    return uvicorn.Config(
        app,
        ws=WebsocketProtocol,
        ws_max_size=max_frame_bytes,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=CLOSED_S,
    )


async def drain(parts: Parts, endpoint: Endpoint) -> None:
    """Take nothing new, finish the sentences that are being worked on, then send every client elsewhere.

    What is still being said goes on after the restart: its audio is safe, and the client comes back to it.
    """
    endpoint.drain()
    await asyncio.gather(parts.supervisor.settle(SETTLE_S), parts.posting.stop(SETTLE_S))
    await endpoint.close(CLOSE_WITHIN_S)


class WebServer(uvicorn.Server):
    """Says when its port is open. Signals belong to whoever runs the event loop, not to it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        logging.getLogger("uvicorn.error").addFilter(_CLIENTS_FAULT)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


_CLIENTS_FAULT = ClientsFault()


async def serve(settings: Settings, stop: asyncio.Event, ready: Callable[[Parts, int], None]) -> None:
    """Build, warm up, listen, and take everything down after ``stop``. Raises PortInUse before anything is loaded."""
    listener = Listener(settings.host, settings.port)
    try:
        async with running_parts(settings.model_copy(update={"port": listener.port})) as parts:
            await listener.serve(parts, stop, lambda: ready(parts, listener.port))
    finally:
        listener.close()
