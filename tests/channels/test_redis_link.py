"""The way to Redis: found, lost, found again; nobody waits for it longer than agreed."""

import asyncio
import gc
import sys

import pytest

from channels.redis_link import (
    LinkSettings,
    NoRedisPackage,
    RedisLink,
    RedisRefused,
    RedisUnavailable,
    Script,
    UnknownScript,
)
from tests.channels.redis_server import QUICK, RedisServer

pytestmark = pytest.mark.redis


class Mailbox:
    """A listener that can be awaited."""

    def __init__(self) -> None:
        self._data: asyncio.Queue[bytes] = asyncio.Queue()

    def __call__(self, data: bytes) -> None:
        self._data.put_nowait(data)

    async def next(self) -> bytes:
        async with asyncio.timeout(10):
            return await self._data.get()


class Watch:
    """Waits for the link to be lost, and to be back."""

    def __init__(self, link: RedisLink) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()
        link.watch(lambda: self.told.put_nowait("lost"), lambda: self.told.put_nowait("back"))

    async def until(self, *expected: str) -> None:
        async with asyncio.timeout(10):
            for word in expected:
                assert await self.told.get() == word


async def test_commands_are_answered_in_order_and_refusals_told_apart(link: RedisLink) -> None:
    calls = [link.call("INCR", "n") for _ in range(5)]
    calls += [link.call("LPUSH", "n", "x"), link.call("EVALSHA", "0" * 40, 0), link.call("GET", "n")]
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert replies[:5] == [1, 2, 3, 4, 5]
    assert isinstance(replies[5], RedisRefused)
    assert isinstance(replies[6], UnknownScript)
    assert replies[7] == b"5"


async def test_a_script_is_told_to_redis_when_it_does_not_know_it(link: RedisLink) -> None:
    script = Script("return {KEYS[1], ARGV[1]}")
    for _ in range(2):
        assert await link.evaluate(script, ["k"], [7]) == [b"k", b"7"]
        await link.call("SCRIPT", "FLUSH")


async def test_messages_reach_the_listener_of_their_channel(link: RedisLink) -> None:
    one, two = Mailbox(), Mailbox()
    await asyncio.gather(link.follow("one", one), link.follow("two", two))
    assert await link.call("PUBLISH", "one", "1") == 1
    assert await link.call("PUBLISH", "two", b"\xff") == 1
    assert (await one.next(), await two.next()) == (b"1", b"\xff")


async def test_a_channel_is_followed_however_quickly_it_is_left_and_wanted_again(link: RedisLink) -> None:
    box = Mailbox()
    for n in range(20):
        await link.follow("c", box)
        link.unfollow("c")
        if n % 2:
            await asyncio.sleep(0)
        await link.follow("c", box)
        assert await link.call("PUBLISH", "c", n) == 1
        assert await box.next() == str(n).encode()
        link.unfollow("c")
    await link.follow("other", box)
    assert await link.call("PUBSUB", "CHANNELS") == [b"other"]


async def test_nothing_is_kept_of_a_channel_that_was_given_up_before_it_was_followed(link: RedisLink) -> None:
    def cancelled_futures() -> int:
        gc.collect()
        return sum(type(one) is asyncio.Future and one.cancelled() for one in gc.get_objects())

    async def give_up(channel: str) -> None:
        following = asyncio.create_task(link.follow(channel, Mailbox()))
        await asyncio.sleep(0)
        following.cancel()
        link.unfollow(channel)
        await asyncio.wait([following])

    before = cancelled_futures()
    for n in range(20):
        await give_up(f"c{n}")
    await link.follow("other", Mailbox())
    assert cancelled_futures() == before


