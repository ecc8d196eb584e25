"""The connection to the database: reads run side by side, writes come back only after their COMMIT.

SQLite: readers on aiosqlite; all writes pass through one queue to one writer thread, which runs many waiting writes
in one BEGIN IMMEDIATE transaction, each under a savepoint of its own (group commit). PostgreSQL: a pool of asyncpg
connections and ordinary transactions. Knows no table but the migration's version.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.connections import is_sqlite, parsed, reading_engine, shown, sqlite_file, writing_engine
from storage.errors import MIGRATE, DatabaseReadOnly, DatabaseUnavailable, SchemaMismatch, storage_errors
from storage.tables import SCHEMA_REVISION
from storage.writer import Writer

T = TypeVar("T")

CLOSE_TIMEOUT_S = 30.0  # for the writes that already wait


class Database:
    """One database, opened once a process and event loop."""

    def __init__(self, url: str, *, busy_timeout_s: float = 5.0) -> None:
        """``busy_timeout_s``: how long a write waits for somebody else's lock. Raises InvalidValue for a bad URL."""
        self._url: URL = parsed(url)
        self._busy_timeout_s = busy_timeout_s
        self._readers: AsyncEngine | None = None
        self._writer: Writer | None = None

    def __repr__(self) -> str:
        return f"Database({shown(self._url)})"

    async def open(self) -> None:
        """Connect and check rights and tables. Raises SchemaMismatch and every error of a database out of order."""
        readers = reading_engine(self._url, self._busy_timeout_s)
        writer: Writer | None = None
        try:
            with storage_errors():
                await _check_schema(readers, self._url)
                if is_sqlite(self._url):
                    writer = Writer(writing_engine(self._url, self._busy_timeout_s))
                    await writer.open()
        except BaseException:
            if writer is not None:
                await writer.close(CLOSE_TIMEOUT_S)
            await readers.dispose()
            raise
        self._readers, self._writer = readers, writer

    async def close(self) -> None:
        """Finish the writes that wait, then disconnect. Safe to call twice."""
        readers, writer = self._readers, self._writer
        self._readers = self._writer = None
        if writer is not None:
            await writer.close(CLOSE_TIMEOUT_S)
        if readers is not None:
            await readers.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database and changes nothing. Its rows stay usable afterwards."""
        engine = self._opened()
        with storage_errors():
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield session

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn`` in one transaction and return what it returned, after the COMMIT; an error undoes all of it.

        ``fn`` is an ordinary function of the session alone: it may run in another thread, and it can wait for nothing
        but the database. When the caller is cancelled while ``fn`` runs, the transaction may still commit.
        """
        engine = self._opened()
        if self._writer is not None:
            return await self._writer.write(fn)
        with storage_errors():
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                return await session.run_sync(lambda _: fn(session.sync_session))

    def _opened(self) -> AsyncEngine:
        if self._readers is None:
            raise DatabaseUnavailable("The database is not open. Call open() first; after close() nothing is stored.")
        return self._readers


async def _check_schema(engine: AsyncEngine, url: URL) -> None:
    """Raise SchemaMismatch unless the tables are those of this version."""
    # A server is named by DATABASE_URL: its password does not belong in a message.
    command = f"`{MIGRATE} {shown(url)}`" if is_sqlite(url) else f"`{MIGRATE}`"
    if is_sqlite(url):
        file = sqlite_file(url)
        if not file.exists():  # connecting would make an empty file
            raise SchemaMismatch(f"There is no database at {file}. Make it: run {command}.")
        _check_rights(file)
    async with engine.connect() as connection:
        if not await connection.run_sync(lambda found: inspect(found).has_table("alembic_version")):
            raise SchemaMismatch(f"The database has no tables yet. Run {command}.")
        revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision == SCHEMA_REVISION:
        return
    # Revisions are numbered, so that a database can be told from the future.
    if revision is not None and revision > SCHEMA_REVISION:
        raise SchemaMismatch(
            f"The database was migrated by a newer version (revision {revision}, this one knows {SCHEMA_REVISION}). "
            "Install that version again, or restore a backup from before it."
        )
    raise SchemaMismatch(f"The tables are those of an older version (revision {revision}). Run {command}.")


def _check_rights(file: Path) -> None:
    """Raise DatabaseReadOnly unless the file and the log beside it can be written."""
    for path in (file, file.resolve().parent):
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise DatabaseReadOnly(
                f"{path} is read-only. Give this user the right to write to the database file and its folder."
            )
