"""Those who follow a hub and publish on it, for the tests of hubs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from channels.hub import Frame, Hub
from channels.hubs.redis import RedisHub

PATIENCE_S = 10.0

Start = Callable[..., Awaitable[RedisHub]]


class Follower:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.reasons: list[str] = []
        self._news = asyncio.Event()

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._news.set()

    def broken(self, reason: str) -> None:
        self.reasons.append(reason)
        self._news.set()

    @property
    def payloads(self) -> list[Any]:
        return [orjson.loads(frame.text)[4] for frame in self.frames]

    @property
    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.frames if frame.seq is not None]

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not enough():
                self._news.clear()
                await self._news.wait()

    async def until_frames(self, count: int) -> None:
        await self.until(lambda: len(self.frames) >= count)
        assert len(self.frames) == count

    async def until_broken(self) -> None:
        await self.until(lambda: bool(self.reasons))


async def publish(hub: Hub, count: int, topic: str = "t", start: int = 1) -> None:
    for n in range(start, start + count):
        await hub.publish(topic, "e", {"n": n})


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
