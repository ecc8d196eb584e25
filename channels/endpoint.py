"""The door: checks version, origin, token and the number of connections before a websocket is accepted."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Protocol

from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from channels.auth import AuthError, Tokens, origin_allowed, token_of
from channels.limits import SocketSettings
from channels.socket import Close, Connection, TopicMaker
from channels.wire import VSN

log = logging.getLogger(__name__)

PATH = "/socket/websocket"
COUNTED = frozenset({1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013})
"""Close codes with a figure of their own; a client may make up others."""


class Figures(Protocol):
    """Where connections are counted, and log lines learn whose they are."""

    def record(self, name: str, value: float, **labels: str) -> None: ...

    def about(self, **who: str) -> AbstractContextManager[None]: ...


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

    def route(self) -> WebSocketRoute:
        return WebSocketRoute(PATH, self.serve)

    async def serve(self, websocket: WebSocket) -> None:
        """One connection, from handshake to close."""
        origin = websocket.headers.get("origin")
        if not origin_allowed(origin, self._origins):
            message = f"The origin {origin} is not allowed: add it to SIDENOTE_ALLOWED_ORIGINS on the server."
            await self._refuse(websocket, 403, message)
            return
        version = websocket.query_params.get("vsn", VSN)
        if version != VSN:
            await self._refuse(websocket, 400, f"Version {version} of the wire is not spoken here: use vsn={VSN}.")
            return
        subprotocols = websocket.scope.get("subprotocols", [])
        try:
            identity = self._tokens.verify(token_of(subprotocols, websocket.query_params.get("token")))
        except AuthError as error:
            await self._refuse(websocket, 403, str(error))
            return
        try:
            await self._make_known(identity.user_id)
        except Exception as error:
            log.warning("connection refused: %s", error)
            await self._refuse(websocket, 503, "The server can't take connections now: try again in a moment.")
            return
        await websocket.accept("phoenix" if "phoenix" in subprotocols else None)
        if self._open[identity.user_id] >= self._settings.max_connections_per_user:
            await websocket.close(Close.TRY_LATER, "too many connections of this user: close one and try again")
            self._count_close(Close.TRY_LATER)
            return
        self._open[identity.user_id] += 1
        self._figures.record("websocket_connections", 1)
        code = int(Close.FORCED)
        try:
            with self._figures.about(user_id=identity.user_id):
                connection = Connection(websocket, identity, self._make_topic, self._settings)
                code, reason = await connection.run()
                log.info("connection closed: %d %s", code, reason)
        finally:
            self._open[identity.user_id] -= 1
            if not self._open[identity.user_id]:
                del self._open[identity.user_id]
            self._figures.record("websocket_connections", -1)
            self._count_close(code)

    async def _make_known(self, user_id: str) -> None:
        if user_id not in self._welcomed:
            async with asyncio.timeout(self._settings.handling_timeout_s):
                await self._welcome(user_id)
            self._welcomed.add(user_id)

    def _count_close(self, code: int) -> None:
        self._figures.record("websocket_closes", 1, code=str(int(code)) if code in COUNTED else "other")

    async def _refuse(self, websocket: WebSocket, status: int, message: str) -> None:
        """Answer the handshake with an HTTP status instead of an upgrade."""
        log.info("connection refused: %s", message)
        await websocket.send_denial_response(PlainTextResponse(message + "\n", status))
