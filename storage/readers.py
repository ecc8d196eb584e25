"""SQLite's readers: a few threads, each with a connection of its own, and one hop of a thread for a whole read.

A driver that hops for each statement and each row fetched costs three times as much (docs/storage.md).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from storage.errors import DatabaseUnavailable

T = TypeVar("T")

THREADS = 4  # reads at a time; the engine has as many connections
READ_LIMIT_S = 10.0  # with the wait for a thread


class Readers:
    """Owns ``engine``, which must refuse to write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite-reader")

    async def read(self, fn: Callable[[Session], T]) -> T:
        """What ``fn`` returned. Raises what it raised, DatabaseUnavailable when it takes too long."""
        reading = asyncio.get_running_loop().run_in_executor(self._threads, self._transaction, fn)
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                return await reading
        except TimeoutError:
            raise DatabaseUnavailable("The database took too long to answer. Try again when it is less busy.") from None

    async def close(self) -> None:
        """Let go of the file, once the reads that were asked for have ended."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    def _transaction(self, fn: Callable[[Session], T]) -> T:
        with Session(self._engine, expire_on_commit=False) as session:
            return fn(session)
