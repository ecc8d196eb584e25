"""What is the Redis hub's own: several processes, and a Redis that goes away, forgets, or remembers too little."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from channels.hub import HistorySettings, HubUnavailable
from channels.hubs.redis import RedisHub, RedisHubSettings
from channels.redis_link import RedisLink
from tests.channels.hubs.follower import Follower, publish
from tests.channels.redis_server import *  # noqa: F403 - fixtures
from tests.channels.redis_server import QUICK, RedisServer

pytestmark = pytest.mark.redis

Start = Callable[..., Awaitable[RedisHub]]


@pytest.fixture
async def start(redis_server: RedisServer) -> AsyncIterator[Start]:
    """``await start()``: a hub as a process of its own would have it."""
    async with AsyncExitStack() as stack:

        async def started(settings: RedisHubSettings | None = None, history: HistorySettings | None = None) -> RedisHub:
            link = RedisLink(redis_server.url, QUICK)
            await link.start()
            stack.push_async_callback(link.close)
            hub = RedisHub(link, history, settings)
            await hub.start()
            stack.push_async_callback(hub.close)
            return hub

        yield started


async def until_down(hub: RedisHub) -> None:
    """Until the hub has noticed that its link is lost."""
    lost = asyncio.Event()
    hub.link.watch(lost.set, lambda: None)
    if hub.link.is_up:
        await lost.wait()


async def back(hub: RedisHub) -> None:
    """Until a link that was cut is up again, and what waited is published."""
    await hub.link.until_up()
    await hub.flush()


async def test_several_publishers_of_one_topic_make_one_order(start: Start) -> None:
    hubs = [await start() for _ in range(3)]
    followers = [Follower() for _ in hubs]
    for hub, follower in zip(hubs, followers, strict=True):
        await hub.subscribe("t", follower)
    await asyncio.gather(*(publish(hub, 50, start=1000 * at) for at, hub in enumerate(hubs)))
    for follower in followers:
        await follower.until_frames(150)
        assert follower.seqs == list(range(1, 151))
        assert follower.frames == followers[0].frames
    for at in range(3):
        own = [n["n"] for n in followers[0].payloads if n["n"] // 1000 == at]
        assert own == sorted(own), "each publisher's own order is kept"


async def test_history_is_bounded_in_age(start: Start) -> None:
    hub = await start(None, HistorySettings(max_age_s=0.2))
    first = await hub.subscribe("t", Follower())
    await publish(hub, 1)
    await asyncio.sleep(0.15)  # time itself is what is tried here
    await publish(hub, 1)
    await hub.flush()
    await asyncio.sleep(0.1)
    assert not (await hub.subscribe("t", Follower(), (first.epoch, 0))).recovered
    assert len((await hub.subscribe("t", Follower(), (first.epoch, 1))).events) == 1
    await asyncio.sleep(0.2)
    later = await hub.subscribe("t", Follower(), (first.epoch, 1))
    assert (later.recovered, later.epoch, later.seq) == (False, first.epoch, 2), "the count outlives the history"


async def test_what_was_published_while_messages_were_cut_off_is_filled_in(
    start: Start, redis_server: RedisServer
) -> None:
    near, far, one = await start(), await start(), Follower()
    await near.subscribe("t", one)
    await near.subscribe("silent", Follower())
    for n in range(1, 31, 3):
        redis_server.cut("pubsub")
        await publish(far, 3, start=n)
        await back(far)
    await one.until_frames(30)
    assert (one.seqs, one.reasons) == (list(range(1, 31)), [])


async def test_the_last_event_before_a_silence_is_not_missed(start: Start, redis_server: RedisServer) -> None:
    near, one = await start(), Follower()
    far = await start()
    await near.subscribe("t", one)
    lost = asyncio.Event()
    near.link.watch(lost.set, lambda: None)
    redis_server.ask("CLIENT", "PAUSE", 50, "WRITE")  # nothing is published before the cut
    await publish(far, 1)
    redis_server.cut("pubsub")
    await lost.wait()
    await one.until_frames(1)
    assert one.reasons == []


async def test_events_are_published_once_however_often_the_commands_are_cut_off(
    start: Start, redis_server: RedisServer
) -> None:
    near, far, one = await start(), await start(), Follower()
    await far.subscribe("t", one)
    for n in range(1, 401):
        await publish(near, 1, start=n)
        if n % 20 == 0:
            await asyncio.sleep(0)  # some of them are on their way
            await asyncio.to_thread(redis_server.cut, "normal")
    await back(near)
    await one.until_frames(400)
    assert [payload["n"] for payload in one.payloads] == list(range(1, 401))
    assert one.seqs == list(range(1, 401))


async def test_a_redis_that_starts_again_empty_breaks_followers_off(start: Start, redis_server: RedisServer) -> None:
    near, far, one = await start(), await start(), Follower()
    first = await near.subscribe("t", one)
    await publish(far, 3)
    await one.until_frames(3)
    redis_server.kill()
    redis_server.start()
    await one.until_broken()
    again = await near.subscribe("t", one, (first.epoch, 3))
    assert (again.epoch != first.epoch, again.seq, again.recovered) == (True, 0, False)
    await publish(far, 1)
    await one.until_frames(4)
    assert one.seqs[-1] == 1


async def test_a_redis_that_starts_again_from_an_old_snapshot_begins_a_new_epoch(
    start: Start, redis_server: RedisServer
) -> None:
    near, far, one = await start(), await start(), Follower()
    first = await near.subscribe("t", one)
    await publish(far, 2)
    await one.until_frames(2)
    redis_server.save()
    await publish(far, 3)
    await one.until_frames(5)
    redis_server.kill()
    redis_server.start(empty=False)
    await one.until_broken()
    again = await near.subscribe("t", one, (first.epoch, 2))
    assert (again.epoch != first.epoch, again.seq, again.recovered) == (True, 0, False)
    await publish(far, 3)
    await one.until_frames(8)
    assert one.seqs[-3:] == [1, 2, 3], "the numbers that came again are no duplicates"


async def test_flushall_breaks_followers_off_with_the_next_event(start: Start, redis_server: RedisServer) -> None:
    hub, one = await start(), Follower()
    first = await hub.subscribe("t", one)
    await publish(hub, 3)
    await one.until_frames(3)
    redis_server.ask("FLUSHALL")
    await publish(hub, 1)
    await one.until_broken()
    assert one.seqs == [1, 2, 3]
    assert not (await hub.subscribe("t", one, (first.epoch, 3))).recovered


async def test_scripts_that_redis_forgot_are_told_again(start: Start, redis_server: RedisServer) -> None:
    hub, one = await start(), Follower()
    await hub.subscribe("t", one)
    for n in range(1, 5):
        redis_server.ask("SCRIPT", "FLUSH")
        await publish(hub, 2, start=2 * n - 1)
        await one.until_frames(2 * n)
        redis_server.ask("SCRIPT", "FLUSH")
        assert (await hub.subscribe("t", Follower())).seq == 2 * n
    assert (one.seqs, one.reasons) == (list(range(1, 9)), [])


async def test_what_is_published_while_redis_is_away_comes_when_it_is_back(
    start: Start, redis_server: RedisServer
) -> None:
    hub, one = await start(), Follower()
    redis_server.kill()
    await until_down(hub)
    await publish(hub, 5)
    await hub.publish("t", "asr_partial", {}, durable=False)
    redis_server.start()
    await back(hub)
    found = await hub.subscribe("t", one)
    assert found.seq == 5
    assert one.frames == []


async def test_what_is_too_much_to_wait_is_made_up_for_by_a_renewal(start: Start, redis_server: RedisServer) -> None:
    near, far = await start(RedisHubSettings(queue_bytes=20_000)), await start()
    lucky, unlucky = Follower(), Follower()
    await far.subscribe("unlucky", unlucky)
    await far.subscribe("lucky", lucky)
    redis_server.pause()
    await publish(near, 10, "unlucky")
    await until_down(near)
    await publish(near, 100, "unlucky", start=11)
    await publish(near, 10, "lucky")
    redis_server.go_on()
    await back(near)
    await lucky.until_frames(10)
    await unlucky.until_broken()
    assert (lucky.seqs, lucky.reasons) == (list(range(1, 11)), [])
    await publish(near, 1, "unlucky")
    await near.flush()
    assert (await far.subscribe("unlucky", Follower())).seq == 1


async def test_without_redis_a_subscription_is_refused_in_time_and_leaves_nothing(
    start: Start, redis_server: RedisServer
) -> None:
    hub = await start(RedisHubSettings(join_s=0.05))
    redis_server.pause()
    with pytest.raises(HubUnavailable):
        await hub.subscribe("t", Follower())
    redis_server.kill()
    await until_down(hub)
    with pytest.raises(HubUnavailable):
        await hub.subscribe("t", Follower())
    assert len(hub) == 0
    redis_server.start()
    await back(hub)
    await hub.subscribe("t", Follower())
    assert redis_server.ask("PUBSUB", "CHANNELS") == [b"sidenote:hub:{t}"]


async def test_a_subscription_given_up_in_the_middle_leaves_nothing(start: Start, redis_server: RedisServer) -> None:
    hub = await start()
    for turns in range(12):
        joining = asyncio.create_task(hub.subscribe("t", Follower()))
        for _ in range(turns):
            await asyncio.sleep(0)
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)
    await hub.subscribe("other", Follower())  # unsubscribing came before this in the same queue
    assert len(hub) == 1
    assert redis_server.ask("PUBSUB", "CHANNELS") == [b"sidenote:hub:{other}"]


async def test_the_channel_is_left_with_the_last_follower(start: Start, redis_server: RedisServer) -> None:
    hub, one, two = await start(), Follower(), Follower()
    await hub.subscribe("t", one)
    await hub.subscribe("t", two)
    hub.unsubscribe("t", one)
    assert len(hub) == 1
    hub.unsubscribe("t", two)
    await hub.subscribe("other", one)
    assert redis_server.ask("PUBSUB", "CHANNELS") == [b"sidenote:hub:{other}"]


async def test_a_topic_that_redis_refuses_to_count_is_renewed_once_it_can_be(
    start: Start, redis_server: RedisServer
) -> None:
    near, far, one = await start(), await start(), Follower()
    await far.subscribe("t", one)
    redis_server.ask("CONFIG", "SET", "maxmemory", "1")
    await publish(near, 3)
    assert (await near.subscribe("t", Follower())).seq == 0, "reading goes on"
    with pytest.raises(HubUnavailable):
        await near.subscribe("a new topic", Follower())
    redis_server.ask("CONFIG", "SET", "maxmemory", "0")
    await near.flush()
    await one.until_broken()
    assert one.frames == []
    assert (await far.subscribe("t", one)).seq == 0


async def test_an_epoch_without_events_is_forgotten_in_the_end(start: Start, redis_server: RedisServer) -> None:
    hub = await start()
    await hub.subscribe("t", Follower())
    await publish(hub, 1)
    await hub.flush()
    assert 86_000_000 < redis_server.ask("PTTL", "sidenote:hub:{t}") <= 86_400_000
    assert 590_000 < redis_server.ask("PTTL", "sidenote:hub:{t}:past") <= 600_000


class Reader:
    """A follower that joins, reads along and leaves, and knows what it has to see."""

    def __init__(self, hub: RedisHub, topic: str) -> None:
        self.hub, self.topic, self.follower = hub, topic, Follower()
        self.last: tuple[str, int] | None = None

    async def join(self) -> None:
        self.follower = Follower()
        found = await self.hub.subscribe(self.topic, self.follower, self.last)
        missed = [event["payload"]["seq"] for event in found.events]
        if self.last and found.recovered:
            assert found.epoch == self.last[0]
            assert missed == list(range(self.last[1] + 1, found.seq + 1))
        self.last = (found.epoch, found.seq)

    async def until_at(self, epoch: str, seq: int) -> None:
        """Until it has seen everything up to there, or is broken off."""
        last = self.last
        assert last
        followed = self.follower
        await followed.until(lambda: bool(followed.reasons) or (epoch, seq) == (last[0], last[1] + len(followed.seqs)))

    def check(self) -> None:
        """Each event once and in order, from the subscription on."""
        assert self.last
        epoch, seq = self.last
        seqs = self.follower.seqs
        assert seqs == list(range(seq + 1, seq + 1 + len(seqs)))
        self.last = (epoch, seq + len(seqs))
        self.follower.frames.clear()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_a_follower_sees_every_event_in_order_until_it_is_broken_off(
    start: Start, redis_server: RedisServer, seed: int
) -> None:
    draw = random.Random(seed)
    hubs = [await start(), await start(), await start()]
    readers = [Reader(hub, topic) for hub in hubs for topic in ("a", "b", "b")]
    for reader in readers:
        await reader.join()
    published = 0
    for _ in range(400):
        match draw.choices(("publish", "churn", "cut", "yield", "renew", "restart"), (60, 20, 3, 15, 1, 1))[0]:
            case "publish":
                count = draw.randint(1, 10)
                await publish(draw.choice(hubs), count, draw.choice("ab"), start=published)
                published += count
            case "churn":
                reader = draw.choice(readers)
                reader.hub.unsubscribe(reader.topic, reader.follower)
                reader.check()
                await reader.join()
            case "cut":
                await asyncio.to_thread(redis_server.cut, draw.choice(("pubsub", "normal")))
            case "yield":
                for _ in range(draw.randint(1, 50)):
                    await asyncio.sleep(0)
            case "renew":
                await draw.choice(hubs).renew(draw.choice("ab"))
            case "restart":
                redis_server.save()
                await publish(draw.choice(hubs), 5, "a", start=published)
                redis_server.kill()
                redis_server.start(empty=draw.random() < 0.5)
        for reader in readers:
            if reader.follower.reasons:
                reader.check()
                await reader.join()
    for hub in hubs:
        await back(hub)
    standing = {topic: await hubs[0].subscribe(topic, Follower()) for topic in "ab"}
    for reader in readers:
        end = standing[reader.topic]
        await reader.until_at(end.epoch, end.seq)
        reader.check()
