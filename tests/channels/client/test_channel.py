"""A topic over many connections: every event once and in order, or a snapshot in its place."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from channels.client import MAX_WAITING, Channel, Client, Disconnected, Event, PushRefused, Status
from channels.client import channel as channel_module
from channels.hub import HistorySettings
from channels.wire import Message
from tests.channels.client.conftest import SOON, Peer, relaying, scripted
from tests.channels.conftest import Serve, Site


def place(join: Message) -> tuple[Any, Any]:
    """Where a join says that the client had got to."""
    return join.payload.get("epoch"), join.payload.get("last_seq")


def event(seq: int) -> dict[str, Any]:
    return {"n": seq, "seq": seq}


async def some(channel: Channel, count: int) -> list[Event]:
    """So many events."""
    found: list[Event] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            came = await channel.next()
            assert came is not None
            found.append(came)
    return found


async def lost(client: Client) -> None:
    """Until the connection is known to be gone."""
    gone = asyncio.Event()
    client.on_state(lambda state: gone.set() if state.status != Status.CONNECTED else None)
    await gone.wait()


async def test_events_missed_while_away_come_in_order_and_once(site: Site) -> None:
    async with relaying(site.url) as relay, Client(relay.url, site.tokens.issue("ada"), reconnect=SOON) as client:
        session = await client.join("session:s1")
        for n in range(60):
            await site.hub.publish("session:s1", "state_changed", {"n": n})
            if n % 20 == 10:
                relay.cut()
            if n % 20 == 13:
                await some(session, 1)
        events = await some(session, 57)
        assert [each.payload["n"] for each in events] == list(range(3, 60))
        assert {each.event for each in events} == {"state_changed"}
        assert session.last_seq == 60
        assert session.reply["seq"] == 0, "the reply to the first join stays"


async def test_a_server_started_again_gives_a_snapshot_in_place_of_what_was_missed(serve: Serve) -> None:
    async with serve() as site:
        token = site.tokens.issue("ada")
        async with relaying(site.url) as relay, Client(relay.url, token, reconnect=SOON) as client:
            session = await client.join("session:s1")
            epoch = session.epoch
            await site.hub.publish("session:s1", "state_changed", {})
            assert [each.seq for each in await some(session, 1)] == [1]
            gone = asyncio.create_task(lost(client))
            async with serve() as again:
                relay.target = int(again.url.rpartition(":")[2])
                relay.cut()
                await gone
                (snapshot,) = await some(session, 1)
                assert (snapshot.topic, snapshot.event, snapshot.seq) == ("session:s1", "snapshot", None)
                assert snapshot.payload["state"] == "idle"
                assert session.epoch != epoch
                await again.hub.publish("session:s1", "state_changed", {})
                assert [each.seq for each in await some(session, 1)] == [1]


async def test_history_that_does_not_reach_back_gives_a_snapshot(serve: Serve) -> None:
    async with (
        serve(history=HistorySettings(max_bytes=300)) as site,
        relaying(site.url) as relay,
        Client(relay.url, site.tokens.issue("ada"), reconnect=SOON) as client,
    ):
        session = await client.join("session:s1")
        relay.open = False
        gone = asyncio.create_task(lost(client))
        relay.cut()
        await gone
        for n in range(20):
            await site.hub.publish("session:s1", "state_changed", {"n": n, "words": "w" * 100})
        relay.open = True
        (snapshot,) = await some(session, 1)
        assert (snapshot.event, session.last_seq) == ("snapshot", 20)


async def test_a_new_epoch_of_a_live_server_gives_a_snapshot(site: Site) -> None:
    async with Client(site.url, site.tokens.issue("ada"), reconnect=SOON) as client:
        session = await client.join("session:s1")
        await site.hub.publish("session:s1", "state_changed", {})
        await site.hub.renew("session:s1")
        assert [each.event for each in await some(session, 2)] == ["state_changed", "snapshot"]


async def test_a_topic_that_broke_off_is_joined_again(site: Site) -> None:
    async with site.review() as review:
        agent = site.supervisor.get("s1")
        assert agent is not None
        agent.end()
        note = await review.say()
        assert note["text"]
        assert site.supervisor.get("s1") is not agent


async def test_a_gap_is_never_passed_over() -> None:
    joins: list[Message] = []

    async def play(peer: Peer) -> None:
        joins.append(await peer.joined({"epoch": "e", "seq": 4, "recovered": False, "events": [], "snapshot": {}}))
        for seq in (5, 5, 4, 7, 8):
            await peer.tell("t", "e", event(seq))
        join = await peer.until("phx_join")
        assert isinstance(join, Message)
        joins.append(join)
        await peer.tell("t", "e", event(9))  # to the join of before: comes again
        missed = [{"event": "e", "payload": event(seq)} for seq in (6, 7, 8, 9)]
        await peer.answer(join, {"epoch": "e", "seq": 9, "recovered": True, "events": missed})
        await peer.tell("t", "e", event(9))
        await peer.tell("t", "e", event(10))

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t", {"mine": 1})
        assert [each.seq for each in await some(channel, 6)] == [5, 6, 7, 8, 9, 10]
    assert list(map(place, joins)) == [(None, None), ("e", 5)]
    assert [join.payload["mine"] for join in joins] == [1, 1]


async def test_a_recovery_with_a_hole_is_not_believed() -> None:
    joins: list[Message] = []

    async def play(peer: Peer) -> None:
        joins.append(await peer.joined({"epoch": "e", "seq": 1, "recovered": False, "snapshot": {}}))
        await peer.tell("t", "e", event(3))
        missed = [{"event": "e", "payload": event(seq)} for seq in (2, 4)]
        joins.append(await peer.joined({"epoch": "e", "seq": 4, "recovered": True, "events": missed}))
        joins.append(await peer.joined({"epoch": "e", "seq": 4, "recovered": False, "snapshot": {"whole": True}}))

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        second, snapshot = await some(channel, 2)
    assert (second.seq, snapshot.event, snapshot.payload) == (2, "snapshot", {"whole": True})
    assert list(map(place, joins)) == [(None, None), ("e", 1), (None, None)]


async def test_a_snapshot_asked_for_costs_no_event() -> None:
    joins: list[Message] = []

    async def play(peer: Peer) -> None:
        joins.append(await peer.joined({"epoch": "e", "seq": 0, "recovered": False, "snapshot": {}}))
        joins.append(await peer.joined({"epoch": "e", "seq": 2, "recovered": False, "snapshot": {"at": 2}}))
        missed = [{"event": "e", "payload": event(seq)} for seq in (1, 2)]
        joins.append(await peer.joined({"epoch": "e", "seq": 2, "recovered": True, "events": missed}))

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        channel.refresh()
        snapshot, first, second = await some(channel, 3)
    assert (snapshot.event, snapshot.payload, first.seq, second.seq) == ("snapshot", {"at": 2}, 1, 2)
    assert list(map(place, joins)) == [(None, None), (None, None), ("e", 0)]


async def test_a_single_connection_ends_rather_than_pass_over_a_gap() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined({"epoch": "e", "seq": 1, "recovered": False, "snapshot": {}})
        await peer.tell("t", "e", event(3))

    async with scripted(play) as url, Client(url, "token", reconnect=None) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="Messages of t are missing"):
            await channel.next()


@pytest.mark.parametrize("reason", ["forbidden", "not_found", "second_microphone", "unknown_topic", "invalid"])
async def test_a_refusal_of_the_next_join_that_nothing_mends_ends_the_topic(reason: str) -> None:
    async def play(peer: Peer) -> None:
        join = await peer.joined()
        await peer.tell("t", "before", {})
        await peer.tell("t", "phx_error", {"reason": "it fell over"}, join)
        await peer.refuse(await peer.until("phx_join"), reason)

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        assert (await some(channel, 1))[0].event == "before"
        for _ in range(2):
            with pytest.raises(PushRefused) as refused:
                await channel.next()
            assert refused.value.reason == reason
        with pytest.raises(PushRefused):
            await channel.push("e")


@pytest.mark.parametrize("reason", ["timeout", "rate_limited", "draining", "hub_unavailable", "database_locked"])
async def test_another_refusal_is_tried_again(reason: str) -> None:
    async def play(peer: Peer) -> None:
        join = await peer.joined()
        await peer.tell("t", "phx_error", {"reason": "it fell over"}, join)
        for _ in range(3):
            await peer.refuse(await peer.until("phx_join"), reason)
        await peer.joined()
        await peer.tell("t", "after", {})

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        assert (await some(await client.join("t"), 1))[0].event == "after"


async def test_a_topic_whose_next_join_is_never_answered_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "REPLY_LIMIT_S", 0.01)

    async def play(peer: Peer) -> None:
        join = await peer.joined()
        await peer.tell("t", "phx_error", {"reason": "broke off"}, join)
        while True:
            frame = await peer.next()
            if frame.event == "heartbeat":
                await peer.answer(frame, {})

    backoff = replace(SOON, steady_s=10.0, give_up_after_s=0.1)
    async with scripted(play) as url, Client(url, "token", reconnect=backoff) as client:
        channel = await client.join("t", timeout_s=10)
        with pytest.raises(Disconnected, match="has not answered a join of t"):
            async with asyncio.timeout(10):
                await channel.next()


async def test_a_close_ends_the_topic_for_good() -> None:
    async def play(peer: Peer) -> None:
        join = await peer.joined()
        await peer.tell("t", "phx_close", {"reason": "replaced"}, join)

    async with scripted(play) as url, Client(url, "token") as client:
        channel = await client.join("t")
        assert [each async for each in channel] == []
        with pytest.raises(PushRefused, match="The topic is over"):
            await channel.push("e")


async def test_params_may_be_a_function_and_a_made_up_client_id_stays() -> None:
    joins: list[Message] = []

    async def play(peer: Peer) -> None:
        joins.append(await peer.joined({"client_id": "made-up"}))
        if peer.number == 1:
            peer.abort()
        else:
            await peer.tell("t", "after", {})

    counts = iter(range(10))
    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        await some(await client.join("t", lambda: {"n": next(counts)}), 1)
    assert [join.payload for join in joins] == [{"n": 0}, {"n": 1, "client_id": "made-up"}]


async def test_a_push_whose_answer_is_lost_says_so_and_one_made_meanwhile_waits() -> None:
    heard: list[str] = []

    async def play(peer: Peer) -> None:
        await peer.joined()
        while True:
            frame = await peer.next()
            heard.append(frame.event)
            if frame.event == "first":
                peer.abort()
                return
            if frame.event == "second":
                await peer.answer(frame, {"ok": 2})

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected):
            await channel.push("first")
        assert not channel.joined
        channel.send("dropped")
        assert await channel.push("second") == {"ok": 2}
    assert heard == ["first", "second"]


async def test_a_reader_too_slow_gets_the_rest_when_there_is_room() -> None:
    async def play(peer: Peer) -> None:
        await peer.joined({"epoch": "e", "seq": 0, "recovered": False, "snapshot": {}})
        for n in range(1, MAX_WAITING + 3):
            await peer.tell("t", "e", event(n))
        missed = [{"event": "e", "payload": event(n)} for n in (MAX_WAITING + 1, MAX_WAITING + 2)]
        await peer.joined({"epoch": "e", "seq": MAX_WAITING + 2, "recovered": True, "events": missed})

    async with scripted(play) as url, Client(url, "token", reconnect=SOON) as client:
        channel = await client.join("t")
        with pytest.raises(Disconnected, match="wait unread"):
            await channel.push("e", timeout_s=30)
        events = await some(channel, MAX_WAITING + 2)
        assert [each.seq for each in events] == list(range(1, MAX_WAITING + 3))


async def test_a_busy_server_is_asked_again_and_a_client_that_tries_once_is_told() -> None:
    async def play(peer: Peer) -> None:
        for _ in range(3):
            await peer.refuse(await peer.until("phx_join"), "busy", retry_after_ms=2)
        await peer.joined({"in": True})

    async with scripted(play) as url:
        async with Client(url, "token", reconnect=SOON) as client:
            assert (await client.join("audio:s1")).reply == {"in": True}
        async with Client(url, "token", reconnect=None) as client:
            with pytest.raises(PushRefused) as refused:
                await client.join("audio:s1")
            assert (refused.value.is_busy, refused.value.retry_after_s) == (True, 0.002)
        async with Client(url, "token", reconnect=replace(SOON, give_up_after_s=0.0)) as client:
            with pytest.raises(PushRefused, match="It is busy"):
                await client.join("audio:s1")
