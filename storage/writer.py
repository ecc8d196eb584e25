"""SQLite's only writer: a bounded queue, one thread, one transaction for all that waits.

Never answers a caller before the COMMIT that holds its write. Writes commit in the order in which they were asked for.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from storage.errors import FATAL, DatabaseLocked, DatabaseUnavailable, error_from

T = TypeVar("T")

QUEUE_LIMIT = 4096  # writes that may wait
QUEUE_WAIT_S = 10.0  # for a place in the queue
GROUP_LIMIT = 256  # writes in one transaction: bounds how long the lock is held


@dataclass(frozen=True, slots=True)
class _Write:
    fn: Callable[[Session], Any]
    done: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


class Writer:
    """Owns ``engine``, which must open transactions with BEGIN IMMEDIATE."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: asyncio.Queue[_Write | None] = asyncio.Queue(QUEUE_LIMIT)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Take the write lock once, so that a database that can't be written is found at the start."""
        found = await self._in_thread([])
        # Somebody else may be writing just now; each write waits for its own turn.
        if isinstance(found, _Failed) and not isinstance(found.error, DatabaseLocked):
            raise found.error
        self._task = asyncio.create_task(self._run(), name="sqlite-writer")

    async def close(self, timeout_s: float) -> None:
        """Commit what waits, for ``timeout_s`` at most, then let go of the file."""
        if self._closed:
            return
        self._closed = True
        if self._task is not None:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._queue.put(None)
                    await self._task
            except TimeoutError:
                self._task.cancel()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)

    async def write(self, fn: Callable[[Session], T]) -> T:
        """What ``fn`` returned, after the COMMIT. Raises what it raised, DatabaseUnavailable when closed or swamped."""
        if self._task is None or self._closed:
            raise _gone()
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        write = _Write(fn, done)
        try:
            async with asyncio.timeout(QUEUE_WAIT_S):
                await self._queue.put(write)
        except TimeoutError:
            raise DatabaseUnavailable(
                f"{self._queue.maxsize} writes already wait: the disk can't keep up. Try again, or use a faster disk."
            ) from None
        if self._task.done():  # it ended while this one waited for its place
            _settle(write, _Failed(_gone()))
        return await done

    async def _run(self) -> None:
        group: list[_Write] = []
        try:
            closing = False
            while not closing:
                group, closing = await self._next_group()
                outcomes = await self._in_thread([write.fn for write in group]) if group else []
                for index, write in enumerate(group):
                    _settle(write, outcomes if isinstance(outcomes, _Failed) else outcomes[index])
        finally:
            while not self._queue.empty():
                left = self._queue.get_nowait()
                group = [*group, left] if left else group
            for write in group:
                _settle(write, _Failed(_gone()))

    async def _next_group(self) -> tuple[list[_Write], bool]:
        """All that waits, up to the limit; and whether ``close`` came after it."""
        group: list[_Write] = []
        waiting = await self._queue.get()
        while waiting is not None:
            if not waiting.done.cancelled():  # a caller that has gone wants nothing done
                group.append(waiting)
            if len(group) == GROUP_LIMIT or self._queue.empty():
                return group, False
            waiting = self._queue.get_nowait()
        return group, True

    async def _in_thread(self, fns: Sequence[Callable[[Session], Any]]) -> list[Any] | _Failed:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, fns)

    def _transaction(self, fns: Sequence[Callable[[Session], Any]]) -> list[Any] | _Failed:
        """One outcome for each function, or one failure for all of them."""
        try:
            with self._engine.begin() as connection:
                return [_attempt(connection, fn) for fn in fns]
        except Exception as error:
            return _Failed(error_from(error) or error)


def _attempt(connection: Connection, fn: Callable[[Session], Any]) -> Any:
    """Run ``fn`` under its own savepoint. Raises only what spoils the whole transaction."""
    session = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    try:
        result = fn(session)
        session.commit()
    except Exception as error:
        translated = error_from(error) or error
        if isinstance(translated, FATAL):
            raise translated from error
        session.rollback()
        result = _Failed(translated)
    session.close()
    return result


def _settle(write: _Write, outcome: Any) -> None:
    if write.done.done():
        return
    if isinstance(outcome, _Failed):
        write.done.set_exception(outcome.error)
    else:
        write.done.set_result(outcome)


def _gone() -> DatabaseUnavailable:
    return DatabaseUnavailable("The database was closed before this was stored. Start the program again and repeat it.")
