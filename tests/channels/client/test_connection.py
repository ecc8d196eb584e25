"""One websocket: what it takes for the end of it."""

import asyncio

import pytest

from channels.client import Client, Disconnected, Heartbeat, Status
from tests.channels.client.conftest import SOON, Peer, relaying, scripted
from tests.channels.conftest import Site, until

QUICK = Heartbeat(every_s=0.05, limit_s=0.2)


async def test_a_half_open_connection_is_noticed_and_replaced(site: Site) -> None:
    token = site.tokens.issue("ada")
    async with relaying(site.url) as relay, Client(relay.url, token, reconnect=SOON, heartbeat=QUICK) as client:
        why: list[str] = []
        client.on_state(lambda state: why.append(state.why))
        session = await client.join("session:s1")
        relay.swallow()
        await site.hub.publish("session:s1", "state_changed", {})
        while client.state.status == Status.CONNECTED:
            lost = asyncio.Event()
            client.on_state(lambda _, lost=lost: lost.set())  # type: ignore[misc] # the default binds it
            await lost.wait()
        assert why[0] == "Nothing came from the server for 0.2 s."
        relay.flow()
        assert (await until(session, "state_changed")).seq == 1


async def test_anything_that_comes_counts_as_a_sign_of_life() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined()
        for n in range(30):  # and no heartbeat is answered
            await peer.until("heartbeat")
            await peer.tell("t", "e", {"n": n})

    quick = Heartbeat(every_s=0.001, limit_s=10.0)
    async with scripted(play) as url, Client(url, "token", reconnect=None, heartbeat=quick) as client:
        channel = await client.join("t")
        assert [(await until(channel, "e")).payload["n"] for _ in range(30)] == list(range(30))


async def test_what_waits_for_an_answer_of_a_topic_that_broke_off_is_told() -> None:
    async def play(peer: Peer) -> None:
        join = await peer.joined()
        await peer.until("e")
        await peer.tell("t", "phx_error", {"reason": "it fell over"}, join)

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="broke off before the answer came: it fell over"):
            await channel.push("e")


async def test_nonsense_within_a_message_ends_the_connection_too() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined()
        await peer.say('[null,null,"t","e",[1]]')

    async with scripted(play) as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="nonsense: a payload is an object"):
            await channel.next()
