"""Many connections: which end it at once, which are tried again, and what the person is told meanwhile."""

import asyncio
from socket import create_server

import pytest

from channels.auth import Tokens
from channels.client import MAX_WAITING, Backoff, Client, ConnectFailed, Disconnected, PushRefused, State, Status
from tests.channels.client.conftest import SOON, Peer, relaying, scripted
from tests.channels.conftest import NEW_USER, SECRET, Serve, Site


async def welcome(peer: Peer) -> None:
    """Grant one join."""
    await peer.joined()


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
    async def play(peer: Peer) -> None:
        await peer.joined()
        await peer.until("e")
        await peer.close(1013)

    async with scripted(play) as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="because") as ended:
            await channel.push("e")
        assert ended.value.code == 1013


async def test_an_answer_that_never_comes() -> None:
    async with scripted(welcome) as url, Client(url, "token") as client:
        channel = await client.join("t")
        with pytest.raises(TimeoutError):
            await channel.push("e", timeout_s=0.01)


async def test_nonsense_ends_the_connection_with_what_was_wrong() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined()
        await peer.say("nonsense")

    async with scripted(play) as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="The server sent nonsense: the text frame is not JSON"):
            await channel.next()


async def test_a_reader_too_slow_reads_what_came_and_then_learns_of_it() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined()
        for n in range(MAX_WAITING + 1):
            await peer.tell("t", "e", {"n": n})

    async with scripted(play) as url, Client(url, "token", reconnect=None) as client:
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


class Tokenmaker:
    """Gives a new token each time."""

    def __init__(self) -> None:
        self.given = 0

    async def __call__(self) -> str:
        self.given += 1
        return f"token-{self.given}"


async def test_each_connection_gets_a_fresh_token() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined()
        if peer.number < 3:
            peer.abort()

    tokens = Tokenmaker()
    async with scripted(play) as url, Client(url, tokens, reconnect=SOON) as client:
        channel = await client.join("t")
        back = asyncio.Event()
        client.on_state(lambda state: back.set() if state.status == Status.CONNECTED and tokens.given == 3 else None)
        await back.wait()
        with pytest.raises(TimeoutError):
            await channel.push("e", timeout_s=0.01)
        assert tokens.given == 3


async def test_a_token_that_can_not_be_had_is_a_failed_connection() -> None:
    def none() -> str:
        raise OSError("the keyring is locked")

    with pytest.raises(ConnectFailed, match="No token could be had: the keyring is locked"):
        async with Client("ws://127.0.0.1:9", none):
            pass


async def test_a_refusal_that_a_second_try_cant_mend_ends_it_at_once(site: Site) -> None:
    given = [site.tokens.issue("ada"), Tokens(b"another secret of thirty-two bytes", 60).issue("ada")]
    async with relaying(site.url) as relay, Client(relay.url, lambda: given.pop(0)) as client:
        session = await client.join("session:s1")
        relay.cut()
        with pytest.raises(Disconnected, match="not one of this server: get one from it") as ended:
            await session.next()
        assert ended.value.final
        assert client.state.status == Status.ENDED
        with pytest.raises(Disconnected, match="not one of this server"):
            await client.join("user:ada")


async def test_a_close_for_its_token_ends_a_client_that_has_only_one() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined()
        if peer.number == 1:
            await peer.close(1008, "the token has expired")

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="the token has expired"):
            await channel.next()
    async with scripted(play) as url, Client(url, Tokenmaker(), reconnect=SOON) as client:
        back = asyncio.Event()
        client.on_state(lambda state: back.set() if state.status == Status.CONNECTED else None)
        await client.join("t")
        await back.wait()


async def test_a_token_that_ends_is_replaced_where_a_new_one_can_be_had() -> None:
    async def play(peer: Peer) -> None:
        await peer.refuse(await peer.until("phx_join"), "token_expired")
        await peer.answer(await peer.until("token"), {"expires_at": 4e9})
        await peer.answer(await peer.until("phx_join"), {"welcome": peer.number})

    async with scripted(play) as url, Client(url, Tokenmaker(), reconnect=SOON) as client:
        assert (await client.join("t")).reply == {"welcome": 1}
    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        with pytest.raises(PushRefused, match="token_expired"):
            await client.join("t")


async def test_it_gives_up_and_says_so_to_whoever_waits(site: Site) -> None:
    states: list[State] = []
    impatient = Backoff(base_s=0.01, cap_s=0.05, give_up_after_s=0.2)
    async with relaying(site.url) as relay, Client(relay.url, site.tokens.issue("ada"), reconnect=impatient) as client:
        client.on_state(states.append)
        session = await client.join("session:s1")
        waiting = asyncio.create_task(session.next())
        relay.open = False
        relay.cut()
        with pytest.raises(Disconnected, match=r"No connection for 0.2 s, so this was given up"):
            await waiting
        with pytest.raises(Disconnected, match=r"No connection for 0.2 s"):
            await session.push("cancel")
    assert states[0].status == Status.RECONNECTING
    assert states[0].attempt == 1
    assert "went away" in states[0].why
    assert [state.attempt for state in states[:-1]] == list(range(1, len(states)))
    assert all(state.wait_s <= impatient.bound_s(state.attempt - 1) for state in states[:-1])
    assert states[-1].status == Status.ENDED


async def test_a_topic_joined_while_the_connection_is_away_waits_for_the_next(site: Site) -> None:
    async with relaying(site.url) as relay, Client(relay.url, site.tokens.issue("ada"), reconnect=SOON) as client:
        await client.join("session:s1")
        lost = asyncio.Event()
        client.on_state(lambda _: lost.set())
        relay.open = False
        relay.cut()
        await lost.wait()
        joining = asyncio.create_task(client.join("user:ada"))
        relay.open = True
        assert (await joining).reply["snapshot"] == NEW_USER


async def test_a_token_that_ends_in_the_middle_is_replaced_without_a_new_connection(serve: Serve) -> None:
    async with serve(ttl_s=600) as site:
        given = [Tokens(SECRET, ttl_s).issue("ada") for ttl_s in (1, 600)]
        shown: list[State] = []
        asked = asyncio.Event()

        def token() -> str:
            if len(given) == 1:
                asked.set()
            return given.pop(0)

        async with Client(site.url, token) as client:
            client.on_state(shown.append)
            user = await client.join("user:ada")
            await client.join("session:s1")
            await asyncio.wait_for(asked.wait(), 10)  # the end is told on both topics, and one new token is pushed
            assert (await client.join("session:s2")).reply["seq"] == 0
            await site.hub.publish("user:ada", "note_updated", {})
            event = await user.next()
        assert event
        assert event.event == "note_updated", "its own business is not shown"
        assert [state.status for state in shown] == [Status.ENDED]


async def test_a_new_token_that_is_not_taken_ends_the_connection(serve: Serve) -> None:
    async with serve() as site:
        given = [Tokens(SECRET, 1).issue("ada"), "nonsense"]
        async with Client(site.url, lambda: given.pop(0) if given else "nonsense", reconnect=SOON) as client:
            user = await client.join("user:ada")
            with pytest.raises(Disconnected, match="not one of this server"):
                await user.next()


async def test_a_payload_that_is_no_json_is_the_callers_error_and_nothing_else_suffers(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with pytest.raises(TypeError):
            await user.push("note", {"n": -(2**70)})
        await site.hub.publish("user:ada", "note_updated", {})
        event = await user.next()
        assert event
        assert event.event == "note_updated"
