"""The parts by which processes hear of each other, in memory and through a real Redis."""

from pathlib import Path
from typing import Any

import pytest

from agent.errors import NotNow
from agent.ports import Payload
from channels.redis_link import RedisUnavailable
from server.exchange import open_exchange
from server.settings import Settings, load_settings
from tests.channels.hubs.follower import Follower
from tests.channels.redis_server import RedisServer, redis_server  # noqa: F401 - a fixture


def settings(folder: Path, **more: Any) -> Settings:
    return load_settings(env_file=None, data_dir=folder, **more)


async def answer(question: Payload) -> dict[str, Any] | None:
    match question["ask"]:
        case "snapshot":
            return {"state": "listening"}
        case "cancel":
            raise NotNow("There is nothing to cancel.")
        case "bug":
            raise ZeroDivisionError
    return None


async def test_one_process_alone_asks_nobody(tmp_path: Path) -> None:
    async with open_exchange(settings(tmp_path)) as alone:
        await alone.listen("one", answer)
        assert await alone.peers.ask("one", {"ask": "snapshot"}) is None
        follower = Follower()
        await alone.hub.subscribe("t", follower)
        await alone.presence.enter("t", "ada", {"phx_ref": "1"})
        assert [frame.event for frame in follower.frames] == ["presence_diff"]


async def test_a_redis_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(RedisUnavailable, match=r"127\.0\.0\.1:1 .*start it, or correct REDIS_URL"):
        async with open_exchange(settings(tmp_path, redis_url="redis://127.0.0.1:1/0")):
            pass


@pytest.mark.redis
async def test_two_processes_hear_see_and_ask_each_other(tmp_path: Path, redis_server: RedisServer) -> None:  # noqa: F811 - the fixture imported above
    chosen = settings(tmp_path, redis_url=redis_server.url)
    async with open_exchange(chosen) as one, open_exchange(chosen) as two:
        await one.listen("one", answer)
        await two.listen("two", answer)
        follower = Follower()
        await two.hub.subscribe("t", follower)
        await one.hub.publish("t", "e", {"n": 1})
        await follower.until_frames(1)
        assert follower.payloads == [{"n": 1, "seq": 1}]
        await one.presence.enter("t", "ada", {"phx_ref": "1"})
        assert await two.presence.state("t") == {"ada": {"metas": [{"phx_ref": "1"}]}}
        ask = two.peers.ask
        assert await ask("one", {"ask": "snapshot"}) == {"answer": {"state": "listening"}}
        assert await ask("one", {"ask": "cancel"}) == {
            "refused": {"reason": "not_now", "message": "There is nothing to cancel."}
        }
        assert await ask("one", {"ask": "bug"}) == {"error": "ZeroDivisionError"}
        assert await ask("one", {"ask": "else"}) == {"answer": None}
        assert await ask("nobody", {"ask": "snapshot"}) is None
