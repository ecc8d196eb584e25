"""What the client is tried against: a relay that can be cut or go deaf, and a server that does what a test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from channels.client import Backoff
from channels.wire import ClientFrame, Message, decode_client, encode

SOON = Backoff(base_s=0.001, cap_s=0.01, give_up_after_s=10.0, steady_s=0.0)
PIECE = 65_536  # bytes


class Relay:
    """Passes bytes on between whoever connects to ``url`` and a server's port."""

    def __init__(self, target: int) -> None:
        self.target = target  # the server's port; may change
        self.url = ""
        self.connections = 0  # so far
        self.open = True  # new connections are passed on
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self.flow()
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break every connection at once, without a goodbye."""
        for writer in list(self._writers):
            writer.transport.abort()

    def swallow(self) -> None:
        """From here on nothing gets through, and nobody is told."""
        self._up.clear()
        self._down.clear()

    def swallow_answers(self) -> None:
        """Only what the server says is held back."""
        self._down.clear()

    def flow(self) -> None:
        self._up.set()
        self._down.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if not self.open:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        mine = {writer, there_writer}
        self._writers |= mine
        try:
            await asyncio.gather(
                self._pass(reader, there_writer, self._up), self._pass(there_reader, writer, self._down)
            )
        finally:
            self._writers -= mine
            for each in mine:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                await flows.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def relaying(url: str) -> AsyncIterator[Relay]:
    """A relay before the server at ``url`` (ws://HOST:PORT)."""
    relay = Relay(int(url.rpartition(":")[2]))
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as server:
        relay.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield relay
        finally:
            relay.flow()
            relay.cut()


class Peer:
    """The server's end of one connection."""

    def __init__(self, socket: ServerConnection, number: int) -> None:
        self.number = number  # of the connection, from 1
        self._socket = socket

    async def next(self) -> ClientFrame:
        return decode_client(await self._socket.recv())

    async def until(self, event: str) -> ClientFrame:
        """The next frame of that event."""
        while (frame := await self.next()).event != event:
            pass
        return frame

    async def joined(self, response: dict[str, Any] | None = None) -> Message:
        """Grant the next join."""
        join = await self.until("phx_join")
        assert isinstance(join, Message)
        await self.answer(join, response or {})
        return join

    async def answer(self, frame: ClientFrame, response: dict[str, Any], status: str = "ok") -> None:
        payload = {"status": status, "response": response}
        await self._socket.send(encode(Message(frame.join_ref, frame.ref, frame.topic, "phx_reply", payload)))

    async def refuse(self, frame: ClientFrame, reason: str, **more: Any) -> None:
        await self.answer(frame, {"reason": reason, "message": f"It is {reason}.", **more}, "error")

    async def tell(self, topic: str, event: str, payload: dict[str, Any], join: ClientFrame | None = None) -> None:
        ref = join.join_ref if join else None
        await self._socket.send(encode(Message(ref, ref if event.startswith("phx_") else None, topic, event, payload)))

    async def say(self, data: str) -> None:
        await self._socket.send(data)

    async def close(self, code: int, reason: str = "because") -> None:
        await self._socket.close(code, reason)

    def abort(self) -> None:
        self._socket.transport.abort()

    async def gone(self) -> None:
        await self._socket.wait_closed()


@asynccontextmanager
async def scripted(play: Callable[[Peer], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that plays this with everybody who connects; its address."""
    count = 0

    async def handle(socket: ServerConnection) -> None:
        nonlocal count
        count += 1
        peer = Peer(socket, count)
        with contextlib.suppress(ConnectionClosed):
            await play(peer)
            async for _ in socket:
                pass

    async with serve(handle, "127.0.0.1", 0, subprotocols=["phoenix"]) as server:  # type: ignore[list-item] # a NewType
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
