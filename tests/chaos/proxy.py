"""A TCP proxy that carries out a plan of faults (``faults.py``): it passes bytes both ways until one is due.

Knows nothing of websockets, so that what it breaks is broken as a network breaks it. Runs on one event loop.

    async with Proxy(server_port, plan) as proxy:
        Client(proxy.url, token)
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

from tests.chaos.faults import Delay, Fault, Kind, Link, Plan, Side

PIECE = 16_384  # bytes read at once: less than a recording, so that a cut can fall inside
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER, on, 0 s: closing sends RST

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Cut(Exception):
    """The connection is over, and so."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Happened:
    """A fault that was carried out, or (None) a connection that was refused."""

    connection: int  # counted from 0, refused ones too
    fault: Fault | None


class Proxy:
    """Listens on a free port of this machine and passes on to another one.

    ``to_port`` may be changed: it holds for the connections that come after.
    """

    def __init__(self, to_port: int, plan: Plan) -> None:
        self.plan = plan
        self.happened: list[Happened] = []
        self.to_port = to_port
        self._random = Random(plan.seed)
        self._fates = [link for given in plan.links for link in (*[None] * given.refused, given)]
        self._taken = 0  # connections so far
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: set[asyncio.StreamWriter] = set()
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._sockets:
            writer.transport.abort()

    @property
    def port(self) -> int:
        assert self._server
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def reset_all(self) -> None:
        """Reset every connection, half-open ones too."""
        for writer in list(self._sockets):
            self._end(Kind.RESET, writer)

    async def until(self, fits: Callable[[Self], bool]) -> None:
        """Until ``fits`` is true of this proxy; asked again whenever something has happened."""
        async with self._news:
            await self._news.wait_for(lambda: fits(self))

    async def _note(self, connection: int, fault: Fault | None) -> None:
        async with self._news:
            self.happened.append(Happened(connection, fault))
            self._news.notify_all()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._sockets.add(writer)
        number, self._taken = self._taken, self._taken + 1
        fate = self._fates[number] if number < len(self._fates) else Link()
        if fate is None:
            await self._note(number, None)
            self._end(Kind.RESET, writer)
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:  # nobody listens: what a client would see is what it sees
            self._end(Kind.RESET, writer)
            return
        self._sockets.add(there[1])
        await self._pass_both_ways(number, fate, (reader, writer), there)

    async def _pass_both_ways(self, number: int, fate: Link, here: Ends, there: Ends) -> None:
        ways = [
            asyncio.create_task(self._pass(number, here[0], there[1], fate.on(Side.UP), fate.up)),
            asyncio.create_task(self._pass(number, there[0], here[1], fate.on(Side.DOWN), fate.down)),
        ]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            over = next(iter(done)).exception()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        kind = over.kind if isinstance(over, _Cut) else Kind.CLOSE if over is None else Kind.RESET
        if kind is not Kind.HALF_OPEN:
            for _, writer in (here, there):
                self._end(kind, writer)

    async def _pass(
        self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter, due: list[Fault], delay: Delay
    ) -> None:
        """Pass bytes until their source ends. Raises _Cut when a fault says so, OSError when an end is gone."""
        passed = 0
        while data := await source.read(PIECE):
            if delay != Delay():
                await asyncio.sleep(delay.base_s + self._random.random() * delay.jitter_s)
            while due and passed + len(data) >= due[0].after:
                fault = due.pop(0)
                first, data = data[: fault.after - passed], data[fault.after - passed :]
                target.write(first)
                await target.drain()
                passed += len(first)
                await self._note(number, fault)
                if fault.kind is not Kind.STALL:
                    raise _Cut(fault.kind)
                await asyncio.sleep(fault.for_s)
            target.write(data)
            await target.drain()
            passed += len(data)

    def _end(self, kind: Kind, writer: asyncio.StreamWriter) -> None:
        self._sockets.discard(writer)
        if kind is Kind.RESET:
            with contextlib.suppress(OSError):  # gone by itself
                end: socket.socket = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()
        else:
            writer.close()
