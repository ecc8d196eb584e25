"""What every presence promises: who is there, who came and who went."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from channels.hub import Hub
from channels.hubs.local import LocalHub
from channels.hubs.redis import RedisHub
from channels.presence import Presence
from channels.presences.local import LocalPresence
from channels.presences.redis import RedisPresence
from channels.redis_link import RedisLink
from tests.channels.hubs.follower import Follower
from tests.channels.redis_server import QUICK


@dataclass(slots=True)
class Place:
    """A process, and another one where there can be two."""

    presence: Presence
    other: Presence
    other_hub: Hub


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    if request.param == "local":
        local_hub = LocalHub()
        local = LocalPresence(local_hub)
        yield Place(local, local, local_hub)
        return
    async with AsyncExitStack() as stack:
        processes = []
        for _ in range(2):
            link = RedisLink(request.getfixturevalue("redis_server").url, QUICK)
            await link.start()
            stack.push_async_callback(link.close)
            hub = RedisHub(link)
            await hub.start()
            stack.push_async_callback(hub.close)
            presence = RedisPresence(link, hub)
            await presence.start()
            stack.push_async_callback(presence.close)
            processes.append((presence, hub))
        yield Place(processes[0][0], processes[1][0], processes[1][1])


PHONE: dict[str, Any] = {"phx_ref": "1", "name": "Ada"}
DESK: dict[str, Any] = {"phx_ref": "2", "name": "Ada", "since": 1.5}
BOB: dict[str, Any] = {"phx_ref": "3", "name": "Bob é"}


async def test_everybody_learns_who_comes_and_goes(place: Place) -> None:
    one = Follower()
    await place.other_hub.subscribe("t", one)
    await place.presence.enter("t", "ada", PHONE)
    await one.until_frames(1)
    await place.other.enter("t", "bob", BOB)
    await one.until_frames(2)
    place.presence.leave("t", "ada", PHONE)
    await one.until_frames(3)
    assert [(frame.event, frame.seq) for frame in one.frames] == [("presence_diff", None)] * 3
    assert one.payloads == [
        {"joins": {"ada": {"metas": [PHONE]}}, "leaves": {}},
        {"joins": {"bob": {"metas": [BOB]}}, "leaves": {}},
        {"joins": {}, "leaves": {"ada": {"metas": [PHONE]}}},
    ]


async def test_the_state_is_everybody_wherever_connected_with_a_meta_for_each_connection(place: Place) -> None:
    one = Follower()
    await place.other_hub.subscribe("t", one)
    await place.presence.enter("t", "ada", PHONE)
    await place.other.enter("t", "ada", DESK)
    await place.other.enter("t", "bob", BOB)
    for presence in (place.presence, place.other):
        state = await presence.state("t")
        assert state.keys() == {"ada", "bob"}
        assert sorted(state["ada"]["metas"], key=lambda meta: str(meta["phx_ref"])) == [PHONE, DESK]
        assert state["bob"] == {"metas": [BOB]}
    await one.until_frames(3)
    place.presence.leave("t", "ada", PHONE)
    await one.until_frames(4)
    assert (await place.other.state("t"))["ada"] == {"metas": [DESK]}
    assert await place.other.state("elsewhere") == {}


async def test_who_was_not_there_does_not_leave(place: Place) -> None:
    one = Follower()
    await place.other_hub.subscribe("t", one)
    await place.presence.enter("t", "ada", PHONE)
    place.presence.leave("t", "bob", BOB)
    place.presence.leave("elsewhere", "ada", PHONE)
    place.presence.leave("t", "ada", PHONE)
    place.presence.leave("t", "ada", PHONE)
    await place.presence.enter("t", "bob", BOB)
    await one.until(lambda: len(one.frames) >= 3)
    assert [sorted(payload["joins"]) + sorted(payload["leaves"]) for payload in one.payloads] in (
        [["ada"], ["ada"], ["bob"]],
        [["ada"], ["bob"], ["ada"]],
    )
    assert await place.other.state("t") == {"bob": {"metas": [BOB]}}
