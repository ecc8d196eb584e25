"""The proxy breaks what its plan says, at the byte it says, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.chaos.faults import CUTS, Delay, Fault, Kind, Link, Plan, Side, Weather, drawn
from tests.chaos.proxy import Ends, Proxy

WORDS = b"It never passes in silence. " * 2_000  # more than one piece


class Far:
    """The server behind the proxy: keeps what came over each connection, and says how each ended."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[Ends] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.came.put((reader, writer))

    def close(self) -> None:
        assert self._server
        self._server.close()


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    server = Far()
    yield server
    server.close()


@contextlib.asynccontextmanager
async def between(far: Far, *links: Link) -> AsyncIterator[Proxy]:
    async with Proxy(await far.start(), Plan(7, links)) as proxy:
        yield proxy


@contextlib.asynccontextmanager
async def connected(proxy: Proxy, far: Far) -> AsyncIterator[tuple[Ends, Ends]]:
    """Both ends of a connection through the proxy: the near and the far one."""
    near = await asyncio.open_connection("127.0.0.1", proxy.port)
    there = await far.came.get()
    try:
        yield near, there
    finally:
        for _, writer in (near, there):
            writer.transport.abort()


async def test_without_a_fault_everything_passes_both_ways_and_so_does_the_end(far: Far) -> None:
    async with between(far) as proxy, connected(proxy, far) as (near, there):
        near[1].write(WORDS)
        assert await there[0].readexactly(len(WORDS)) == WORDS
        there[1].write(WORDS)
        there[1].close()
        assert await near[0].read(-1) == WORDS
        assert proxy.happened == []


@pytest.mark.parametrize("side", Side)
async def test_a_close_lets_exactly_so_many_bytes_through_and_ends_both_ways(far: Far, side: Side) -> None:
    fault = Fault(Kind.CLOSE, side, 20_001)
    async with between(far, Link(faults=(fault,))) as proxy, connected(proxy, far) as (near, there):
        source, target = (near, there) if side is Side.UP else (there, near)
        source[1].write(WORDS)
        assert await target[0].read(-1) == WORDS[:20_001]
        with contextlib.suppress(ConnectionResetError):  # for what it sent too late
            assert await source[0].read(-1) == b""
        assert [each.fault for each in proxy.happened] == [fault]


async def test_a_reset_is_a_reset_for_both_ends(far: Far) -> None:
    async with (
        between(far, Link(faults=(Fault(Kind.RESET, Side.UP, 1),))) as proxy,
        connected(proxy, far) as (near, there),
    ):
        near[1].write(b"ab")
        for end in (near, there):
            with pytest.raises(ConnectionResetError):
                await end[0].read(-1)


async def test_a_half_open_connection_passes_nothing_and_tells_nobody(far: Far) -> None:
    fault = Fault(Kind.HALF_OPEN, Side.UP, 3)
    async with between(far, Link(faults=(fault,))) as proxy, connected(proxy, far) as (near, there):
        near[1].write(b"abcdef")
        assert await there[0].readexactly(3) == b"abc"
        await proxy.until(lambda proxy: bool(proxy.happened))
        near[1].write(b"more")
        there[1].write(b"an answer")
        reads = [asyncio.create_task(end[0].read(1)) for end in (near, there)]
        async with connected(proxy, far) as (later, met):  # a whole round trip, and nothing has come to the two
            later[1].write(WORDS)
            met[1].write(await met[0].readexactly(len(WORDS)))
            await later[0].readexactly(len(WORDS))
        assert not any(read.done() for read in reads)
        for read in reads:
            read.cancel()


async def test_a_stall_delays_and_loses_nothing(far: Far) -> None:
    link = Link(up=Delay(0.001, 0.001), faults=(Fault(Kind.STALL, Side.UP, 9, 0.01), Fault(Kind.CLOSE, Side.UP, 12)))
    async with between(far, link) as proxy, connected(proxy, far) as (near, there):
        near[1].write(WORDS)
        assert await there[0].read(-1) == WORDS[:12]
        assert [each.fault and each.fault.kind for each in proxy.happened] == [Kind.STALL, Kind.CLOSE]


async def test_connections_are_refused_until_the_planned_one_is_taken(far: Far) -> None:
    async with between(far, Link(refused=2)) as proxy:
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
            writer.close()
        async with connected(proxy, far) as (near, there):
            near[1].write(b"at last")
            assert await there[0].readexactly(7) == b"at last"
        assert [each.fault for each in proxy.happened] == [None, None]


async def test_nobody_behind_the_proxy_is_a_reset(far: Far) -> None:
    port = await far.start()
    far.close()
    async with Proxy(port, Plan()) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()


async def test_every_connection_can_be_reset_at_once(far: Far) -> None:
    fault = Fault(Kind.HALF_OPEN, Side.UP, 1)
    async with between(far, Link(faults=(fault,))) as proxy, connected(proxy, far) as (near, there):
        near[1].write(b"a")
        await proxy.until(lambda proxy: bool(proxy.happened))
        proxy.reset_all()
        for end in (near, there):
            with pytest.raises(ConnectionResetError):
                await end[0].readexactly(2)


def test_a_seed_always_draws_the_same_plan() -> None:
    weather = Weather(up_bytes=100_000, down_bytes=5_000)
    assert drawn(3, weather) == drawn(3, weather)
    plans = [drawn(seed, weather) for seed in range(200)]
    assert len(set(plans)) == 200
    assert {fault.kind for plan in plans for link in plan.links for fault in link.faults} == {*CUTS, Kind.STALL}
    assert {fault.side for plan in plans for link in plan.links for fault in link.faults} == {*Side}
    for plan in plans:
        assert 1 <= plan.cuts == len(plan.links) <= weather.most_cuts
        assert plan.links[0].refused == 0
        assert all(fault.after >= weather.spared_down for fault in plan.links[0].faults if fault.kind in CUTS)
