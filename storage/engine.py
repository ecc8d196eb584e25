"""The connection to the database: reads run side by side, writes come back only after their COMMIT.

SQLite: reads in a few threads; all writes pass through one queue to one writer thread, which runs many waiting writes
in one BEGIN IMMEDIATE transaction, each under a savepoint of its own (group commit). PostgreSQL: a pool of asyncpg
connections and ordinary transactions. Knows no table but the migration's version.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.connections import is_sqlite, parsed, reading_engine, server_engine, shown, sqlite_file, writing_engine
from storage.errors import MIGRATE, DatabaseReadOnly, DatabaseUnavailable, SchemaMismatch, storage_errors
from storage.readers import THREADS, Readers
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
        self._backend: _Backend | None = None

    def __repr__(self) -> str:
        return f"Database({shown(self._url)})"

    async def open(self) -> None:
        """Connect and check rights and tables. Raises SchemaMismatch and every error of a database out of order."""
        if is_sqlite(self._url):
            _check_file(self._url)
        backend = (_File if is_sqlite(self._url) else _Server)(self._url, self._busy_timeout_s)
        try:
            with storage_errors():
                await backend.read(lambda session: _check_schema(session, self._url))
                await backend.open()
        except BaseException:
            await backend.close()
            raise
        self._backend = backend

    async def close(self) -> None:
        """Finish the writes that wait, then disconnect. Safe to call twice."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.close()

    async def read(self, fn: Callable[[Session], T]) -> T:
        """What ``fn`` returned. It sees one state of the database and changes nothing; its rows stay usable.

        As in ``write``, ``fn`` is an ordinary function of the session alone.
        """
        backend = self._opened()
        with storage_errors():
            return await backend.read(fn)

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn`` in one transaction and return what it returned, after the COMMIT; an error undoes all of it.

        ``fn`` is an ordinary function of the session alone: it may run in another thread, and it can wait for nothing
        but the database. When the caller is cancelled while ``fn`` runs, the transaction may still commit.
        """
        backend = self._opened()
        with storage_errors():
            return await backend.write(fn)

    def _opened(self) -> "_Backend":
        if self._backend is None:
            raise DatabaseUnavailable("The database is not open. Call open() first; after close() nothing is stored.")
        return self._backend


class _Backend(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def read(self, fn: Callable[[Session], T]) -> T: ...
    async def write(self, fn: Callable[[Session], T]) -> T: ...


class _File:
    """SQLite."""

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self._readers = Readers(reading_engine(url, busy_timeout_s, THREADS))
        self._writer = Writer(writing_engine(url, busy_timeout_s))
        self.read, self.write, self.open = self._readers.read, self._writer.write, self._writer.open

    async def close(self) -> None:
        await self._writer.close(CLOSE_TIMEOUT_S)
        await self._readers.close()


class _Server:
    """PostgreSQL."""

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self._engine: AsyncEngine = server_engine(url, busy_timeout_s)

    async def open(self) -> None:
        """It connects when it is used."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def read(self, fn: Callable[[Session], T]) -> T:
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            return await session.run_sync(lambda _: fn(session.sync_session))

    async def write(self, fn: Callable[[Session], T]) -> T:
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            return await session.run_sync(lambda _: fn(session.sync_session))


def _check_file(url: URL) -> None:
    """Raise SchemaMismatch where there is no file, DatabaseReadOnly unless it can be written."""
    file = sqlite_file(url)
    if not file.exists():  # connecting would make an empty file
        raise SchemaMismatch(f"There is no database at {file}. Make it: run {_command(url)}.")
    _check_rights(file)


def _check_schema(session: Session, url: URL) -> None:
    """Raise SchemaMismatch unless the tables are those of this version."""
    connection, command = session.connection(), _command(url)
    if not inspect(connection).has_table("alembic_version"):
        raise SchemaMismatch(f"The database has no tables yet. Run {command}.")
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision == SCHEMA_REVISION:
        return
    # Revisions are numbered, so that a database can be told from the future.
    if revision is not None and revision > SCHEMA_REVISION:
        raise SchemaMismatch(
            f"The database was migrated by a newer version (revision {revision}, this one knows {SCHEMA_REVISION}). "
            "Install that version again, or restore a backup from before it."
        )
    raise SchemaMismatch(f"The tables are those of an older version (revision {revision}). Run {command}.")


def _command(url: URL) -> str:
    """What makes the tables. A server is named by DATABASE_URL: its password does not belong in a message."""
    return f"`{MIGRATE} {shown(url)}`" if is_sqlite(url) else f"`{MIGRATE}`"


def _check_rights(file: Path) -> None:
    """Raise DatabaseReadOnly unless the file and the log beside it can be written."""
    for path in (file, file.resolve().parent):
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise DatabaseReadOnly(
                f"{path} is read-only. Give this user the right to write to the database file and its folder."
            )
