"""automation/browsers/gate.py over raw sockets: what passes, what does not, and how long anybody may take."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import pytest

from automation.addresses import AddressRefused, Fence
from automation.browsers.gate import Gate, Limits

PUBLIC = "93.184.215.14"
INSIDE = {"inside.example": "10.0.0.1", "both.example": "169.254.169.254"}

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Names:
    """A resolver that counts, and answers otherwise the second time: DNS rebinding."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Iterable[str]:
        self.asked.append(host)
        if host == "both.example":
            return [PUBLIC, INSIDE[host]]
        if host in INSIDE:
            return [INSIDE[host]]
        return [PUBLIC] if self.asked.count(host) == 1 else ["127.0.0.1"]


class Far:
    """The host beyond the gate: says back what it is told. ``dialled`` holds the addresses that were connected to."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.down: set[str] = set()
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass  # the gate has hung up
        finally:
            writer.close()

    async def dial(self, address: str) -> Streams:
        self.dialled.append(address)
        if address in self.down:
            raise OSError("unreachable")
        return await asyncio.open_connection("127.0.0.1", self.port)


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    far = Far()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    far.port = server.sockets[0].getsockname()[1]
    yield far
    server.close()


class Client:
    """Sends bytes to a gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._opened: list[asyncio.StreamWriter] = []

    async def ask(self, request: bytes) -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._gate.port)
        self._opened.append(writer)
        writer.write(request)
        return reader, writer

    async def answer(self, request: bytes) -> str:
        """The whole answer to something that is declined."""
        reader, writer = await self.ask(request)
        async with asyncio.timeout(5):
            said = await reader.read()
        writer.close()
        return said.decode()

    async def tunnel(self, host: str) -> Streams:
        reader, writer = await self.ask(connect(host))
        async with asyncio.timeout(5):
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
        return reader, writer

    def close(self) -> None:
        for writer in self._opened:
            writer.transport.abort()


Clients = Callable[[Gate], Client]


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    """Makes clients, and hangs up for all of them."""
    made: list[Client] = []

    def client(gate: Gate) -> Client:
        made.append(Client(gate))
        return made[-1]

    yield client
    for one in made:
        one.close()
    await asyncio.sleep(0)


def connect(target: str) -> bytes:
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: x\r\n\r\n".encode()


async def test_a_tunnel_carries_bytes_both_ways_until_either_side_hangs_up(far: Far, clients: Clients) -> None:
    async with Gate(Fence(resolve=Names()), dial=far.dial) as gate:
        client = clients(gate)
        reader, writer = await client.tunnel("example.org:443")
        sent = bytes(range(256)) * 8192  # 2 MiB, more than is ever held
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(10):
            assert await reader.read(-1) == sent


async def test_a_name_is_resolved_once_and_the_address_that_was_looked_at_is_dialled(
    far: Far, clients: Clients
) -> None:
    names = Names()
    async with Gate(Fence(resolve=names), dial=far.dial) as gate:
        client = clients(gate)
        await client.tunnel("rebound.example:443")
        assert (names.asked, far.dialled) == (["rebound.example"], [PUBLIC])
        said = await client.answer(connect("rebound.example:443"))  # by now it leads to this machine
        assert said.startswith("HTTP/1.1 403 ")
        assert far.dialled == [PUBLIC]


