"""Gives back what was taken, however its user ends: done, broken or cancelled, even while it was being taken."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """The answer of ``work``, which goes on where the caller is cancelled; the cancellation comes after it."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # looked at, and less important
        raise cancelled
    return task.result()


@asynccontextmanager
async def held(
    take: Coroutine[Any, Any, T], give_back: Callable[[T], Awaitable[None]], *, patience_s: float
) -> AsyncIterator[T]:
    """What ``take`` brings, until the block ends. ``give_back`` bounds its own time.

    A caller that is cancelled while it is being taken waits for ``patience_s`` at most, to give it back.
    """
    taking = asyncio.create_task(take)

    async def settle() -> None:
        await asyncio.wait([taking], timeout=patience_s)
        if not taking.done():
            taking.cancel()
            await asyncio.wait([taking], timeout=1)
        if taking.done() and not taking.cancelled() and taking.exception() is None:
            await give_back(taking.result())

    try:
        yield await asyncio.shield(taking)
    finally:
        await to_the_end(settle())
