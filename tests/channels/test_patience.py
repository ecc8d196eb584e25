"""Work that outlasts who waits for it."""

import asyncio

import pytest

from channels.patience import in_time


async def test_what_comes_in_time() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await in_time(work(), 60) == 7


async def test_what_it_raises() -> None:
    async def work() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        await in_time(work(), 60)


async def test_work_that_takes_longer_is_given_up_and_finished() -> None:
    go_on, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        finished.set()

    with pytest.raises(TimeoutError):
        await in_time(work(), 0.01)
    go_on.set()
    await asyncio.wait_for(finished.wait(), 10)


async def test_work_goes_on_though_whoever_waits_is_cancelled() -> None:
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        finished.set()
        raise LookupError("and nobody has to hear of it")

    waiting = asyncio.create_task(in_time(work(), 60))
    await begun.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    go_on.set()
    await asyncio.wait_for(finished.wait(), 10)
