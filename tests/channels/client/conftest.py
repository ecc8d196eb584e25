"""A relay between client and server that can be cut, and go deaf."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PIECE = 65_536  # bytes


class Relay:
    """Passes bytes on between whoever connects to ``url`` and a server's port."""

    def __init__(self, target: int) -> None:
        self.target = target  # the server's port; may change
        self.url = ""
        self.connections = 0  # so far
        self.open = True  # new connections are passed on
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break every connection at once, without a goodbye."""
        for writer in list(self._writers):
            writer.transport.abort()

    def swallow(self) -> None:
        """From here on nothing gets through, and nobody is told."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

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
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))
        finally:
            self._writers -= mine
            for each in mine:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                await self._flows.wait()
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
