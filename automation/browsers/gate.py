"""The one way out of a page's browser: a proxy on this machine that lets through what the fence allows.

A name is resolved once, and the connection goes to the very address that was looked at, so a name that leads elsewhere
a moment later (DNS rebinding) gains nothing. It sees the names of hosts and never what is said to them.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from automation.addresses import AddressRefused, Fence, origin_of

log = logging.getLogger(__name__)

PORT = 443
CHUNK_BYTES = 64 * 1024  # a tunnel holds a few of these in each direction
ADDRESSES_TRIED = 4
REMEMBERED = 200  # refused hosts
PLAIN = "Only https is opened, not http."
OWN = "The page of this server is not opened through the proxy."

Dial = Callable[[str], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Connects to port 443 of an IP address. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one gate."""

    header_bytes: int = 8 * 1024
    header_s: float = 10.0  # for a client to say where it wants to go
    connect_s: float = 10.0  # all addresses of a host together
    idle_s: float = 120.0  # nothing in either direction
    connections: int = 128  # at once


async def _dial(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(address, PORT, limit=CHUNK_BYTES)


class Gate:
    """The proxy of one page: ``async with Gate(fence) as gate``."""

    def __init__(self, fence: Fence, *, dial: Dial = _dial, limits: Limits | None = None) -> None:
        self._fence = fence
        self._dial = dial
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._refused: dict[str, str] = {}  # reasons by host
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=max(self._limits.header_bytes, 1024), backlog=64
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    def flags(self) -> list[str]:
        """How Chromium is told to go this way for everything but this server's own page."""
        around = ["<-loopback>"]  # else this machine would be reached without a proxy
        if self._fence.practice:
            scheme, host, port = origin_of(self._fence.practice)
            around.append(f"{scheme}://{host}:{port}")
        return [f"--proxy-server=http://127.0.0.1:{self.port}", f"--proxy-bypass-list={';'.join(around)}"]

    async def check(self, url: str) -> None:
        """Raises AddressRefused for an address that will be refused here for its look alone."""
        self._fence.look(url)

    async def check_failed(self, url: str) -> None:
        """Raises AddressRefused for an address that was refused here."""
        host = self._fence.look(url)
        if host in self._refused:
            raise AddressRefused(self._refused[host])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._pass(reader, writer)
        except _Declined as declined:
            with contextlib.suppress(OSError):
                await _answer(writer, declined.status, str(declined))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # either side went away, or has said nothing for too long
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()
            self._connections.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Raises _Declined, and OSError or TimeoutError where a side goes away."""
        target = await self._target(reader)
        if len(self._connections) > self._limits.connections:
            raise _Declined("503 Service Unavailable", "Too many connections at once.")
        addresses = await self._allowed(target)
        far = await self._connected(addresses)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._tunnel((reader, writer), far)
        finally:
            far[1].transport.abort()

    async def _target(self, reader: asyncio.StreamReader) -> str:
        """Host and port that a client asks for."""
        try:
            async with asyncio.timeout(self._limits.header_s):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise _Declined("431 Request Header Fields Too Large", "The request is too long.") from None
        words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise _Declined("400 Bad Request", "That is no request to a proxy.")
        if words[0] != "CONNECT":
            raise _Declined("403 Forbidden", PLAIN)
        return words[1]

    async def _allowed(self, target: str) -> list[str]:
        try:
            addresses = await self._fence.allowed(f"https://{target}")
            if not addresses:
                raise AddressRefused(OWN)
        except AddressRefused as refused:
            self._remember(target, str(refused))
            raise _Declined("403 Forbidden", str(refused)) from None
        self._remember(target, None)
        return addresses

    async def _connected(self, addresses: list[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tried = list(dict.fromkeys(addresses))[:ADDRESSES_TRIED]
        for address in tried:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._limits.connect_s / len(tried)):
                    return await self._dial(address)
        raise _Declined("502 Bad Gateway", "The host does not answer.")

    async def _tunnel(
        self,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Raises TimeoutError once nothing has come from either side for ``idle_s``."""
        async with asyncio.timeout(self._limits.idle_s) as idle, asyncio.TaskGroup() as both:
            both.create_task(self._pump(near[0], far[1], idle))
            both.create_task(self._pump(far[0], near[1], idle))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                if not idle.expired():
                    idle.reschedule(loop.time() + self._limits.idle_s)
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()
        except OSError:
            writer.close()  # ends the other direction too

    def _remember(self, target: str, why: str | None) -> None:
        """Why the host of ``target`` was refused, for ``check_failed``; None for one that is allowed by now."""
        try:
            host = (urlsplit(f"https://{target}").hostname or "").rstrip(".")
        except ValueError:
            return
        self._refused.pop(host, None)
        if why is not None:
            log.debug("a page's browser was refused a host: %s", why)
            self._refused[host] = why
            if len(self._refused) > REMEMBERED:
                del self._refused[next(iter(self._refused))]


class _Declined(Exception):
    """An answer other than a tunnel."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


async def _answer(writer: asyncio.StreamWriter, status: str, why: str) -> None:
    body = f"{why}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()
