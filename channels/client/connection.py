"""One websocket: writes frames, matches replies, and notices when the other end is gone. Never connects again."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Origin, Subprotocol

from channels.auth import subprotocols_for
from channels.client.errors import ConnectFailed, Disconnected, PushRefused
from channels.wire import ClientFrame, Message, WireError, decode_server, encode

PATH = "/socket/websocket?vsn=2.0.0"
OPEN_LIMIT_S = 10.0
CLOSE_LIMIT_S = 2.0
MAX_FRAME = 8 * 1024 * 1024  # bytes; snapshots are the largest
REFUSED_FOR_GOOD = frozenset({400, 401, 403})  # HTTP statuses that no second try changes


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a half-open connection is noticed."""

    every_s: float = 20.0
    limit_s: float = 10.0  # within which something has to come after it


class Owner(Protocol):
    """Whose connection it is. Neither may wait."""

    def route(self, message: Message) -> None:
        """A message that answers nothing. Raises WireError where it makes no sense."""
        ...

    def lost(self, connection: "Connection") -> None:
        """It has ended: ``connection.ended`` says why."""
        ...


@dataclass(frozen=True, slots=True)
class _Request:
    """What waits for a reply."""

    join_ref: str | None
    reply: asyncio.Future[dict[str, Any]]
    at_once: Callable[[dict[str, Any]], None] | None


class Connection:
    """Made by ``open``; over once ``ended`` is set."""

    def __init__(self, socket: ClientConnection, owner: Owner, refs: Iterator[int], heartbeat: Heartbeat) -> None:
        self._socket = socket
        self._owner = owner
        self._refs = refs
        self._heartbeat = heartbeat
        self._requests: dict[str, _Request] = {}
        self._outgoing: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._heard = asyncio.Event()
        self._over = asyncio.Event()
        self.ended: Disconnected | None = None
        self.proven = False  # a request was granted: this is a server that works
        self._tasks = [asyncio.create_task(work) for work in (self._read(), self._write(), self._beat())]

    @classmethod
    async def open(
        cls, url: str, token: str, owner: Owner, *, refs: Iterator[int], origin: str | None, heartbeat: Heartbeat
    ) -> Self:
        """``url``: ws://HOST:PORT. Raises ConnectFailed."""
        try:
            socket = await connect(
                url + PATH,
                subprotocols=[Subprotocol(name) for name in subprotocols_for(token)],
                origin=Origin(origin) if origin else None,
                compression=None,
                max_size=MAX_FRAME,
                open_timeout=OPEN_LIMIT_S,
                close_timeout=CLOSE_LIMIT_S,
                ping_interval=None,  # the heartbeat does it
                proxy=None,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            body = (error.response.body or b"").decode(errors="replace").strip()
            message = body if body and status != 404 else f"The server answered {status}."
            raise ConnectFailed(message, final=status in REFUSED_FOR_GOOD) from None
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, TimeoutError, EOFError, ValueError) as error:
            message = f"No Sidenote server answers at {url} ({error}): start one, or check it."
            raise ConnectFailed(message, final=isinstance(error, (InvalidURI, ValueError))) from None
        return cls(socket, owner, refs, heartbeat)

    def next_ref(self) -> str:
        return str(next(self._refs))

    def send(self, frame: ClientFrame) -> None:
        """Goes out after all that was sent before; lost where the connection ends before.

        Raises TypeError for a payload that is no JSON, WireError for a name that is too long.
        """
        if not self.ended:
            self._outgoing.put_nowait(encode(frame))

    async def request(
        self, frame: Message, *, at_once: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Send and wait for the response. Raises PushRefused, Disconnected.

        ``at_once`` gets the response before anything that came after it is looked at.
        """
        if self.ended:
            raise self.ended
        assert frame.ref
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._requests[frame.ref] = _Request(frame.join_ref, reply, at_once)
        try:
            self.send(frame)
            answer = await reply
        finally:
            self._requests.pop(frame.ref, None)
        if answer.get("status") != "ok":
            raise PushRefused(_response(answer))
        return _response(answer)

    def abandon(self, join_ref: str | None, why: str) -> None:
        """Requests of that join will not be answered any more."""
        for request in self._requests.values():
            if request.join_ref == join_ref and not request.reply.done():
                request.reply.set_exception(Disconnected(why))

    def end(self, reason: Disconnected) -> None:
        """Take it as over, whatever the other end thinks."""
        if self.ended:
            return
        self.ended = reason
        for request in self._requests.values():
            if not request.reply.done():
                request.reply.set_exception(reason)
        self._over.set()
        self._owner.lost(self)

    async def over(self) -> Disconnected:
        """Wait until it is over, and let go of the socket; why it ended."""
        await self._over.wait()
        assert self.ended
        await self._let_go()
        return self.ended

    async def close(self) -> None:
        """End it, telling the server where it still listens."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._socket.close()
        self.end(Disconnected("The connection was closed here.", final=True))
        await self._let_go()

    async def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket.transport.abort()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionClosed):  # the reader notices
            while True:
                await self._socket.send(await self._outgoing.get())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat.every_s)
            self._heard.clear()
            self.send(Message(None, self.next_ref(), "phoenix", "heartbeat", {}))
            try:
                async with asyncio.timeout(self._heartbeat.limit_s):
                    await self._heard.wait()
            except TimeoutError:
                self.end(Disconnected(f"Nothing came from the server for {self._heartbeat.limit_s:g} s."))

    async def _read(self) -> None:
        try:
            async for data in self._socket:
                self._heard.set()
                self._take(data)
            self.end(Disconnected("The server closed the connection.", self._socket.close_code))
        except ConnectionClosed as closed:
            reason = closed.rcvd.reason if closed.rcvd else ""
            code = closed.rcvd.code if closed.rcvd else None
            self.end(Disconnected(f"The connection ended: {reason or 'the server went away'}.", code))
        except WireError as error:
            self.end(Disconnected(f"The server sent nonsense: {error}."))
        except Exception as error:  # what waits for this connection must not wait for ever
            self.end(Disconnected(f"What the server sent could not be taken: {error!r}."))

    def _take(self, data: str | bytes) -> None:
        message = decode_server(data)
        if not isinstance(message, Message):
            return
        if not isinstance(message.payload, dict):
            raise WireError("a payload is an object")
        request = self._requests.get(message.ref or "") if message.event == "phx_reply" else None
        if request is None:
            self._owner.route(message)
        elif not request.reply.done():
            request.reply.set_result(message.payload)
            if message.payload.get("status") == "ok":
                self.proven = True
                if request.at_once:
                    request.at_once(_response(message.payload))


def _response(answer: dict[str, Any]) -> dict[str, Any]:
    response = answer.get("response")
    return response if isinstance(response, dict) else {}
