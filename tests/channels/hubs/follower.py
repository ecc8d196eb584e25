"""A sink for the tests of hubs."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from channels.hub import Frame, Hub

PATIENCE_S = 10.0


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
