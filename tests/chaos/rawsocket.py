"""A websocket client without manners (RFC 6455): sends any bytes, in a frame or not, and says how they were taken."""

import asyncio
import contextlib
import struct
from dataclasses import dataclass
from enum import IntEnum
from types import TracebackType
from typing import Self

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, MASKED = 0x80, 0x80
NO_CODE = 1005  # a close frame without a code
KEY = "c2l4dGVlbiBieXRlcyEhIQ=="


class Ended(Exception):
    """The server is done with this connection."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code  # None: cut without a close frame
        self.reason = reason


class Length(IntEnum):
    """What the second byte of a frame says where the length follows."""

    SHORT = 126  # two bytes
    LONG = 127  # eight


def frame(opcode: int, data: bytes, *, first: int = FIN, mask: bytes | None = b"\0\0\0\0", length: int = -1) -> bytes:
    """One frame. ``first``: the high bits of its first byte; ``mask`` None leaves it unmasked; ``length`` may lie."""
    size = len(data) if length < 0 else length
    masked = MASKED if mask is not None else 0
    if size < Length.SHORT:
        head = struct.pack("!BB", first | opcode, masked | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first | opcode, masked | Length.SHORT, size)
    else:
        head = struct.pack("!BBQ", first | opcode, masked | Length.LONG, size)
    if mask is None:
        return head + data
    if any(mask):
        data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
    return head + mask + data


def handshake(path: str, headers: tuple[str, ...] = ()) -> bytes:
    """The request of an honest client."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass(slots=True)
class RawSocket:
    """One TCP connection; a websocket once ``shake_hands`` was called."""

    port: int
    _ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._ends = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._ends
        self._ends[1].transport.abort()

    async def send(self, data: bytes) -> None:
        """Raises Ended when the connection is lost already."""
        assert self._ends
        try:
            self._ends[1].write(data)
            await self._ends[1].drain()
        except OSError:
            raise Ended(None, "lost") from None

    async def shake_hands(self, path: str) -> str:
        """The status line of the answer."""
        await self.send(handshake(path))
        head = await self._until(b"\r\n\r\n")
        return head.split(b"\r\n")[0].decode("latin-1")

    async def message(self) -> str:
        """The next text frame; pings and the like are dropped. Raises Ended."""
        while True:
            opcode, data = await self._frame()
            if opcode == TEXT:
                return data.decode()
            if opcode == CLOSE:
                code = struct.unpack_from("!H", data)[0] if len(data) >= 2 else NO_CODE
                with contextlib.suppress(Ended):
                    await self.send(frame(CLOSE, data[:2]))
                raise Ended(code, data[2:].decode())

    async def ended(self) -> Ended:
        """How the server ends the websocket; what comes before is dropped."""
        try:
            while True:
                await self.message()
        except Ended as ended:
            return ended

    async def everything(self) -> bytes:
        """Whatever else comes until the server is done with the connection."""
        assert self._ends
        with contextlib.suppress(OSError):
            return await self._ends[0].read(-1)
        return b""

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self._exactly(2)
        size = second & 0x7F
        if size == Length.SHORT:
            size = struct.unpack("!H", await self._exactly(2))[0]
        elif size == Length.LONG:
            size = struct.unpack("!Q", await self._exactly(8))[0]
        return first & 0x0F, await self._exactly(size)

    async def _exactly(self, size: int) -> bytes:
        assert self._ends
        try:
            return await self._ends[0].readexactly(size)
        except (OSError, asyncio.IncompleteReadError):
            raise Ended(None, "cut without a close frame") from None

    async def _until(self, separator: bytes) -> bytes:
        assert self._ends
        try:
            return await self._ends[0].readuntil(separator)
        except (OSError, asyncio.IncompleteReadError):
            raise Ended(None, "cut in the handshake") from None
