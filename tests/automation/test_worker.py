"""The embedded worker does a job, on the server's loop, and survives one that fails."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from automation.actors import OnLoop, build_housekeeping
from automation.worker import JobWorker, embedded_broker


async def test_a_sweep_asks_for_what_is_too_old_on_the_servers_own_loop() -> None:
    asked: asyncio.Queue[tuple[datetime, int]] = asyncio.Queue()

    async def discard(before: datetime) -> int:
        asked.put_nowait((before, threading.get_ident()))
        return 3

    broker = embedded_broker()
    actors = build_housekeeping(broker, OnLoop(asyncio.get_running_loop()), discard, keep_hours=2)
    worker = JobWorker(broker)
    worker.start()
    try:
        actors.sweep_audio.send()
        before, thread = await asyncio.wait_for(asked.get(), 10)
    finally:
        await asyncio.to_thread(worker.stop)
    assert abs(before - (datetime.now(UTC) - timedelta(hours=2))) < timedelta(minutes=1)
    assert thread == threading.get_ident()


async def test_a_job_that_fails_leaves_the_worker_able_to_do_the_next() -> None:
    done = asyncio.Event()
    answers: list[Exception | int] = [OSError("disk"), 0]

    async def discard(before: datetime) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        done.set()
        return answer

    broker = embedded_broker()
    actors = build_housekeeping(broker, OnLoop(asyncio.get_running_loop()), discard, keep_hours=2)
    worker = JobWorker(broker)
    worker.start()
    try:
        actors.sweep_audio.send()
        actors.sweep_audio.send()
        await asyncio.wait_for(done.wait(), 10)
    finally:
        await asyncio.to_thread(worker.stop)


async def test_work_that_takes_too_long_is_given_up() -> None:
    given_up = asyncio.Event()

    async def forever() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        return 0

    with pytest.raises(TimeoutError):
        await asyncio.to_thread(OnLoop(asyncio.get_running_loop()).call, forever(), 0.05)
    await asyncio.wait_for(given_up.wait(), 5)
