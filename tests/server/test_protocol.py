"""Clients that break HTTP or the websocket are sent away, and the log stays quiet."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from server.protocol import READ_AHEAD, ClientsFault, WebsocketProtocol
from tests.channels.conftest import Uvicorn
from tests.chaos.rawsocket import TEXT, RawSocket, frame, handshake

PATIENCE_S = 10.0


async def listen(websocket: WebSocket) -> None:
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of an application that listens and says nothing."""
    routes = [WebSocketRoute("/", listen)]
    config = uvicorn.Config(Starlette(routes=routes), port=0, ws=WebsocketProtocol, log_config=None, lifespan="off")
    server = Uvicorn(config)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.stop.set()
    await serving


@pytest.fixture
def reported() -> Iterator[list[str]]:
    """What uvicorn reports, past the filter."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    log, handler, fault = logging.getLogger("uvicorn.error"), Handler(logging.WARNING), ClientsFault()
    level = log.level
    log.addHandler(handler)
    log.addFilter(fault)
    log.setLevel(logging.WARNING)  # a server of another test may have made it quieter
    yield lines
    log.removeHandler(handler)
    log.removeFilter(fault)
    log.setLevel(level)


@pytest.mark.parametrize(
    "headers", [("X-Long: " + "x" * 20_000,), tuple(f"X-{n}: x" for n in range(500))], ids=["long", "many"]
)
async def test_a_handshake_that_cannot_be_read_is_refused_and_the_connection_ended(
    port: int, headers: tuple[str, ...]
) -> None:
    async with RawSocket(port) as socket, asyncio.timeout(PATIENCE_S):
        await socket.send(handshake("/", headers))
        assert (await socket.everything()).startswith(b"HTTP/1.1 431 ")


async def test_text_that_is_no_utf_8_is_closed_and_not_reported(port: int, reported: list[str]) -> None:
    async with RawSocket(port) as socket, asyncio.timeout(PATIENCE_S):
        await socket.shake_hands("/")
        await socket.send(frame(TEXT, b"\xff"))
        assert (await socket.ended()).code == 1007
    assert reported == []


async def test_a_body_that_is_no_http_is_not_reported_as_our_error(port: int, reported: list[str]) -> None:
    async with RawSocket(port) as socket, asyncio.timeout(PATIENCE_S):
        await socket.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert await socket.everything()
    assert reported == ["Invalid HTTP request received."]


async def test_an_error_of_ours_is_reported(reported: list[str]) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert reported == ["Exception in ASGI application"]


MESSAGES, MESSAGE_BYTES = 400, 32_768  # together more than what the kernel keeps for a connection


async def test_an_application_that_does_not_read_holds_its_client_up_and_loses_nothing() -> None:
    reads, all_taken, paused = asyncio.Event(), asyncio.Event(), asyncio.Event()
    waiting: list[int] = []
    taken: list[str] = []

    class Watched(WebsocketProtocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            waiting.append(self.queue.qsize())
            if self.read_paused:
                paused.set()

    async def read_late(websocket: WebSocket) -> None:
        await websocket.accept()
        await reads.wait()
        async for text in websocket.iter_text():
            taken.append(text[:6])
            if len(taken) == MESSAGES:
                all_taken.set()

    async def send_all(socket: RawSocket) -> None:
        for number in range(MESSAGES):
            await socket.send(frame(TEXT, f"{number:06}".encode().ljust(MESSAGE_BYTES)))

    routes = [WebSocketRoute("/", read_late)]
    config = uvicorn.Config(Starlette(routes=routes), port=0, ws=Watched, log_config=None, lifespan="off")
    server = Uvicorn(config)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    async with RawSocket(server.servers[0].sockets[0].getsockname()[1]) as socket, asyncio.timeout(60):
        await socket.shake_hands("/")
        sending = asyncio.create_task(send_all(socket))
        await paused.wait()
        assert not sending.done()
        assert READ_AHEAD <= max(waiting) <= READ_AHEAD + 256 * 1024 // MESSAGE_BYTES, "what one read may bring more"
        reads.set()
        await sending
        await all_taken.wait()
    assert taken == [f"{number:06}" for number in range(MESSAGES)]
    server.stop.set()
    await serving
