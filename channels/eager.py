"""Runs a coroutine at once, as far as it gets without waiting. Knows nothing of what it does.

Most frames can be handed to the socket without any wait. Waking a task for each of them costs as much again as sending
it (docs/benchmarks.md), so the task is made only for a coroutine that has to wait. ``asyncio.eager_task_factory`` of
Python 3.12 does the same; this works from 3.11 on.
"""

import asyncio
import types
from collections.abc import Awaitable, Generator
from typing import Any


def start(work: Awaitable[None]) -> "asyncio.Task[None] | None":
    """Run up to the first wait; None where it came to its end, else the task that goes on. Raises what it raises."""
    steps = work.__await__()
    try:
        awaited = next(steps)
    except StopIteration:
        return None
    return asyncio.create_task(_rest(steps, awaited))


async def _rest(steps: Generator[Any, Any, None], awaited: Any) -> None:
    await _resume(steps, awaited)


@types.coroutine
def _resume(steps: Generator[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Let the task wait for what the work waits for, and pass on what comes of it."""
    while True:
        try:
            outcome = yield awaited
        except BaseException as error:  # a cancellation above all
            try:
                awaited = steps.throw(error)
            except StopIteration:
                return
        else:
            try:
                awaited = steps.send(outcome)
            except StopIteration:
                return
