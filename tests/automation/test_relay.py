"""From the table to the broker: said once, said again where it was not heard, never in anybody's way."""

import asyncio
import threading
from collections.abc import Sequence

import dramatiq
import pytest

from automation.relay import ACTOR, QUEUE, SAID_AGAIN_S, Relay, Sweeper
from automation.worker import JobWorker, embedded_broker


class Table:
    """Due jobs, as a sweeper asks for them."""

    def __init__(self, *jobs: str) -> None:
        self.jobs: list[str] = list(jobs)
        self.errors: list[Exception] = []
        self.asked: asyncio.Queue[int] = asyncio.Queue()

    async def due(self, limit: int) -> Sequence[str]:
        self.asked.put_nowait(limit)
        if self.errors:
            raise self.errors.pop()
        return self.jobs[:limit]


async def swept(table: Table, woken: list[str], times: int, every_s: float = 0.001) -> Sweeper:
    sweeper = Sweeper(table.due, woken.append, every_s)
    task = asyncio.create_task(sweeper.run())
    for _ in range(times):
        await asyncio.wait_for(table.asked.get(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return sweeper


async def test_a_word_reaches_the_actor_of_its_queue() -> None:
    broker = embedded_broker()
    heard: list[str] = []
    done = threading.Event()

    def post(job_id: str) -> None:
        heard.append(job_id)
        done.set()

    dramatiq.actor(broker=broker, actor_name=ACTOR, queue_name=QUEUE, max_retries=0)(post)
    relay, worker = Relay(broker), JobWorker(broker, 1)
    worker.start()
    try:
        relay.wake("job-1")
        assert await asyncio.to_thread(done.wait, 10)
    finally:
        relay.close()
        await asyncio.to_thread(worker.stop)
    assert heard == ["job-1"]


async def test_a_broker_that_fails_or_is_closed_is_nobody_s_problem(caplog: pytest.LogCaptureFixture) -> None:
    broker = embedded_broker()
    relay = Relay(broker)

    def fails(*_: object, **__: object) -> None:
        raise ConnectionError("redis://:secret@host")

    broker.enqueue = fails  # type: ignore[method-assign, assignment]  # a broker in memory never fails
    relay.wake("job-1")
    relay.close()
    relay.wake("job-2")
    assert "ConnectionError" in caplog.text
    assert "secret" not in caplog.text


async def test_a_due_job_is_said_once_until_somebody_has_dealt_with_it() -> None:
    table, woken = Table("a", "b"), list[str]()
    await swept(table, woken, 5)
    assert woken == ["a", "b"]


async def test_what_nobody_seems_to_have_heard_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def monotonic() -> float:
        now[0] += SAID_AGAIN_S / 2
        return now[0]

    monkeypatch.setattr("automation.relay.monotonic", monotonic)
    table, woken = Table("a"), list[str]()
    await swept(table, woken, 5)
    assert 2 <= len(woken) <= 3


async def test_a_job_that_was_dealt_with_is_looked_at_at_once() -> None:
    table, woken = Table("a"), list[str]()
    sweeper = Sweeper(table.due, woken.append, every_s=3600)
    task = asyncio.create_task(sweeper.run())
    await asyncio.wait_for(table.asked.get(), 10)
    sweeper.handled()
    await asyncio.wait_for(table.asked.get(), 10)
    sweeper.handled()
    await asyncio.wait_for(table.asked.get(), 10)
    task.cancel()
    assert woken[:2] == ["a", "a"]


async def test_a_table_that_can_t_be_read_is_read_again(caplog: pytest.LogCaptureFixture) -> None:
    table, woken = Table("a"), list[str]()
    table.errors.append(OSError("away"))
    await swept(table, woken, 3)
    assert woken == ["a"]
    assert "done again soon" in caplog.text
