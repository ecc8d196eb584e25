"""Publishing to a Redis that is slow, away, cut off, full or forgetful: once, in order, or made up for."""

import asyncio

import pytest

from channels.hub import HubUnavailable
from channels.hubs.redis import RedisHubSettings
from channels.redis_link import LinkSettings
from tests.channels.hubs.follower import Follower, Start, back, publish, until_down
from tests.channels.redis_server import RedisServer

pytestmark = pytest.mark.redis


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


async def test_what_redis_did_without_being_able_to_say_so_is_not_done_twice(
    start: Start, redis_server: RedisServer
) -> None:
    near, far, one = await start(link=LinkSettings(0.2, 0.2, 0.2, 0.001, 0.02)), await start(), Follower()
    await far.subscribe("t", one)
    redis_server.pause()
    await publish(near, 5)
    await until_down(near)  # five commands lie in a connection that was given up
    await publish(near, 5, start=6)
    redis_server.go_on()
    await back(near)
    await publish(near, 1, start=11)
    await one.until(lambda: bool(one.frames) and one.payloads[-1]["n"] == 11)
    assert [payload["n"] for payload in one.payloads] == list(range(1, 12))
    assert (one.seqs, one.reasons) == (list(range(1, 12)), [])


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
