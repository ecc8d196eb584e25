"""automation/browsers/closing.py: what was taken is given back, whatever happens meanwhile."""

import asyncio

import pytest

from automation.browsers.closing import held, to_the_end


class Desk:
    """Something to take, at a moment that the test chooses."""

    def __init__(self) -> None:
        self.may_take = asyncio.Event()
        self.asked = asyncio.Event()
        self.may_give = asyncio.Event()
        self.returned: list[str] = []

    async def take(self) -> str:
        self.asked.set()
        await self.may_take.wait()
        return "book"

    async def give_back(self, thing: str) -> None:
        await self.may_give.wait()
        self.returned.append(thing)

    async def read(self, patience_s: float = 5) -> None:
        async with held(self.take(), self.give_back, patience_s=patience_s) as book:
            assert book == "book"
            await asyncio.Event().wait()


async def cancelled(task: "asyncio.Task[None]") -> None:
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_being_taken_while_its_user_is_cancelled_is_given_back() -> None:
    desk = Desk()
    reading = asyncio.create_task(desk.read())
    await desk.asked.wait()
    reading.cancel()
    desk.may_take.set()
    desk.may_give.set()
    await cancelled(reading)
    assert desk.returned == ["book"]


async def test_giving_back_goes_on_when_it_is_cancelled_too() -> None:
    desk = Desk()
    desk.may_take.set()
    reading = asyncio.create_task(desk.read())
    await desk.asked.wait()
    for _ in range(3):
        reading.cancel()
        await asyncio.sleep(0)
    desk.may_give.set()
    await cancelled(reading)
    assert desk.returned == ["book"]


async def test_what_never_comes_is_waited_for_as_long_as_was_said() -> None:
    desk = Desk()
    reading = asyncio.create_task(desk.read(patience_s=0.05))
    await desk.asked.wait()
    reading.cancel()
    async with asyncio.timeout(5):
        await cancelled(reading)
    assert desk.returned == []


async def test_what_could_not_be_taken_is_said_and_not_given_back() -> None:
    desk = Desk()

    async def broken() -> str:
        raise OSError("no book")

    with pytest.raises(OSError, match="no book"):
        async with held(broken(), desk.give_back, patience_s=1):
            pass
    assert desk.returned == []


async def test_an_error_of_work_that_is_not_interrupted_comes_out() -> None:
    async def broken() -> None:
        raise OSError("no book")

    with pytest.raises(OSError, match="no book"):
        await to_the_end(broken())
