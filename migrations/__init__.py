"""Brings a database to the tables of this version, with Alembic. Safe to run from several processes at once.

Knows the tables and nothing else of the project. Revisions are numbered ("0001"), so that a database from a newer
version can be told from an older one.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL

from storage.connections import is_sqlite, parsed, reading_engine, server_engine, sqlite_file, writing_engine
from storage.errors import SchemaMismatch, storage_errors

T = TypeVar("T")

LOCK_WAIT_S = 60.0  # for another process that migrates
_LOCK_KEY = 0x51DE_07E5  # of PostgreSQL's advisory lock; any constant number of ours


async def upgrade(url: str) -> None:
    """Bring the tables to this version; makes the file of a SQLite database. Does nothing when they are.

    Raises SchemaMismatch for a database from a newer version, and every error of a database that can't be used.
    """

    def run(connection: Connection) -> None:
        _refuse_newer(_revision(connection))
        command.upgrade(_config(connection), "head")

    await locked(parsed(url), run)


async def downgrade(url: str, revision: str) -> None:
    """Take migrations back to ``revision`` ("base": all of them), losing what only newer tables hold."""

    def run(connection: Connection) -> None:
        _refuse_newer(_revision(connection))
        command.downgrade(_config(connection), revision)

    await locked(parsed(url), run)


async def current(url: str) -> str | None:
    """The revision of the database; None before the first migration."""
    where = parsed(url)
    if is_sqlite(where) and not sqlite_file(where).exists():
        return None
    with storage_errors():
        if is_sqlite(where):
            return await asyncio.to_thread(_run_sqlite, reading_engine(where, LOCK_WAIT_S), _revision)
        engine = server_engine(where, LOCK_WAIT_S)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(_revision)
        finally:
            await engine.dispose()


def head() -> str:
    """The newest revision this version knows."""
    revision = ScriptDirectory.from_config(_config(None)).get_current_head()
    if revision is None:
        raise SchemaMismatch("The migrations of this program are missing. Install it again.")
    return revision


async def locked(url: URL, run: Callable[[Connection], None]) -> None:
    """``run`` in one transaction that no other migration runs beside."""
    with storage_errors():
        if is_sqlite(url):
            engine_of_file = writing_engine(url, LOCK_WAIT_S)  # its BEGIN IMMEDIATE is the lock
            await asyncio.to_thread(_run_sqlite, engine_of_file, run)
            return
        engine = server_engine(url, LOCK_WAIT_S)
        try:
            async with engine.begin() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
                await connection.run_sync(run)
        finally:
            await engine.dispose()


def _run_sqlite(engine: Engine, run: Callable[[Connection], T]) -> T:
    try:
        with engine.begin() as connection:
            return run(connection)
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision > head():
        raise SchemaMismatch(
            f"The database was migrated by a newer version (revision {revision}, this one knows {head()}). "
            "Install that version again, or restore a backup from before it."
        )


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
