"""What a hub promises: order, positions, recovery from a bounded history."""

from typing import Any

import orjson

from channels.hub import Frame
from channels.hubs.local import HistorySettings, LocalHub


class Follower:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.reasons: list[str] = []

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def broken(self, reason: str) -> None:
        self.reasons.append(reason)

    def payloads(self) -> list[Any]:
        return [orjson.loads(frame.text)[4] for frame in self.frames]


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def publish(hub: LocalHub, count: int, topic: str = "t", start: int = 1) -> None:
    for n in range(start, start + count):
        await hub.publish(topic, "e", {"n": n})


async def test_followers_get_the_same_events_in_one_order_each_with_its_seq() -> None:
    hub, one, two = LocalHub(), Follower(), Follower()
    await hub.subscribe("t", one)
    await hub.subscribe("t", two)
    await publish(hub, 3)
    assert one.payloads() == two.payloads() == [{"n": n, "seq": n} for n in (1, 2, 3)]
    assert orjson.loads(one.frames[0].text) == [None, None, "t", "e", {"n": 1, "seq": 1}]


async def test_an_event_is_encoded_once_for_everybody() -> None:
    hub, one, two = LocalHub(), Follower(), Follower()
    await hub.subscribe("t", one)
    await hub.subscribe("t", two)
    await publish(hub, 1)
    assert one.frames[0] is two.frames[0]


async def test_an_ephemeral_event_has_no_seq_and_no_place_in_history() -> None:
    hub, one = LocalHub(), Follower()
    first = await hub.subscribe("t", one)
    await hub.publish("t", "asr_partial", {"text": "so"}, durable=False)
    await publish(hub, 1)
    assert one.payloads() == [{"text": "so"}, {"n": 1, "seq": 1}]
    again = await hub.subscribe("t", Follower(), (first.epoch, 0))
    assert [event["event"] for event in again.events] == ["e"]


async def test_whoever_comes_back_gets_what_was_missed() -> None:
    hub, one = LocalHub(), Follower()
    first = await hub.subscribe("t", one)
    assert (first.seq, first.recovered, first.events) == (0, False, ())
    await publish(hub, 2)
    hub.unsubscribe("t", one)
    await publish(hub, 2, start=3)
    back = await hub.subscribe("t", one, (first.epoch, 2))
    assert (back.epoch, back.seq, back.recovered) == (first.epoch, 4, True)
    assert [event["payload"] for event in back.events] == [{"n": 3, "seq": 3}, {"n": 4, "seq": 4}]
    assert len(one.frames) == 2, "nothing that was published while away"
    await publish(hub, 1, start=5)
    assert one.payloads()[-1] == {"n": 5, "seq": 5}


async def test_nothing_missed_is_recovered_too() -> None:
    hub = LocalHub()
    first = await hub.subscribe("t", Follower())
    await publish(hub, 2)
    back = await hub.subscribe("t", Follower(), (first.epoch, 2))
    assert (back.recovered, back.events) == (True, ())


async def test_another_epoch_or_a_position_ahead_is_not_recovered() -> None:
    hub = LocalHub()
    first = await hub.subscribe("t", Follower())
    await publish(hub, 2)
    assert not (await hub.subscribe("t", Follower(), ("before the restart", 2))).recovered
    assert not (await hub.subscribe("t", Follower(), (first.epoch, 3))).recovered
    assert (await LocalHub().subscribe("t", Follower())).epoch != first.epoch


async def test_history_is_bounded_in_bytes() -> None:
    hub = LocalHub(HistorySettings(max_bytes=200), Time())
    first = await hub.subscribe("t", Follower())
    for n in range(10):
        await hub.publish("t", "e", {"n": n, "text": "é" * 20})
    last = (await hub.subscribe("t", Follower(), (first.epoch, 8))).events
    assert len(last) == 2, "each frame is some 75 bytes"
    assert not (await hub.subscribe("t", Follower(), (first.epoch, 5))).recovered


async def test_history_is_bounded_in_age() -> None:
    time = Time()
    hub = LocalHub(HistorySettings(max_age_s=60), time)
    first = await hub.subscribe("t", Follower())
    await publish(hub, 1)
    time.now_s = 61
    assert not (await hub.subscribe("t", Follower(), (first.epoch, 0))).recovered
    assert (await hub.subscribe("t", Follower(), (first.epoch, 1))).recovered


async def test_who_has_left_gets_nothing_more() -> None:
    hub, one, two = LocalHub(), Follower(), Follower()
    await hub.subscribe("t", one)
    await hub.subscribe("t", two)
    hub.unsubscribe("t", one)
    hub.unsubscribe("elsewhere", one)
    await publish(hub, 1)
    assert (len(one.frames), len(two.frames)) == (0, 1)


async def test_a_topic_that_nobody_follows_is_forgotten_once_its_history_is_old() -> None:
    time, one = Time(), Follower()
    hub = LocalHub(HistorySettings(max_age_s=60, max_topics=3), time)
    await hub.subscribe("followed", one)
    await publish(hub, 1, "old")
    time.now_s = 61
    await publish(hub, 1, "new")
    await publish(hub, 1, "newer")
    assert len(hub) == 3, "followed, new and newer"
    await publish(hub, 1, "newest")
    assert len(hub) == 3, "without an old one the first of the quiet ones goes"
    await publish(hub, 1, "followed")
    assert len(one.frames) == 1


async def test_a_topic_without_followers_or_history_leaves_nothing() -> None:
    hub, one = LocalHub(), Follower()
    await hub.publish("t", "asr_partial", {}, durable=False)
    await hub.subscribe("t", one)
    hub.unsubscribe("t", one)
    assert len(hub) == 0


async def test_a_renewed_topic_breaks_its_followers_off_and_has_a_new_epoch() -> None:
    hub, one = LocalHub(), Follower()
    first = await hub.subscribe("t", one)
    await publish(hub, 1)
    await hub.renew("t")
    await hub.renew("unknown")
    await publish(hub, 1)
    assert (len(one.frames), len(one.reasons)) == (1, 1)
    again = await hub.subscribe("t", one, (first.epoch, 1))
    assert (again.epoch != first.epoch, again.recovered) == (True, False)
