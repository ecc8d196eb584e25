"""What every hub promises: order, positions, recovery from a bounded history."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from channels.hub import HistorySettings, Hub
from channels.hubs.local import LocalHub
from channels.hubs.redis import RedisHub
from channels.redis_link import RedisLink
from tests.channels.hubs.follower import Follower, publish
from tests.channels.redis_server import QUICK


@dataclass(slots=True)
class Place:
    """A hub, and a second one that shows the same topics where there can be two."""

    hub: Hub
    other: Hub
    settle: Callable[[], Awaitable[None]]  # until what was published is counted and kept


Make = Callable[..., Awaitable[Place]]


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        async def local(history: HistorySettings | None = None) -> Place:
            hub = LocalHub(history)

            async def settle() -> None: ...

            return Place(hub, hub, settle)

        async def over_redis(history: HistorySettings | None = None) -> Place:
            hubs = []
            for _ in range(2):
                link = RedisLink(request.getfixturevalue("redis_server").url, QUICK)
                await link.start()
                stack.push_async_callback(link.close)
                hub = RedisHub(link, history)
                await hub.start()
                stack.push_async_callback(hub.close)
                hubs.append(hub)

            async def settle() -> None:
                for hub in hubs:
                    await hub.flush()

            return Place(hubs[0], hubs[1], settle)

        yield local if request.param == "local" else over_redis


@pytest.fixture
async def place(make: Make) -> Place:
    return await make()


async def test_followers_get_the_same_events_in_one_order_each_with_its_seq(place: Place) -> None:
    one, two = Follower(), Follower()
    await place.hub.subscribe("t", one)
    await place.other.subscribe("t", two)
    await publish(place.hub, 3)
    await one.until_frames(3)
    await two.until_frames(3)
    assert one.payloads == two.payloads == [{"n": n, "seq": n} for n in (1, 2, 3)]
    assert orjson.loads(one.frames[0].text) == [None, None, "t", "e", {"n": 1, "seq": 1}]
    assert (one.frames[0].topic, one.frames[0].event, one.frames[0].seq) == ("t", "e", 1)
    assert one.frames == two.frames


async def test_an_event_is_one_object_for_every_follower_of_a_process(place: Place) -> None:
    one, two = Follower(), Follower()
    await place.hub.subscribe("t", one)
    await place.hub.subscribe("t", two)
    await publish(place.hub, 1)
    await one.until_frames(1)
    await two.until_frames(1)
    assert one.frames[0] is two.frames[0]


@pytest.mark.parametrize(
    "payload",
    [{}, {"text": "é \u2028 \\n \n 😀 \x00", "list": [1.5, None, {"}]": "}]"}]}, {"seq": 99, "n": 1}],
    ids=["empty", "odd characters", "a seq of its own"],
)
async def test_any_payload_arrives_and_comes_back_as_it_was(place: Place, payload: dict[str, Any]) -> None:
    one = Follower()
    first = await place.hub.subscribe("t", one)
    await place.hub.publish("t", "an event", payload)
    await one.until_frames(1)
    assert one.payloads == [{**payload, "seq": 1}]
    back = await place.other.subscribe("t", Follower(), (first.epoch, 0))
    assert back.events == ({"event": "an event", "payload": {**payload, "seq": 1}},)


async def test_an_ephemeral_event_has_no_seq_and_no_place_in_history(place: Place) -> None:
    one = Follower()
    first = await place.hub.subscribe("t", one)
    await place.hub.publish("t", "asr_partial", {"text": "so"}, durable=False)
    await publish(place.hub, 1)
    await one.until_frames(2)
    assert one.payloads == [{"text": "so"}, {"n": 1, "seq": 1}]
    assert (one.frames[0].event, one.frames[0].seq) == ("asr_partial", None)
    again = await place.other.subscribe("t", Follower(), (first.epoch, 0))
    assert [event["event"] for event in again.events] == ["e"]


async def test_whoever_comes_back_gets_what_was_missed(place: Place) -> None:
    one = Follower()
    first = await place.hub.subscribe("t", one)
    assert (first.seq, first.recovered, first.events) == (0, False, ())
    await publish(place.hub, 2)
    await one.until_frames(2)
    place.hub.unsubscribe("t", one)
    await publish(place.hub, 2, start=3)
    await place.settle()
    back = await place.other.subscribe("t", one, (first.epoch, 2))
    assert (back.epoch, back.seq, back.recovered) == (first.epoch, 4, True)
    assert [event["payload"] for event in back.events] == [{"n": 3, "seq": 3}, {"n": 4, "seq": 4}]
    assert len(one.frames) == 2, "nothing that was published while away"
    await publish(place.hub, 1, start=5)
    await one.until_frames(3)
    assert one.payloads[-1] == {"n": 5, "seq": 5}


async def test_nothing_missed_is_recovered_too(place: Place) -> None:
    first = await place.hub.subscribe("t", Follower())
    await publish(place.hub, 2)
    await place.settle()
    back = await place.other.subscribe("t", Follower(), (first.epoch, 2))
    assert (back.recovered, back.events) == (True, ())


async def test_another_epoch_or_a_position_ahead_is_not_recovered(place: Place) -> None:
    first = await place.hub.subscribe("t", Follower())
    await publish(place.hub, 2)
    await place.settle()
    for position in (("before the restart", 2), (first.epoch, 3), (first.epoch, -1)):
        back = await place.hub.subscribe("t", Follower(), position)
        assert (back.recovered, back.seq, back.events) == (False, 2, ())


async def test_history_is_bounded_in_bytes(make: Make) -> None:
    place = await make(HistorySettings(max_bytes=200))
    first = await place.hub.subscribe("t", Follower())
    for n in range(10):
        await place.hub.publish("t", "e", {"n": n, "text": "é" * 20})
    await place.settle()
    last = (await place.other.subscribe("t", Follower(), (first.epoch, 8))).events
    assert [event["payload"]["seq"] for event in last] == [9, 10], "each frame is some 75 bytes"
    assert not (await place.other.subscribe("t", Follower(), (first.epoch, 5))).recovered


async def test_an_event_larger_than_all_history_arrives_and_is_not_kept(make: Make) -> None:
    place, one = await make(HistorySettings(max_bytes=200)), Follower()
    first = await place.hub.subscribe("t", one)
    await place.hub.publish("t", "e", {"text": "x" * 300})
    await one.until_frames(1)
    assert not (await place.other.subscribe("t", Follower(), (first.epoch, 0))).recovered
    assert (await place.other.subscribe("t", Follower(), (first.epoch, 1))).recovered
    await publish(place.hub, 1)
    await place.settle()
    assert len((await place.other.subscribe("t", Follower(), (first.epoch, 1))).events) == 1


async def test_who_has_left_gets_nothing_more(place: Place) -> None:
    one, two = Follower(), Follower()
    await place.hub.subscribe("t", one)
    await place.hub.subscribe("t", two)
    place.hub.unsubscribe("t", one)
    place.hub.unsubscribe("elsewhere", one)
    await publish(place.hub, 1)
    await two.until_frames(1)
    assert one.frames == []


async def test_leaving_and_coming_back_at_once_loses_nothing(place: Place) -> None:
    one = Follower()
    await place.hub.subscribe("t", one)
    for n in range(1, 6):
        place.hub.unsubscribe("t", one)
        await place.hub.subscribe("t", one)
        await publish(place.other, 1, start=n)
        await one.until_frames(n)
    assert one.seqs == [1, 2, 3, 4, 5]


async def test_topics_have_nothing_to_do_with_each_other(place: Place) -> None:
    one, two = Follower(), Follower()
    await place.hub.subscribe("session:1", one)
    await place.hub.subscribe("session:2", two)
    await publish(place.hub, 2, "session:1")
    await publish(place.hub, 1, "session:2")
    await two.until_frames(1)
    await one.until_frames(2)
    assert (one.seqs, two.seqs) == ([1, 2], [1])


async def test_a_renewed_topic_breaks_its_followers_off_and_has_a_new_epoch(place: Place) -> None:
    one, two = Follower(), Follower()
    first = await place.hub.subscribe("t", one)
    await place.other.subscribe("t", two)
    await publish(place.hub, 1)
    await place.hub.renew("t")
    await place.hub.renew("unknown")
    await publish(place.hub, 1)
    await one.until_broken()
    await two.until_broken()
    await place.settle()
    again = await place.other.subscribe("t", one, (first.epoch, 1))
    assert (again.epoch != first.epoch, again.seq, again.recovered) == (True, 1, False)
    assert (one.seqs, two.seqs) == ([1], [1]), "nothing comes after the break"
    await publish(place.hub, 1)
    await one.until_frames(2)
    assert (one.seqs, two.seqs, len(one.reasons)) == ([1, 2], [1], 1)
