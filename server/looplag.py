"""How late the event loop is: the first thing to look at when everybody waits."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from agent.ports import Telemetry

EVERY_S = 0.1


class LoopLag:
    """Asks the running loop for a call every ``EVERY_S`` and records how late it came."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._loop = asyncio.get_running_loop()
        self._telemetry = telemetry
        self._due_s = self._loop.time() + EVERY_S
        self._next = self._loop.call_at(self._due_s, self._look)

    def _look(self) -> None:
        now_s = self._loop.time()
        self._telemetry.record("event_loop_lag_seconds", max(0.0, now_s - self._due_s))
        self._due_s = now_s + EVERY_S
        self._next = self._loop.call_at(self._due_s, self._look)

    def stop(self) -> None:
        self._next.cancel()


@contextmanager
def watched_loop(telemetry: Telemetry) -> Iterator[None]:
    """While this lasts, the lag of the running loop is recorded as ``event_loop_lag_seconds``."""
    lag = LoopLag(telemetry)
    try:
        yield
    finally:
        lag.stop()
