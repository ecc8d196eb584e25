"""The jobs, made by a factory over a broker, so that nothing is global.

An actor runs in a worker's thread. What it does on the database happens on the server's own event loop, which it
reaches through ``OnLoop`` and waits for with a deadline of its own: an embedded worker enforces none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dramatiq
from dramatiq import Broker

log = logging.getLogger(__name__)

SWEEP_DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class OnLoop:
    """Runs a coroutine on the server's event loop from another thread."""

    loop: asyncio.AbstractEventLoop

    def call(self, work: Coroutine[Any, Any, int], deadline_s: float) -> int:
        """The coroutine's answer. Raises TimeoutError after ``deadline_s``, and whatever it raises."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(deadline_s)
        except TimeoutError:
            future.cancel()
            raise


@dataclass(frozen=True, slots=True)
class Actors:
    """Every job of this program; ``send()`` asks for one."""

    sweep_audio: dramatiq.Actor[[], None]


def build_actors(
    broker: Broker, loop: OnLoop, discard_older_than: Callable[[datetime], Awaitable[int]], keep_hours: float
) -> Actors:
    """``discard_older_than`` deletes stored audio from before a time and says how many chunks that were."""

    async def discard() -> int:
        return await discard_older_than(datetime.now(UTC) - timedelta(hours=keep_hours))

    def sweep_audio() -> None:
        """Delete recordings whose time is over; what failed today is tried again at the next sweep."""
        chunks = loop.call(discard(), SWEEP_DEADLINE_S)
        if chunks:
            log.info("%d chunks of stored audio were older than %g hours and are deleted", chunks, keep_hours)

    declare = dramatiq.actor(broker=broker, max_retries=0)
    return Actors(sweep_audio=declare(sweep_audio))
