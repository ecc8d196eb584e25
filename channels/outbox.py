"""What waits to be sent on one connection: in order, bounded in bytes, and never waited for by who puts it in."""

import asyncio
from collections import deque
from dataclasses import dataclass

from channels.wire import size_of

COALESCED = frozenset({"asr_partial", "model_delta"})
BEHIND_BYTES = 32_768  # from here on the client is behind, and a newer partial replaces the one that waits


@dataclass(slots=True)
class _Waiting:
    data: str | bytes
    size: int
    key: tuple[str, str] | None


class Outbox:
    """Frames for one client. When more waits than allowed, ``overflowed`` is set and nothing more is taken.

    The frame whose turn it is does not count: a snapshot may be larger than all that may wait behind it.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self.overflowed = asyncio.Event()

    def put(self, data: str | bytes, key: tuple[str, str] | None = None) -> None:
        """Add a frame. ``key`` (topic, event) of an event that may be coalesced."""
        if self.overflowed.is_set():
            return
        if key and key[1] in COALESCED:
            if self._bytes > BEHIND_BYTES:
                self._drop(key)
        else:
            key = None
        size = size_of(data)
        self._waiting.append(_Waiting(data, size, key))
        self._bytes += size
        if self._bytes - self._waiting[0].size > self._max_bytes:
            self.overflowed.set()
        self._news.set()

    async def get(self) -> str | bytes:
        """The next frame, as soon as there is one."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        waiting = self._waiting.popleft()
        self._bytes -= waiting.size
        return waiting.data

    @property
    def empty(self) -> bool:
        return not self._waiting

    def _drop(self, key: tuple[str, str]) -> None:
        for waiting in self._waiting:
            if waiting.key == key:
                self._bytes -= waiting.size
                self._waiting.remove(waiting)
                return
