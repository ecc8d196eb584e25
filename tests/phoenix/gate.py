"""One address for clients, whatever becomes of the server behind it: a relay that can be cut and shut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Gate:
    """Relays bytes to a server while it is open; while it is shut, whoever comes is cut off."""

    def __init__(self) -> None:
        self.url = ""  # ws://127.0.0.1:PORT
        self._port: int | None = None
        self._swallows = False
        self._writers: set[asyncio.StreamWriter] = set()

    def open(self, url: str) -> None:
        """Let clients through to the server at ``url``."""
        self._port = urlsplit(url).port
        self._swallows = False

    def swallow(self) -> None:
        """Lose whatever clients send from now on; they can't tell."""
        self._swallows = True

    def shut(self) -> None:
        """Cut every connection, both ways and without a goodbye, and let nobody in."""
        self._port = None
        for writer in self._writers:
            writer.transport.abort()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end is over."""
        if self._port is None:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:  # the server is down
            writer.transport.abort()
            return
        both = {writer, there_writer}
        self._writers |= both
        try:
            await asyncio.gather(self._pump(reader, there_writer, up=True), self._pump(there_reader, writer))
        finally:
            self._writers -= both
            for each in both:
                each.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool = False) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if not (up and self._swallows):
                    writer.write(data)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def gate() -> AsyncIterator[Gate]:
    """A gate, shut, on a port of its own."""
    made = Gate()
    server = await asyncio.start_server(made.relay, "127.0.0.1", 0)
    made.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
        made.shut()
