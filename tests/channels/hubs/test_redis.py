"""What is the Redis hub's own: several processes, and a Redis that goes away, forgets, or remembers too little."""

import asyncio
import random

import pytest

from channels.hub import HistorySettings, HubUnavailable
from channels.hubs.redis import RedisHubSettings
from channels.hubs.redis_scripts import PUBLISH
from tests.channels.hubs.follower import Follower, Reader, Start, back, publish, until_down
from tests.channels.redis_server import RedisServer

pytestmark = pytest.mark.redis


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


def publish_unheard(server: RedisServer, n: int) -> None:
    """Have an event counted and kept whose message reaches nobody."""
    source = "\n".join(line for line in PUBLISH.source.splitlines() if "call('PUBLISH'" not in line)
    bounds = ("unused", 1_000_000, 600_000, 600_000)
    event = ("nobody", n, "e", f'[null,null,"t","e",{{"n":{n},"seq":', "}]")
    server.ask("EVAL", source, 2, "sidenote:hub:{t}", "sidenote:hub:{t}:past", *bounds, *event)


async def test_a_hole_is_filled_from_history(start: Start, redis_server: RedisServer) -> None:
    hub, one = await start(), Follower()
    await hub.subscribe("t", one)
    await publish(hub, 1)
    await one.until_frames(1)
    publish_unheard(redis_server, 2)
    publish_unheard(redis_server, 3)
    await publish(hub, 2, start=4)
    await one.until_frames(5)
    assert one.payloads == [{"n": n, "seq": n} for n in range(1, 6)]
    assert one.reasons == []


async def test_a_hole_that_history_does_not_reach_breaks_followers_off(start: Start, redis_server: RedisServer) -> None:
    hub, one = await start(), Follower()
    first = await hub.subscribe("t", one)
    await publish(hub, 1)
    await one.until_frames(1)
    publish_unheard(redis_server, 2)
    redis_server.ask("DEL", "sidenote:hub:{t}:past")
    await publish(hub, 1)
    await one.until_broken()
    assert one.seqs == [1]
    again = await hub.subscribe("t", one, (first.epoch, 1))
    assert (again.epoch, again.seq, again.recovered) == (first.epoch, 3, False)


@pytest.mark.parametrize("how", ["renewed", "forgotten"])
async def test_a_new_epoch_in_the_middle_of_joining_is_not_overlooked(
    start: Start, redis_server: RedisServer, how: str
) -> None:
    near, far = await start(), await start()
    await near.subscribe("t", Follower())
    for turns in range(60):
        reader = Reader(near, "t")
        await publish(far, 5)
        await far.flush()
        if how == "forgotten":
            redis_server.ask("FLUSHALL")
        joining = asyncio.create_task(reader.join())
        for _ in range(turns % 20):
            await asyncio.sleep(0)
        if how == "renewed":
            await far.renew("t")
        await publish(far, 3)
        await joining
        await far.flush()
        end = await far.subscribe("t", Follower())
        await reader.until_at(end.epoch, end.seq)
        reader.check()


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


async def test_a_redis_that_was_a_replica_meanwhile_begins_new_epochs(start: Start, redis_server: RedisServer) -> None:
    hub, one = await start(), Follower()
    first = await hub.subscribe("t", one)
    await publish(hub, 2)
    await one.until_frames(2)
    redis_server.ask("REPLICAOF", "127.0.0.1", "1")
    redis_server.ask("REPLICAOF", "NO", "ONE")
    await publish(hub, 1)
    await one.until_broken()
    again = await hub.subscribe("t", one, (first.epoch, 2))
    assert (again.epoch != first.epoch, again.seq, again.recovered) == (True, 1, False)


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


async def test_an_epoch_without_events_is_forgotten_in_the_end(start: Start, redis_server: RedisServer) -> None:
    hub = await start()
    await hub.subscribe("t", Follower())
    await publish(hub, 1)
    await hub.flush()
    assert 86_000_000 < redis_server.ask("PTTL", "sidenote:hub:{t}") <= 86_400_000
    assert 590_000 < redis_server.ask("PTTL", "sidenote:hub:{t}:past") <= 600_000


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
