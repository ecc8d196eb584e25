"""A Redis hub as each process has its own, for the tests of this folder."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from channels.hub import HistorySettings
from channels.hubs.redis import RedisHub, RedisHubSettings
from channels.redis_link import LinkSettings, RedisLink
from tests.channels.hubs.follower import Start
from tests.channels.redis_server import QUICK, RedisServer


@pytest.fixture
async def start(redis_server: RedisServer) -> AsyncIterator[Start]:
    """``await start()``: a hub as a process of its own would have it."""
    async with AsyncExitStack() as stack:

        async def started(
            settings: RedisHubSettings | None = None,
            history: HistorySettings | None = None,
            link: LinkSettings = QUICK,
        ) -> RedisHub:
            made = RedisLink(redis_server.url, link)
            await made.start()
            stack.push_async_callback(made.close)
            hub = RedisHub(made, history, settings)
            await hub.start()
            stack.push_async_callback(hub.close)
            return hub

        yield started
