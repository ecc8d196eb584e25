"""Presence when processes die, stop for a while, or lose Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from channels.hubs.redis import RedisHub
from channels.presences.redis import PresenceSettings, RedisPresence
from channels.redis_link import LinkSettings, RedisLink
from tests.channels.hubs.follower import Follower
from tests.channels.redis_server import QUICK, RedisServer, eventually

pytestmark = pytest.mark.redis

SHORT = PresenceSettings(renew_s=0.05, ttl_s=0.5)
ADA, BOB, EVE = {"phx_ref": "1"}, {"phx_ref": "2"}, {"phx_ref": "3"}


@dataclass(slots=True)
class Process:
    link: RedisLink
    hub: RedisHub
    presence: RedisPresence

    async def die(self) -> None:
        """Without leaving anything in order."""
        await self.link.close()


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(redis_server: RedisServer) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def started(settings: PresenceSettings = SHORT, timing: LinkSettings = QUICK) -> Process:
            link = RedisLink(redis_server.url, timing)
            await link.start()
            stack.push_async_callback(link.close)
            hub = RedisHub(link)
            await hub.start()
            stack.push_async_callback(hub.close)
            presence = RedisPresence(link, hub, settings)
            await presence.start()
            stack.push_async_callback(presence.close)
            return Process(link, hub, presence)

        yield started


async def test_a_process_that_dies_is_noticed_and_told_once(start: Start) -> None:
    dying, one, two = await start(), await start(), await start()
    follower = Follower()
    await one.hub.subscribe("t", follower)
    await one.presence.enter("t", "bob", BOB)
    await two.presence.enter("t", "eve", EVE)
    await dying.presence.enter("t", "ada", ADA)
    await follower.until_frames(3)
    await dying.die()
    await follower.until_frames(4)
    assert follower.payloads[-1] == {"joins": {}, "leaves": {"ada": {"metas": [ADA]}}}
    assert (await two.presence.state("t")).keys() == {"bob", "eve"}
    await two.presence.enter("t", "late", {"phx_ref": "4"})
    await follower.until_frames(5)
    assert follower.payloads[-1]["joins"].keys() == {"late"}, "nobody told it again"


async def test_a_process_that_stood_still_is_back_when_it_goes_on(start: Start) -> None:
    still, one = await start(PresenceSettings(renew_s=1.0, ttl_s=0.1)), await start()
    follower = Follower()
    await one.hub.subscribe("t", follower)
    await one.presence.enter("t", "bob", BOB)
    await still.presence.enter("t", "ada", ADA)
    await follower.until_frames(4)
    assert [sorted(p["joins"]) + sorted(p["leaves"]) for p in follower.payloads] == [["bob"], ["ada"], ["ada"], ["ada"]]
    assert [bool(p["joins"]) for p in follower.payloads] == [True, True, False, True]


async def test_the_state_never_shows_who_has_expired(start: Start, redis_server: RedisServer) -> None:
    dying, one = await start(PresenceSettings(3600, 0.1)), await start(PresenceSettings(3600, 3600))
    await dying.presence.enter("t", "ada", ADA)
    await one.presence.enter("t", "bob", BOB)
    assert (await one.presence.state("t")).keys() == {"ada", "bob"}
    await asyncio.sleep(0.15)  # time itself is what is tried: nobody takes it out
    assert redis_server.ask("ZCARD", "sidenote:presence:{t}") == 2
    assert (await one.presence.state("t")).keys() == {"bob"}


async def test_without_redis_nothing_raises_and_all_is_well_when_it_is_back(
    start: Start, redis_server: RedisServer
) -> None:
    one, two = await start(), await start()
    follower = Follower()
    await two.hub.subscribe("t", follower)
    await one.presence.enter("t", "ada", ADA)
    await one.presence.enter("t", "gone", EVE)
    await follower.until_frames(2)
    lost = asyncio.Event()
    one.link.watch(lost.set, lambda: None)
    redis_server.kill()
    await lost.wait()
    await one.presence.enter("t", "bob", BOB)
    one.presence.leave("t", "gone", EVE)
    assert (await one.presence.state("t")).keys() == {"ada", "bob"}
    redis_server.start()
    await two.link.until_up()
    await follower.until_broken()  # it was an empty one

    async def is_whole() -> bool:
        return (await two.presence.state("t")).keys() == {"ada", "bob"}

    await eventually(is_whole)


async def test_diffs_that_were_lost_with_the_connection_are_made_up_for(
    start: Start, redis_server: RedisServer
) -> None:
    one, two = await start(PresenceSettings(renew_s=3600, ttl_s=3600)), await start()
    follower = Follower()
    await two.hub.subscribe("t", follower)
    await two.presence.enter("t", "bob", BOB)
    await one.presence.enter("t", "ada", ADA)
    await follower.until_frames(2)
    redis_server.cut("pubsub")
    one.presence.leave("t", "ada", ADA)
    await follower.until(lambda: any(frame.event == "presence_state" for frame in follower.frames))
    last = [at for at, frame in enumerate(follower.frames) if frame.event == "presence_state"][-1]
    assert "bob" in follower.payloads[last]
    await follower.until(
        lambda: (
            any(frame.event == "presence_state" and "ada" not in frame.text for frame in follower.frames)
            or "ada" in follower.payloads[-1].get("leaves", {})
        )
    )


async def test_a_leave_that_redis_took_and_could_not_confirm_is_told(start: Start, redis_server: RedisServer) -> None:
    one, two = await start(timing=LinkSettings(0.2, 0.2, 0.2, 0.001, 0.02)), await start()
    follower, lost = Follower(), asyncio.Event()
    await two.hub.subscribe("t", follower)
    await one.presence.enter("t", "ada", ADA)
    await follower.until_frames(1)
    one.link.watch(lost.set, lambda: None)
    redis_server.pause()
    one.presence.leave("t", "ada", ADA)
    await lost.wait()
    redis_server.go_on()
    await follower.until_frames(2)
    assert (follower.frames[1].event, follower.payloads[1]) == ("presence_state", {})
