"""Hands what comes while a call is under way, or soon after it, to the next call. Knows nothing of what is called.

A transaction for many costs little more than one for one of them. Who comes when nobody did lately waits for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

MOST = 256  # items of a call: bounds how long it takes
APART_S = 0.03  # from one call to the next


class Gathering(Generic[Item, Outcome]):
    """``add`` returns what ``work`` said of the item. One call of ``work`` at a time, in the order of the items."""

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]]) -> None:
        """``work`` gives one outcome for each item; one that is an exception is raised to whoever added that item.

        What it raises itself is raised to all of them.
        """
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._working: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Outcome:
        """Raises what became of the item. One that is given up while it waits is left out."""
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._working is None:
            self._working = asyncio.create_task(self._work_off())
        return await done

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._settle([(item, done) for item, done in taken if not done.done()])
                await asyncio.sleep(APART_S)
        finally:
            self._working = None

    async def _settle(self, taken: Sequence[tuple[Item, "asyncio.Future[Outcome]"]]) -> None:
        outcomes: Sequence[Outcome | Exception]
        try:
            outcomes = await self._work([item for item, _ in taken]) if taken else []
        except Exception as error:
            outcomes = [error] * len(taken)
        for (_, done), outcome in zip(taken, outcomes, strict=True):
            if done.done():
                continue
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)
