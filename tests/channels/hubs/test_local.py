"""What is the in-process hub's own: its clock, and what it forgets."""

from channels.hub import HistorySettings
from channels.hubs.local import LocalHub
from tests.channels.hubs.follower import Follower, publish


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_another_hub_has_other_epochs() -> None:
    first = await LocalHub().subscribe("t", Follower())
    assert (await LocalHub().subscribe("t", Follower())).epoch != first.epoch


async def test_history_is_bounded_in_age() -> None:
    time = Time()
    hub = LocalHub(HistorySettings(max_age_s=60), time)
    first = await hub.subscribe("t", Follower())
    await publish(hub, 1)
    time.now_s = 61
    assert not (await hub.subscribe("t", Follower(), (first.epoch, 0))).recovered
    assert (await hub.subscribe("t", Follower(), (first.epoch, 1))).recovered


async def test_a_topic_that_nobody_follows_is_forgotten_once_its_history_is_old() -> None:
    time, one = Time(), Follower()
    hub = LocalHub(HistorySettings(max_age_s=60), time)
    await hub.subscribe("followed", one)
    await publish(hub, 1, "old")
    assert len(hub) == 2
    time.now_s = 61
    await publish(hub, 1, "followed")
    assert len(hub) == 1, "without anybody touching it"
    assert len(one.frames) == 1


async def test_too_many_topics_that_nobody_follows_are_forgotten_the_oldest_first() -> None:
    hub, one = LocalHub(max_topics=3), Follower()
    await hub.subscribe("followed", one)
    first = await hub.subscribe("newer", Follower())
    for topic in ("old", "newer", "newest"):
        await publish(hub, 1, topic)
    assert len(hub) == 3
    assert (await hub.subscribe("newer", Follower(), (first.epoch, 0))).recovered
    await publish(hub, 1, "followed")
    assert len(one.frames) == 1


async def test_all_histories_together_are_bounded_in_bytes_and_counts_go_on() -> None:
    hub = LocalHub(max_bytes=1000)
    followers = {name: await hub.subscribe(name, Follower()) for name in "ab"}
    for n in range(20):
        await hub.publish("ab"[n % 2], "e", {"n": n, "text": "x" * 40})
    for name, first in followers.items():
        assert not (await hub.subscribe(name, Follower(), (first.epoch, 1))).recovered
        again = await hub.subscribe(name, Follower(), (first.epoch, 8))
        assert (again.recovered, again.seq, len(again.events)) == (True, 10, 2)


async def test_a_topic_without_followers_or_history_leaves_nothing() -> None:
    hub, one = LocalHub(), Follower()
    await hub.publish("t", "asr_partial", {}, durable=False)
    await hub.subscribe("t", one)
    hub.unsubscribe("t", one)
    assert len(hub) == 0