@pytest.mark.parametrize("kind", ["normal", "pubsub"])
async def test_after_a_cut_everything_is_there_again(
    link: RedisLink, redis_server: RedisServer, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    watch = Watch(link)
    caplog.set_level("INFO", "channels.redis_link")
    boxes = [Mailbox() for _ in range(1200)]  # more than one SUBSCRIBE takes
    await asyncio.gather(*(link.follow(f"c{n}", box) for n, box in enumerate(boxes)))
    redis_server.cut(kind)
    await watch.until("lost", "back")
    for n in (0, 599, 1199):
        assert await link.call("PUBLISH", f"c{n}", "x") == 1
        assert await boxes[n].next() == b"x"
    redis_server.cut(kind)
    await watch.until("lost", "back")
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"] * 2, "each loss is told"


async def test_who_waits_for_an_answer_learns_that_the_link_was_lost(
    link: RedisLink, redis_server: RedisServer
) -> None:
    watch = Watch(link)
    waiting = link.call("BLPOP", "nothing", 0)
    abandoned = link.call("BLPOP", "nothing", 0)
    await asyncio.sleep(0)
    redis_server.kill()
    with pytest.raises(RedisUnavailable):
        await waiting
    assert abandoned.done()
    with pytest.raises(RedisUnavailable):
        link.call("PING")
    with pytest.raises(RedisUnavailable):
        await link.follow("c", Mailbox())
    redis_server.start()
    await watch.until("lost", "back")
    assert await link.call("PUBLISH", "c", "x") == 1, "what was wanted while it was away is followed"


async def test_a_redis_that_answers_no_more_is_given_up(redis_server: RedisServer) -> None:
    link = RedisLink(redis_server.url, LinkSettings(0.2, 0.2, 3600, 0.001, 0.02))
    await link.start()
    watch = Watch(link)
    redis_server.pause()
    with pytest.raises(RedisUnavailable):
        await link.call("PING")
    redis_server.go_on()
    await watch.until("lost", "back")
    await link.close()


async def test_a_redis_that_answers_no_more_is_noticed_when_nobody_asks(redis_server: RedisServer) -> None:
    link = RedisLink(redis_server.url, LinkSettings(0.2, 0.2, 0.1, 0.001, 0.02))
    await link.start()
    watch = Watch(link)
    redis_server.pause()
    await watch.until("lost")
    redis_server.go_on()
    await watch.until("back")
    await link.close()


async def test_a_replica_is_not_written_to(link: RedisLink, redis_server: RedisServer) -> None:
    watch = Watch(link)
    redis_server.ask("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(RedisUnavailable):
        await link.call("SET", "k", "v")
    redis_server.ask("REPLICAOF", "NO", "ONE")
    await watch.until("lost", "back")
    await link.call("SET", "k", "v")


async def test_a_listener_with_a_bug_harms_nobody_else(link: RedisLink, caplog: pytest.LogCaptureFixture) -> None:
    box = Mailbox()

    def broken(data: bytes) -> None:
        raise ZeroDivisionError

    await link.follow("broken", broken)
    await link.follow("c", box)
    await link.call("PUBLISH", "broken", "x")
    await link.call("PUBLISH", "c", "x")
    assert await box.next() == b"x"
    assert "a listener failed by a bug" in caplog.text


@pytest.mark.parametrize(
    "url, where",
    [
        ("redis://somebody:secret-word@127.0.0.1:1/0", "127.0.0.1:1"),
        ("unix:///nowhere/redis.sock?password=secret-word", "/nowhere/redis.sock"),
        ("redis://:secret-word@127.0.0.1:1/0?socket_timeout=often", "REDIS_URL"),
    ],
)
async def test_where_no_redis_is_the_start_says_so_without_the_password(url: str, where: str) -> None:
    with pytest.raises(RedisUnavailable) as raised:
        await RedisLink(url, QUICK).start()
    assert where in str(raised.value)
    assert "correct" in str(raised.value)
    assert "secret-word" not in str(raised.value)


async def test_a_wrong_password_is_said_and_not_shown(redis_server: RedisServer) -> None:
    redis_server.ask("ACL", "SETUSER", "ada", "on", ">right", "+@all")
    with pytest.raises(RedisUnavailable) as raised:
        await RedisLink(redis_server.url.replace("unix://", "unix://ada:wrong-one@"), QUICK).start()
    assert "wrong-one" not in str(raised.value)
    assert "password" in str(raised.value)


async def test_without_the_package_the_start_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio.connection", None)
    with pytest.raises(NoRedisPackage, match=r'pip install "sidenote\[redis\]"'):
        await RedisLink("redis://127.0.0.1:1", QUICK).start()
