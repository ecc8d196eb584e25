"""The typed client: what it raises, and that it never waits for what can't come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import create_server

import pytest
from websockets.asyncio.server import ServerConnection, serve

from channels.auth import Tokens
from channels.client import MAX_WAITING, Client, ConnectFailed, Disconnected, PushRefused
from channels.wire import Message, decode_client, encode
from tests.channels.conftest import Serve, Site


@asynccontextmanager
async def scripted(*answers: Message | str | bytes | int) -> AsyncIterator[str]:
    """A server that answers the first join, then sends ``answers`` (a number: it closes with that code)."""

    async def handle(socket: ServerConnection) -> None:
        join = decode_client(await socket.recv())
        assert isinstance(join, Message)
        reply = {"status": "ok", "response": {}}
        await socket.send(encode(Message(join.join_ref, join.ref, join.topic, "phx_reply", reply)))
        for answer in answers:
            if isinstance(answer, int):
                await socket.close(answer, "because")
            else:
                await socket.send(encode(answer) if isinstance(answer, Message) else answer)
        await socket.wait_closed()

    async with serve(handle, "127.0.0.1", 0, subprotocols=["phoenix"]) as server:  # type: ignore[list-item] # a NewType
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["ws", "http"])
async def test_a_server_that_is_not_there(scheme: str) -> None:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectFailed, match=f"No Sidenote server answers at ws://127.0.0.1:{port} .*start one"):
        async with Client(f"{scheme}://127.0.0.1:{port}/", "token"):
            pass


@pytest.mark.parametrize("url", ["", "ftp://host", "ws://", "http://host:port"])
async def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConnectFailed, match="No Sidenote server answers"):
        async with Client(url, "token"):
            pass


async def test_the_words_of_a_refusal_are_the_servers(site: Site) -> None:
    with pytest.raises(ConnectFailed, match="not one of this server: get one from it"):
        async with Client(site.url, Tokens(b"another secret of thirty-two bytes", 60).issue("ada")):
            pass
    with pytest.raises(ConnectFailed, match="The origin http://evil is not allowed"):
        async with Client(site.url, site.tokens.issue("ada"), origin="http://evil"):
            pass


async def test_a_refused_push_has_a_reason_and_a_message(site: Site) -> None:
    async with site.client() as client:
        session = await client.join("session:s1")
        with pytest.raises(PushRefused, match="Nothing goes on in this session") as refused:
            await session.push("cancel")
        assert refused.value.reason == "not_now"
        assert refused.value.response["reason"] == "not_now"


async def test_after_leaving_a_channel_is_over(site: Site) -> None:
    async with site.client() as client:
        session = await client.join("session:s1")
        await session.leave()
        assert [event async for event in session] == []
        assert await session.next() is None, "however often it is asked"


async def test_a_server_that_goes_ends_everything_that_waits(serve: Serve) -> None:
    async with serve() as site:
        client = await site.client(reconnect=None).__aenter__()
        session = await client.join("session:s1")
        waiting = asyncio.create_task(session.next())
    with pytest.raises(Disconnected) as ended:
        await waiting
    assert ended.value.code == 1012
    for _ in range(2):
        with pytest.raises(Disconnected):
            await session.next()
        with pytest.raises(Disconnected):
            await session.push("cancel")
    await client.__aexit__(None, None, None)


async def test_a_push_that_waits_ends_with_the_connection() -> None:
    async with scripted(1013) as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="because") as ended:
            await channel.push("e")
        assert ended.value.code == 1013


async def test_an_answer_that_never_comes() -> None:
    async with scripted() as url, Client(url, "token") as client:
        channel = await client.join("t")
        with pytest.raises(TimeoutError):
            await channel.push("e", timeout_s=0.01)


async def test_nonsense_ends_the_connection_with_what_was_wrong() -> None:
    async with scripted("nonsense") as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="The server sent nonsense: the text frame is not JSON"):
            await channel.next()


async def test_a_reader_too_slow_reads_what_came_and_then_learns_of_it() -> None:
    events = [Message(None, None, "t", "e", {"n": n}) for n in range(MAX_WAITING + 1)]
    async with scripted(*events) as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="wait unread: read faster"):
            await channel.push("e", timeout_s=30)
        for _ in range(MAX_WAITING):
            assert await channel.next()
        with pytest.raises(Disconnected, match="wait unread: read faster"):
            await channel.next()


async def test_a_rejoin_ends_the_channel_before(site: Site) -> None:
    async with site.client() as client:
        before = await client.join("session:s1")
        after = await client.join("session:s1")
        assert await before.next() is None
        await site.hub.publish("session:s1", "state_changed", {})
        event = await after.next()
        assert event is not None
        assert (event.topic, event.event, event.seq) == ("session:s1", "state_changed", 1)
