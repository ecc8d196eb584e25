"""A user's side of the wire over many connections: connects, and connects again until it gives up.

The first connection has to succeed. A later one is tried again with full jitter, unless the server refuses in a way
that no second try changes.
"""

import asyncio
import inspect
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from channels.client.backoff import DEFAULT, Backoff
from channels.client.channel import REPLY_LIMIT_S, Channel, Params
from channels.client.connection import Connection, Heartbeat
from channels.client.errors import ClientError, ConnectFailed, Disconnected
from channels.wire import Message

Token = str | Callable[[], str | Awaitable[str]]
"""A connect token, or what gives a fresh one: for each connection, and when one ends in the middle of it."""

POLICY = 1008
HEARTBEAT = Heartbeat()


class Status(StrEnum):
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    """How the client stands with its server."""

    status: Status
    attempt: int = 0  # reconnecting: which try comes next, from 1
    wait_s: float = 0.0  # reconnecting: until then
    why: str = ""  # reconnecting, ended: for a person


class Client:
    """One user's connection to a server, whatever becomes of the sockets it runs over."""

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        origin: str | None = None,
        reconnect: Backoff | None = DEFAULT,
        heartbeat: Heartbeat = HEARTBEAT,
    ) -> None:
        """``url``: ws://HOST:PORT or http://HOST:PORT of the server. ``reconnect`` None: one connection only."""
        self._url = "ws" + url.rstrip("/").removeprefix("http").removeprefix("ws")
        self._token = token
        self._origin = origin
        self._heartbeat = heartbeat
        self._refs = itertools.count(1)
        self._channels: dict[str, Channel] = {}
        self._connection: Connection | None = None
        self._news = asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[State], None]] = []
        self.backoff = reconnect
        self.state = State(Status.CONNECTED)
        self.ended: Disconnected | None = None

    async def __aenter__(self) -> Self:
        """Raises ConnectFailed."""
        self._connection = await self._open()
        self.spawn(self._stay())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(Disconnected("The client has ended."))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._connection:
            await self._connection.close()

    async def join(self, topic: str, params: Params = None, *, timeout_s: float = REPLY_LIMIT_S) -> Channel:
        """Join a topic; its response is ``channel.reply``. From then on it is joined again by itself.

        Raises PushRefused, Disconnected, TimeoutError.
        """
        before = self._channels.get(topic)
        if before:
            before.finish()
        channel = self._channels[topic] = Channel(self, topic, params)
        self._news.set()
        try:
            await channel.join(timeout_s)
        except BaseException:
            self.forget(channel)
            raise
        return channel

    def on_state(self, listener: Callable[[State], None]) -> None:
        """Call ``listener`` with each new ``state``."""
        self._listeners.append(listener)

    # For the channels

    async def connected(self) -> Connection:
        """The connection, as soon as there is one. Raises Disconnected."""
        while self._connection is None or self._connection.ended:
            if self.ended:
                raise self.ended
            await self._next_news()
        return self._connection

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def expired(self, connection: Connection) -> bool:
        """The token has ended: give the connection a new one. False where there is none to be had."""
        if isinstance(self._token, str):
            return False
        if self._renewing is None or self._renewing.done():
            self._renewing = self.spawn(self._renew(connection))
        return True

    async def renewed(self, connection: Connection) -> bool:
        """As ``expired``; returns when the server has the new token, or the connection has ended for want of it."""
        known = self.expired(connection)
        if known and self._renewing:
            await asyncio.wait([self._renewing])
        return known

    async def _renew(self, connection: Connection) -> None:
        try:
            token = {"token": await self._fresh_token()}
            async with asyncio.timeout(REPLY_LIMIT_S):
                await connection.request(Message(None, connection.next_ref(), "phoenix", "token", token))
        except (ClientError, TimeoutError) as error:
            connection.end(Disconnected(f"The token has ended, and a new one was not taken. {error}"))

    def forget(self, channel: Channel) -> None:
        if self._channels.get(channel.topic) is channel:
            del self._channels[channel.topic]

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work`` for as long as this client lives; what it raises ends the client."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            self._end(Disconnected(f"The client failed: {error!r}."))

    # For the connection

    def route(self, message: Message) -> None:
        channel = self._channels.get(message.topic)
        if channel:
            channel.take(message)

    def lost(self, connection: Connection) -> None:
        assert connection.ended
        if self.backoff is None or self._is_final(connection.ended):
            self._end(connection.ended)
        for channel in list(self._channels.values()):
            channel.lose(str(connection.ended))

    # Connecting

    async def _stay(self) -> None:
        """Have a connection until told to end, or until none can be had."""
        loop = asyncio.get_running_loop()
        attempt, without_since_s = 0, None
        while self._connection:
            connected_at_s = loop.time()
            lost = await self._connection.over()
            if self.ended or self.backoff is None:
                return
            if self._connection.proven and loop.time() - connected_at_s >= self.backoff.steady_s:
                attempt, without_since_s = 0, None
            while not self._channels:  # a server closes a connection on which nothing is joined
                await self._next_news()
            without_since_s = without_since_s or loop.time()
            deadline_s = without_since_s + self.backoff.give_up_after_s
            self._connection, attempt = await self._again(self.backoff, str(lost), attempt, deadline_s)

    async def _again(
        self, backoff: Backoff, why: str, attempt: int, deadline_s: float
    ) -> tuple[Connection | None, int]:
        """A new connection, or None where there will be none; and how many tries there were."""
        loop = asyncio.get_running_loop()
        while (left_s := deadline_s - loop.time()) > 0:
            wait_s = min(backoff.wait_s(attempt), left_s)
            attempt += 1
            self._show(State(Status.RECONNECTING, attempt, wait_s, why))
            await asyncio.sleep(wait_s)
            try:
                connection = await self._open()
            except ConnectFailed as failed:
                why = str(failed)
                if failed.final:
                    self._end(Disconnected(why, final=True))
                    return None, attempt
                continue
            self._connection = connection
            self._show(State(Status.CONNECTED))
            self._news.set()
            return connection, attempt
        self._end(Disconnected(f"No connection for {backoff.give_up_after_s:g} s, so this was given up. {why}"))
        return None, attempt

    async def _open(self) -> Connection:
        """Raises ConnectFailed."""
        token = await self._fresh_token()
        return await Connection.open(
            self._url, token, self, refs=self._refs, origin=self._origin, heartbeat=self._heartbeat
        )

    async def _fresh_token(self) -> str:
        """Raises ConnectFailed."""
        if isinstance(self._token, str):
            return self._token
        try:
            given = self._token()
            return await given if inspect.isawaitable(given) else given
        except Exception as error:
            raise ConnectFailed(f"No token could be had: {error}.") from error

    def _is_final(self, ended: Disconnected) -> bool:
        """Whether the next connection would end in the same way."""
        if ended.final or ended.code != POLICY:
            return ended.final
        return "malformed" in str(ended) or ("token" in str(ended) and isinstance(self._token, str))

    def _end(self, reason: Disconnected) -> None:
        """No connection from here on."""
        if self.ended:
            return
        self.ended = reason
        self._show(State(Status.ENDED, why=str(reason)))
        for channel in list(self._channels.values()):
            channel.finish(reason)
        self._news.set()

    def _show(self, state: State) -> None:
        self.state = state
        for listener in self._listeners:
            listener(state)