@pytest.mark.parametrize(
    ("request_", "status", "why"),
    [
        (connect("inside.example:443"), 403, "lies inside a private network"),
        (connect("both.example:443"), 403, "lies inside a private network"),
        (connect("127.0.0.1:443"), 403, "number instead"),
        (connect("[::1]:443"), 403, "number instead"),
        (connect("2130706433:443"), 403, "number instead"),
        (connect("0x7f.1:443"), 403, "number instead"),
        (connect("localhost:443"), 403, "private network"),
        (connect("printer.local:443"), 403, "private network"),
        (connect("metadata.google.internal:443"), 403, "private network"),
        (connect("youtube.com.evil.example:443"), 403, "looks like youtube"),
        (connect("example.org:80"), 403, "usual port"),
        (connect("example.org:22"), 403, "usual port"),
        (connect("user@example.org:443"), 403, "password"),
        (connect("example.org:99999"), 403, "no address"),
        (connect("[:443"), 403, "no address"),
        (connect(":443"), 403, "names no host"),
        (b"GET http://example.org/ HTTP/1.1\r\n\r\n", 403, "Only https"),
        (b"GET http://127.0.0.1:8787/ HTTP/1.1\r\n\r\n", 403, "Only https"),
        (b"POST ftp://example.org/ HTTP/1.1\r\n\r\n", 403, "Only https"),
        (b"GET / HTTP/1.1\r\n\r\n", 403, "Only https"),
        (b"hello\r\n\r\n", 400, "no request"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "no request"),
        (b"CONNECT example.org:443 HTTP/2\r\n\r\n", 400, "no request"),
        (b"CONNECT a b c HTTP/1.1\r\n\r\n", 400, "no request"),
        (b"CONNECT " + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n", 431, "too long"),
    ],
)
async def test_everything_else_is_declined_and_nothing_is_dialled(
    far: Far, clients: Clients, request_: bytes, status: int, why: str
) -> None:
    async with Gate(Fence(resolve=Names()), dial=far.dial) as gate:
        said = await clients(gate).answer(request_)
    assert said.startswith(f"HTTP/1.1 {status} ")
    assert why in said
    assert far.dialled == []


async def test_this_server_s_own_page_is_reached_around_it_and_not_through_it(far: Far, clients: Clients) -> None:
    fence = Fence("https://sidenote.example/practice", Names())
    async with Gate(fence, dial=far.dial) as gate:
        assert gate.flags()[1] == "--proxy-bypass-list=<-loopback>;https://sidenote.example:443"
        assert " 403 " in await clients(gate).answer(connect("sidenote.example:443"))
        assert far.dialled == []
    async with Gate(Fence("http://127.0.0.1:8787/practice")) as gate:
        assert gate.flags()[1] == "--proxy-bypass-list=<-loopback>;http://127.0.0.1:8787"
    async with Gate(Fence()) as gate:
        assert gate.flags() == [f"--proxy-server=http://127.0.0.1:{gate.port}", "--proxy-bypass-list=<-loopback>"]


async def test_why_a_host_was_refused_is_remembered_until_it_is_allowed(far: Far, clients: Clients) -> None:
    addresses = ["10.0.0.1"]

    async def resolve(host: str) -> Iterable[str]:
        return addresses

    async with Gate(Fence(resolve=resolve), dial=far.dial) as gate:
        client = clients(gate)
        url = "https://moving.example/watch"
        await gate.check_failed(url)  # nobody has asked yet
        await client.answer(connect("moving.example:443"))
        await gate.check(url)  # by its look alone it may be asked for
        with pytest.raises(AddressRefused, match="private network"):
            await gate.check_failed(url)
        addresses[:] = [PUBLIC]
        await client.tunnel("moving.example:443")
        await gate.check_failed(url)


async def test_what_is_remembered_is_bounded(far: Far, clients: Clients) -> None:
    async with Gate(Fence(resolve=Names()), dial=far.dial) as gate:
        for number in range(201):
            await clients(gate).answer(connect(f"n{number}.youtube.com.example:443"))
        with pytest.raises(AddressRefused):
            await gate.check_failed("https://n200.youtube.com.example/")
        assert len(gate._refused) == 200


async def test_the_next_address_is_tried_where_one_does_not_answer(far: Far, clients: Clients) -> None:
    async def resolve(host: str) -> Iterable[str]:
        return ["93.184.215.1", "93.184.215.1", "93.184.215.2"]

    far.down = {"93.184.215.1"}
    async with Gate(Fence(resolve=resolve), dial=far.dial) as gate:
        client = clients(gate)
        await client.tunnel("example.org:443")
        assert far.dialled == ["93.184.215.1", "93.184.215.2"]
        far.down = {"93.184.215.1", "93.184.215.2"}
        assert (await client.answer(connect("example.org:443"))).startswith("HTTP/1.1 502 ")


async def test_nobody_may_take_forever(far: Far, clients: Clients) -> None:
    async def never(address: str) -> Streams:
        await asyncio.Event().wait()
        raise OSError

    slow = Limits(header_s=0.05, connect_s=0.05, idle_s=0.2)
    async with Gate(Fence(resolve=Names()), dial=far.dial, limits=slow) as gate:
        client = clients(gate)
        assert await client.answer(b"CONNECT example.org:443 HTT") == ""  # and no more comes
        reader, _ = await client.tunnel("example.org:443")
        async with asyncio.timeout(5):
            assert await reader.read() == b""  # nothing was said on either side
    async with Gate(Fence(resolve=Names()), dial=never, limits=slow) as gate:
        assert (await clients(gate).answer(connect("example.org:443"))).startswith("HTTP/1.1 502 ")


async def test_only_so_many_at_once_and_all_end_with_the_gate(far: Far, clients: Clients) -> None:
    async with Gate(Fence(resolve=Names()), dial=far.dial, limits=Limits(connections=2)) as gate:
        client = clients(gate)
        first, _ = await client.tunnel("a.example:443")
        _, hangs_up = await client.tunnel("b.example:443")
        assert (await client.answer(connect("c.example:443"))).startswith("HTTP/1.1 503 ")
        hangs_up.close()
        async with asyncio.timeout(5):
            while not (await client.answer(connect("c.youtube.com.example:443"))).startswith("HTTP/1.1 403 "):
                pass  # until the gate has noticed
    async with asyncio.timeout(5):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await first.readexactly(1)
