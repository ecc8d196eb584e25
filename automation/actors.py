"""The jobs, made by a factory over a broker, so that nothing is global.

An actor runs in a worker's thread. What it does happens on an event loop, which it reaches through ``OnLoop`` and waits
for with a deadline of its own: an embedded worker enforces none, and a message is never tried again by the broker.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import dramatiq
from dramatiq import Broker

from automation.relay import ACTOR, QUEUE

log = logging.getLogger(__name__)

T = TypeVar("T")

SWEEP_DEADLINE_S = 60.0
POST_DEADLINE_S = 180.0  # far beyond what an attempt has, so that it is the attempt that says what happened


@dataclass(frozen=True, slots=True)
class OnLoop:
    """Runs a coroutine on an event loop from another thread."""

    loop: asyncio.AbstractEventLoop

    def call(self, work: Coroutine[Any, Any, T], deadline_s: float) -> T:
        """The coroutine's answer. Raises TimeoutError after ``deadline_s``, and whatever it raises."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(deadline_s)
        except TimeoutError:
            future.cancel()
            raise


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """What keeps a server tidy; ``send()`` asks for it."""

    sweep_audio: dramatiq.Actor[[], None]


def build_housekeeping(
    broker: Broker, loop: OnLoop, discard_older_than: Callable[[datetime], Awaitable[int]], keep_hours: float
) -> Housekeeping:
    """``discard_older_than`` deletes stored audio from before a time and says how many chunks that were."""

    async def discard() -> int:
        return await discard_older_than(datetime.now(UTC) - timedelta(hours=keep_hours))

    def sweep_audio() -> None:
        """Delete recordings whose time is over; what failed today is tried again at the next sweep."""
        chunks = loop.call(discard(), SWEEP_DEADLINE_S)
        if chunks:
            log.info("%d chunks of stored audio were older than %g hours and are deleted", chunks, keep_hours)

    return Housekeeping(sweep_audio=dramatiq.actor(broker=broker, max_retries=0)(sweep_audio))


def build_posting(
    broker: Broker,
    loop: OnLoop,
    deliver: Callable[[str], Coroutine[Any, Any, bool]],
    handled: Callable[[], None],
) -> dramatiq.Actor[[str], None]:
    """The actor that posts. ``handled`` is called on the loop after a job that ``deliver`` has taken."""

    async def do(job_id: str) -> None:
        if await deliver(job_id):
            handled()

    def post(job_id: str) -> None:
        """Take a job and bring it to its next state; what becomes of it stands in the table."""
        with contextlib.suppress(CancelledError):  # the worker stops: the job was given back, or is looked at later
            loop.call(do(job_id), POST_DEADLINE_S)

    return dramatiq.actor(broker=broker, actor_name=ACTOR, queue_name=QUEUE, max_retries=0)(post)
