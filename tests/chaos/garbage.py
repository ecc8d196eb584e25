"""Bytes that are no websocket, or none that RFC 6455 allows: what a server has to end, and what it has to bear.

Opens no socket.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.rawsocket import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, frame, handshake

HEARTBEAT = b'[null,"after","phoenix","heartbeat",{}]'
TOO_LARGE = 262_145  # bytes: one more than a frame may have


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes for an open websocket."""

    name: str
    data: bytes
    fatal: bool  # the server ends the connection; else it goes on as if nothing had been


def _fatal(name: str, *frames: bytes) -> Garbage:
    return Garbage(name, b"".join(frames), fatal=True)


def _borne(name: str, *frames: bytes) -> Garbage:
    return Garbage(name, b"".join(frames), fatal=False)


def _split(random: Random, data: bytes) -> list[bytes]:
    """The frames of a message in pieces, with pings and pongs between them."""
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.randint(1, 6)))
    pieces = [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    frames = [frame(TEXT, pieces[0], first=0)]
    for piece in pieces[1:-1]:
        frames += [frame(CONTINUATION, piece, first=0), frame(random.choice((PING, PONG)), random.randbytes(20))]
    return [*frames, frame(CONTINUATION, pieces[-1])]


GARBAGE: tuple[Callable[[Random], Garbage], ...] = (
    lambda r: _fatal("a reserved opcode", frame(r.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)), b"x")),
    lambda r: _fatal("a reserved bit", frame(TEXT, HEARTBEAT, first=FIN | r.choice((0x40, 0x20, 0x10)))),
    lambda r: _fatal("an unmasked frame", frame(r.choice((TEXT, BINARY, PING)), b"x", mask=None)),
    lambda r: _fatal("a length over the limit", frame(TEXT, b"", length=r.choice((TOO_LARGE, 2**40, 2**63 - 1)))),
    lambda r: _fatal("a length without end", frame(BINARY, b"", length=2**64 - 1)),
    lambda r: _fatal("a frame over the limit", frame(TEXT, bytes(TOO_LARGE))),
    lambda r: _fatal("a long control frame", frame(PING, r.randbytes(r.randint(126, 500)))),
    lambda r: _fatal("a control frame in pieces", frame(r.choice((PING, PONG, CLOSE)), b"", first=0)),
    lambda r: _fatal("a continuation of nothing", frame(CONTINUATION, b"x")),
    lambda r: _fatal("a message inside another", frame(TEXT, b"[", first=0), frame(TEXT, b"]")),
    lambda r: _fatal("a close with half a code", frame(CLOSE, b"\x03")),
    lambda r: _fatal(
        "a close code that is none", frame(CLOSE, struct.pack("!H", r.choice((0, 999, 1005, 1006, 5000))))
    ),
    lambda r: _fatal("a close reason that is no text", frame(CLOSE, struct.pack("!H", 1000) + b"\xff\xfe")),
    lambda r: _fatal("text that is no UTF-8", frame(TEXT, r.choice((b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"[\xf8")))),
    lambda r: _fatal(
        "text cut inside a character", frame(TEXT, '["é'.encode()[:-1], first=0), frame(CONTINUATION, b"")
    ),
    lambda r: _fatal("pieces over the limit together", *_pieces_over_the_limit()),
    lambda r: _fatal("noise", bytes([r.choice((0x83, 0xF7, 0xBF))]) + r.randbytes(r.randint(20, 200))),
    lambda r: _borne("a message in pieces", *_split(r, HEARTBEAT)),
    lambda r: _borne("many pings", *(frame(PING, r.randbytes(4)) for _ in range(200))),
    lambda r: _borne("pongs that nobody asked for", *(frame(PONG, r.randbytes(125)) for _ in range(50))),
    lambda r: _borne("empty pieces", frame(TEXT, b"", first=0), *[frame(CONTINUATION, b"", first=0)] * 300, _last()),
    lambda r: _borne("a masked message", frame(TEXT, HEARTBEAT, mask=r.randbytes(4))),
)


def _last() -> bytes:
    return frame(CONTINUATION, HEARTBEAT)


def _pieces_over_the_limit() -> list[bytes]:
    piece = bytes(TOO_LARGE // 4 + 1)
    return [frame(TEXT, piece, first=0), *[frame(CONTINUATION, piece, first=0)] * 3]


def _request(line: str, *headers: str) -> bytes:
    return ("\r\n".join((line, *headers)) + "\r\n\r\n").encode("latin-1")


def requests(path: str, token: str) -> dict[str, Callable[[Random], bytes]]:
    """What is sent instead of an honest handshake for ``path``, by name. Each is answered or cut, and none taken."""
    good = f"{path}&token={token}"
    return {
        "no token": lambda r: handshake(path),
        "a wrong token": lambda r: handshake(f"{path}&token={token[:-4]}AAAA"),
        "a token cut short": lambda r: handshake(f"{path}&token={token[: r.randrange(len(token))]}"),
        "a token that is no text": lambda r: handshake(f"{path}&token=%ff%fe%00"),
        "another version": lambda r: handshake(good.replace("2.0.0", r.choice(("1.0.0", "", "99", "%00")))),
        "a foreign origin": lambda r: handshake(
            good, ("Origin: " + r.choice(("https://evil.test", "null", "", "\xff")),)
        ),
        "another path": lambda r: handshake(r.choice(("/socket", "/socket/websocket/x", "//", "/%00", "/../etc"))),
        "a protocol that holds no token": lambda r: handshake(path, ("Sec-WebSocket-Protocol: phoenix, a b, \xff",)),
        "a bearer that is no base64": lambda r: handshake(path, ("Sec-WebSocket-Protocol: base64url.bearer.phx.%%%",)),
        "another websocket version": lambda r: handshake(good).replace(b"Version: 13", b"Version: 7"),
        "a key that is none": lambda r: handshake(good).replace(b"c2l4dGVlbiBieXRlcyEhIQ==", b"short"),
        "no key": lambda r: handshake(good).replace(b"Sec-WebSocket-Key", b"X-Nothing"),
        "a header without end": lambda r: handshake(good, ("X-Large: " + "x" * 200_000,)),
        "headers without end": lambda r: handshake(good, tuple(f"X-{n}: x" for n in range(5_000))),
        "a path without end": lambda r: handshake(good + "&x=" + "y" * 200_000),
        "TLS": lambda r: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + r.randbytes(500),
        "noise": lambda r: r.randbytes(300) + b"\r\n\r\n",
        "a line that is no request": lambda r: b"GET\r\n\r\n",
        "an old HTTP": lambda r: _request("GET / HTTP/0.9"),
        "another HTTP": lambda r: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a method that is none": lambda r: _request("BREW / HTTP/1.1", "Host: x", "Connection: close"),
        "a body of a negative length": lambda r: _request("POST / HTTP/1.1", "Host: x", "Content-Length: -1"),
        "two lengths": lambda r: _request("POST / HTTP/1.1", "Host: x", "Content-Length: 1", "Content-Length: 2"),
        "chunks that are none": lambda r: (
            _request("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked") + b"zz\r\n"
        ),
        "a header that is none": lambda r: _request("GET / HTTP/1.1", "no colon"),
    }
