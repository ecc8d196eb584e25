"""Work that is waited for only so long, and finished all the same: cut off, a change might be stored and never told."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_working: set[asyncio.Task[Any]] = set()  # the event loop itself would let go of them


async def in_time(work: Coroutine[Any, Any, T], limit_s: float) -> T:
    """What comes of the work. Raises what it raises, and TimeoutError where that takes longer; it goes on then."""
    task = asyncio.create_task(work)
    _working.add(task)
    task.add_done_callback(_over)
    await asyncio.wait([task], timeout=limit_s)
    if not task.done():
        raise TimeoutError
    return task.result()


def _over(task: asyncio.Task[Any]) -> None:
    _working.discard(task)
    if not task.cancelled():
        task.exception()  # whoever waited may have gone
