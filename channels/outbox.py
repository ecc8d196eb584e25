"""What is sent on one connection: in order, bounded in bytes, and never waited for by who puts it in.

While the client keeps up, a frame is handed to the socket at once. From the first that has to wait on, a task sends the
rest; newer partials then take the place of older ones, and who falls too far behind is cut off.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.types import Send

from channels import eager
from channels.wire import size_of

COALESCED = frozenset({"asr_partial", "model_delta"})
BEHIND_BYTES = 32_768  # from here on the client is behind, and a newer partial replaces the one that waits


_Waiting = deque[tuple[str | bytes, int, tuple[str, str] | None]]
NOTHING: _Waiting = deque(maxlen=0)
"""What waits for a client that keeps up: shared, since an empty deque holds 760 bytes."""


class Outbox:
    """Frames for one client. When more waits than allowed, ``overflow`` is called once and nothing more is taken.

    The frame whose turn it is does not count: a snapshot may be larger than all that may wait behind it.
    """

    __slots__ = ("_bytes", "_fail", "_max_bytes", "_over", "_overflow", "_send", "_sending", "_waiting")

    def __init__(
        self, send: Send, max_bytes: int, overflow: Callable[[], None], fail: Callable[[Exception], None]
    ) -> None:
        """``send`` (ASGI's) waits while the socket takes no more; ``fail`` is told what it raised."""
        self._send = send
        self._max_bytes = max_bytes
        self._overflow = overflow
        self._fail = fail
        self._waiting = NOTHING
        self._bytes = 0
        self._sending: asyncio.Task[None] | None = None  # while the client is behind
        self._over = False

    def put(self, data: str | bytes, key: tuple[str, str] | None = None) -> None:
        """Add a frame. ``key`` (topic, event) of an event that may be coalesced."""
        if self._over:
            return
        if self._sending is not None:
            self._wait_with(data, key)
            return
        try:
            waiting = eager.start(self._send(_message(data)))
        except Exception as error:
            self._failed(error)
        else:
            if waiting:
                self._waiting = deque()
                self._sending = asyncio.create_task(self._send_rest(waiting))

    async def flushed(self) -> None:
        """Wait until all has been handed to the socket; nothing more is taken. At once when it overflowed."""
        overflowed, self._over = self._over, True
        if self._sending and not overflowed:
            await asyncio.wait([self._sending])

    def stop(self) -> None:
        """Send nothing more."""
        self._over = True
        if self._sending:
            self._sending.cancel()

    def _wait_with(self, data: str | bytes, key: tuple[str, str] | None) -> None:
        if key and key[1] in COALESCED:
            if self._bytes > BEHIND_BYTES:
                self._drop(key)
        else:
            key = None
        size = size_of(data)
        self._waiting.append((data, size, key))
        self._bytes += size
        if self._bytes - self._waiting[0][1] > self._max_bytes:
            self._over = True
            self._overflow()

    async def _send_rest(self, first: asyncio.Task[None]) -> None:
        """Send what waits behind the frame that is on its way."""
        try:
            await first
            while self._waiting:
                data, size, _ = self._waiting.popleft()
                self._bytes -= size
                await self._send(_message(data))
        except Exception as error:
            self._failed(error)
        finally:
            self._sending, self._waiting = None, NOTHING

    def _failed(self, error: Exception) -> None:
        self._over = True
        self._fail(error)

    def _drop(self, key: tuple[str, str]) -> None:
        for waiting in self._waiting:
            if waiting[2] == key:
                self._bytes -= waiting[1]
                self._waiting.remove(waiting)
                return


def _message(data: str | bytes) -> dict[str, Any]:
    return {"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data}
