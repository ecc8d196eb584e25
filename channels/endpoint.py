"""The door: checks version, origin, token and the number of connections before a websocket is accepted.

An ASGI application for websockets alone; it stands before the others, so that no frame passes through their layers.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Protocol

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from channels.auth import AuthError, Identity, Tokens, origin_allowed, token_of
from channels.limits import SocketSettings
from channels.socket import Close, Connection, TopicMaker
from channels.wire import VSN

log = logging.getLogger(__name__)

PATH = "/socket/websocket"
REFUSED_AFTER_S = 0.5  # on average: phoenix.js comes back within 10 ms from a connection that had opened
TOO_MANY = "too many connections of this user: close one and try again"
CLOSES_PER_S = 250  # connections, when the server goes down: few are closed at once, many over time
COUNTED = frozenset({1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013})
"""Close codes with a figure of their own; a client may make up others."""


class Figures(Protocol):
    """Where connections are counted, and log lines learn whose they are."""

    def record(self, name: str, value: float, **labels: str) -> None: ...

    def about(self, **who: str) -> AbstractContextManager[None]: ...


class Unwelcome(Exception):
    """Nobody is let in: an HTTP status, a ``reason`` for programs and a message for people."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Endpoint:
    """Accepts and serves websockets."""

    def __init__(
        self,
        tokens: Tokens,
        origins: frozenset[str],
        make_topic: TopicMaker,
        figures: Figures,
        welcome: Callable[[str], Awaitable[object]],
        settings: SocketSettings | None = None,
    ) -> None:
        """``welcome`` is awaited with a user's id before their first connection is taken."""
        self._tokens = tokens
        self._origins = origins
        self._make_topic = make_topic
        self._figures = figures
        self._settings = settings or SocketSettings()
        self._welcome = welcome
        self._welcomed: set[str] = set()
        self._open: Counter[str] = Counter()
        self._connections: set[Connection] = set()
        self.draining = False

    def before(self, app: ASGIApp) -> ASGIApp:
        """This for websockets, ``app`` for everything else."""

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            await (self.serve if scope["type"] == "websocket" else app)(scope, receive, send)

        return either

    def drain(self) -> None:
        """Take no further connection and no further join: the server goes down soon."""
        self.draining = True
        for connection in self._connections:
            connection.drain()

    async def close(self, within_s: float) -> None:
        """Close every connection with 1012, at random moments: those who come back must not come all at once."""
        connections = list(self._connections)
        random.shuffle(connections)
        within_s = min(within_s, len(connections) / CLOSES_PER_S)
        passed_s = 0.0
        for connection, at_s in zip(connections, sorted(random.uniform(0, within_s) for _ in connections), strict=True):
            await asyncio.sleep(at_s - passed_s)
            passed_s = at_s
            connection.end(Close.RESTART, "the server goes down: connect again")

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from handshake to close."""
        websocket = WebSocket(scope, receive, send)
        try:
            identity = await self._admitted(websocket)
        except Unwelcome as refusal:
            log.info("connection refused: %s", refusal)
            await websocket.send_denial_response(PlainTextResponse(f"{refusal}\n", refusal.status))
            return
        if identity is None:
            return
        del websocket  # an idle connection should hold little
        self._open[identity.user_id] += 1
        self._figures.record("websocket_connections", 1)
        code = int(Close.FORCED)
        verify = self._tokens.verify
        connection = Connection(receive, send, identity, verify, self._make_topic, self._settings)
        if self.draining:
            connection.drain()
        self._connections.add(connection)
        try:
            with self._figures.about(user_id=identity.user_id):
                code, reason = await connection.run()
                log.info("connection closed: %d %s", code, reason)
        finally:
            self._connections.discard(connection)
            self._open[identity.user_id] -= 1
            if not self._open[identity.user_id]:
                del self._open[identity.user_id]
            self._figures.record("websocket_connections", -1)
            self._count_close(code)

    def allows(self, origin: str | None) -> bool:
        """Whether a page of that origin may connect; None is no page."""
        return origin_allowed(origin, self._origins)

    async def admit(self, origin: str | None, token: str | None) -> Identity:
        """Whose token it is, if they may connect with it from there. Raises Unwelcome."""
        if self.draining:
            raise Unwelcome(503, "not_ready", "The server goes down: connect again in a moment.")
        if not self.allows(origin):
            message = f"The origin {origin} is not allowed: add it to SIDENOTE_ALLOWED_ORIGINS on the server."
            raise Unwelcome(403, "origin_not_allowed", message)
        try:
            identity = self._tokens.verify(token)
        except AuthError as error:
            raise Unwelcome(403, error.reason, str(error)) from None
        try:
            await self._make_known(identity.user_id)
        except Exception as error:
            log.warning("connection refused: %s", error)
            message = "The server can't take connections now: try again in a moment."
            raise Unwelcome(503, "not_ready", message) from None
        return identity

    async def check(self, origin: str | None, token: str | None) -> Identity:
        """Whose connection it would be, were it made now. Raises Unwelcome."""
        identity = await self.admit(origin, token)
        if self._is_full(identity.user_id):
            raise Unwelcome(429, "too_many_connections", f"{TOO_MANY.capitalize()}.")
        return identity

    async def _admitted(self, websocket: WebSocket) -> Identity | None:
        """Whose connection it is, once it is accepted; None where it was closed at once. Raises Unwelcome."""
        if websocket.scope["path"] != PATH:
            raise Unwelcome(404, "wrong_path", f"Websockets are at {PATH}.")
        version = websocket.query_params.get("vsn", VSN)
        if version != VSN:
            raise Unwelcome(400, "wrong_version", f"Version {version} is not spoken here: use vsn={VSN}.")
        subprotocols = websocket.scope.get("subprotocols", [])
        token = token_of(subprotocols, websocket.query_params.get("token"))
        identity = await self.admit(websocket.headers.get("origin"), token)
        await websocket.accept("phoenix" if "phoenix" in subprotocols else None)
        if self._is_full(identity.user_id):
            await asyncio.sleep(random.uniform(0, 2 * REFUSED_AFTER_S))
            await websocket.close(Close.TRY_LATER, TOO_MANY)
            self._count_close(Close.TRY_LATER)
            return None
        return identity

    def _is_full(self, user_id: str) -> bool:
        return self._open[user_id] >= self._settings.max_connections_per_user

    async def _make_known(self, user_id: str) -> None:
        if user_id not in self._welcomed:
            async with asyncio.timeout(self._settings.handling_timeout_s):
                await self._welcome(user_id)
            self._welcomed.add(user_id)

    def _count_close(self, code: int) -> None:
        self._figures.record("websocket_closes", 1, code=str(int(code)) if code in COUNTED else "other")
