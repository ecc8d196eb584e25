"""A coroutine that is run at once, as far as it gets."""

import asyncio

import pytest

from channels import eager


async def test_what_has_to_wait_for_nothing_is_done_at_once() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("all")

    assert eager.start(work()) is None
    assert done == ["all"]


async def test_what_waits_is_finished_by_a_task_with_what_it_waited_for() -> None:
    done: list[str] = []
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    second: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        done.append("begun")
        done.append(await first)
        done.append(await second)

    task = eager.start(work())
    assert (task is not None, done) == (True, ["begun"])
    first.set_result("a")
    second.set_result("b")
    assert task
    await task
    assert done == ["begun", "a", "b"]


async def test_what_it_raises_comes_out_at_once_or_from_the_task() -> None:
    async def fail(wait: bool) -> None:
        if wait:
            await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        eager.start(fail(False))
    task = eager.start(fail(True))
    assert task
    with pytest.raises(LookupError):
        await task


async def test_a_cancelled_task_cancels_the_work_which_may_still_tidy_up() -> None:
    tidied = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            tidied.set()
            raise

    task = eager.start(work())
    assert task
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tidied.is_set()


async def test_an_error_that_it_waited_for_is_its_own_to_handle() -> None:
    failing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    handled: list[str] = []

    async def work() -> None:
        try:
            await failing
        except LookupError as error:
            handled.append(str(error))

    task = eager.start(work())
    failing.set_exception(LookupError("lost"))
    assert task
    await task
    assert handled == ["lost"]
