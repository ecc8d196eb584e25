"""From the table to the broker: a word for each job that is due. A word that is lost loses no job."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from dramatiq import Broker, Message

log = logging.getLogger(__name__)

QUEUE = "posts"
ACTOR = "post"
SWEEP_EVERY_S = 2.0
SAID_AGAIN_S = 10.0  # after a word that nobody seems to have heard
AT_ONCE = 50  # jobs of one sweep


class Relay:
    """Tells the workers of a broker which job is due. Redis may take its time, so that happens in a thread."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay")
        broker.declare_queue(QUEUE)

    def wake(self, job_id: str) -> None:
        """Never waits."""
        with contextlib.suppress(RuntimeError):  # closed: the sweeper of a later process finds the job
            self._thread.submit(self._send, job_id)

    def close(self) -> None:
        """Safe to call twice."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _send(self, job_id: str) -> None:
        try:
            self._broker.enqueue(Message(QUEUE, ACTOR, (job_id,), {}, {}))
        except Exception as error:  # whichever way a broker fails, the job is in the table
            log.warning("no worker could be told of a job, it is found later: %s", type(error).__name__)


class Sweeper:
    """Finds due jobs again: after a lost word, a worker that died, a wait that is over."""

    def __init__(
        self,
        due: Callable[[int], Awaitable[Sequence[str]]],
        wake: Callable[[str], None],
        every_s: float = SWEEP_EVERY_S,
    ) -> None:
        """``due``: at most so many jobs that could be taken now."""
        self._due = due
        self._wake = wake
        self._every_s = every_s
        self._said: dict[str, float] = {}
        self._news = asyncio.Event()

    def handled(self) -> None:
        """A worker here has dealt with a job: its login is free, and others may have waited for that."""
        self._said.clear()
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news.clear()
            await self._sweep()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._every_s)

    async def _sweep(self) -> None:
        try:
            due = await self._due(AT_ONCE)
        except Exception as error:
            log.warning("due jobs could not be looked for, that is done again soon: %s", error)
            return
        at = monotonic()
        self._said = {job_id: said for job_id, said in self._said.items() if at - said < SAID_AGAIN_S}
        for job_id in due:
            if job_id not in self._said:
                self._said[job_id] = at
                self._wake(job_id)
