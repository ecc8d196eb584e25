"""Many clients in one thread: plain sockets that join a topic, take what comes and note how long it was on its way.

Much lighter than real clients, so that the server is what is measured. Knows as much of RFC 6455 as it needs.
"""

import base64
import json
import os
import re
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SENT_AT = re.compile(rb'"at_ns":(\d+)')
LIMIT_S = 60.0


@dataclass(slots=True, eq=False)
class Member:
    """One connection."""

    socket: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    frames: int = 0
    reads: bool = True

    def take(self) -> Iterator[bytes]:
        """The whole frames that have come (RFC 6455, section 5.2; a server masks none)."""
        while len(self.buffer) >= 2:
            length, head = self.buffer[1] & 0x7F, 2
            if length >= 126:
                wide = 2 if length == 126 else 8
                if len(self.buffer) < 2 + wide:
                    return
                length, head = int.from_bytes(self.buffer[2 : 2 + wide], "big"), 2 + wide
            if len(self.buffer) < head + length:
                return
            opcode = self.buffer[0] & 0x0F
            data = bytes(self.buffer[head : head + length])
            del self.buffer[: head + length]
            if opcode == 1:
                self.frames += 1
                yield data
            elif opcode == 9:
                self.socket.sendall(b"\x8a" + bytes([0x80 | length]) + bytes(4) + data)  # a pong


class Crowd:
    """``size`` connections to a server on this machine."""

    def __init__(self, port: int, token: str, topic: str) -> None:
        self._port, self._token, self._topic = port, token, topic
        self._selector = selectors.DefaultSelector()
        self.members: list[Member] = []
        self.delays_s: list[float] = []  # publish → receive, of every delivery to somebody who reads
        self.replies: dict[Member, Any] = {}

    def connect(self, size: int) -> None:
        """Open connections, one after another."""
        for _ in range(size):
            self.members.append(Member(self._open()))
        for member in self.members[-size:]:
            self._selector.register(member.socket, selectors.EVENT_READ, member)

    def join(self, params: dict[str, Any] | None = None, *, at_once: int | None = None) -> None:
        """Join the topic on every new connection, ``at_once`` (all) at a time, and wait for every reply."""
        frame = masked(json.dumps(["1", "1", self._topic, "phx_join", params or {}]).encode())
        outside = [member for member in self.members if member not in self.replies]
        size = at_once or len(outside)
        for first in range(0, len(outside), size):
            group = outside[first : first + size]
            for member in group:
                member.socket.sendall(frame)
            self.pump(lambda: all(member in self.replies for member in group))  # noqa: B023 - called in this turn alone

    def expect(self, frames: int) -> None:
        """Take what comes until everybody who reads has had so many frames more."""
        wanted = {member: member.frames + frames for member in self.members if member.reads}
        self.pump(lambda: all(member.frames >= count for member, count in wanted.items()))

    def reset(self) -> None:
        """Break every connection off, as a network does."""
        for member in self.members:
            if member.reads:
                self._selector.unregister(member.socket)
            member.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            member.socket.close()
        self.members, self.replies = [], {}

    def stall(self, member: Member) -> None:
        """Read nothing more on this connection, and let the kernel hold little of it."""
        member.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        member.reads = False
        self._selector.unregister(member.socket)

    def pump(self, over: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while not over():
            if time.monotonic() > deadline_s:
                raise TimeoutError("the server sent less than was expected")
            self._read_some()

    def _read_some(self) -> None:
        for key, _ in self._selector.select(1.0):
            member: Member = key.data
            data = member.socket.recv(1 << 16)
            now_ns = time.monotonic_ns()
            if not data:
                raise ConnectionError("the server closed a connection")
            member.buffer += data
            for frame in member.take():
                sent_at = SENT_AT.search(frame)
                if sent_at:
                    self.delays_s.append((now_ns - int(sent_at[1])) / 1e9)
                if b'"phx_reply"' in frame:
                    self.replies[member] = json.loads(frame)[4]

    def _open(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self._port))
        offered = "phoenix"
        if self._token:
            offered += ", base64url.bearer.phx." + base64.b64encode(self._token.encode()).decode().rstrip("=")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /socket/websocket?vsn=2.0.0 HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {offered}",
        ]
        opened.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):  # the server says nothing before the first join
            piece = opened.recv(4096)
            if not piece:
                raise ConnectionError(f"the handshake was refused: {answer.decode(errors='replace')}")
            answer += piece
        if b" 101 " not in answer:
            raise ConnectionError(f"the handshake was refused: {answer.decode(errors='replace')}")
        return opened


@contextmanager
def crowd(port: int, token: str, topic: str, size: int) -> Iterator[Crowd]:
    gathered = Crowd(port, token, topic)
    gathered.connect(size)
    try:
        yield gathered
    finally:
        gathered.reset()


def masked(data: bytes) -> bytes:
    """A text frame from a client; the mask is zero, which leaves the bytes as they are."""
    length = len(data)
    size = bytes([0x80 | length]) if length < 126 else bytes([0x80 | 126]) + struct.pack(">H", length)
    return b"\x81" + size + bytes(4) + data
