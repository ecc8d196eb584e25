"""From a URL to SQLAlchemy engines with the right settings for each kind of database. Opens nothing itself."""

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.errors import InvalidValue

POOL_SIZE = 8  # connections that stay open
POOL_OVERFLOW = 8
POOL_WAIT_S = 10.0
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 30.0
LOOK_AGAIN_S = 0.02
WAL_LIMIT_BYTES = 64 * 1024 * 1024  # the log is cut back to this after a checkpoint

_HELP = "Use sqlite:///path/to/file.db or postgresql://user:password@host/name."


def parsed(url: str) -> URL:
    """The URL in SQLAlchemy's terms, with the driver of this project. Raises InvalidValue."""
    try:
        made = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidValue(f"DATABASE_URL is not a URL. {_HELP}") from error
    kind = made.drivername.partition("+")[0]
    if kind == "sqlite":
        if not made.database or made.database == ":memory:":
            raise InvalidValue(f"DATABASE_URL names no file; a database in memory would lose everything. {_HELP}")
        return made.set(drivername="sqlite+pysqlite")
    if kind in ("postgres", "postgresql"):
        query = dict(made.query)
        if "sslmode" in query:  # libpq's name; asyncpg takes the same words as ``ssl``
            query["ssl"] = query.pop("sslmode")
        return made.set(drivername="postgresql+asyncpg", query=query)
    raise InvalidValue(f"DATABASE_URL begins with {kind!r}, which is not supported. {_HELP}")


def sqlite_url(file: Path) -> str:
    """The URL of a file, whatever characters its path has."""
    return f"sqlite:///{quote(str(file))}"


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    return Path(url.database or "")


def shown(url: URL) -> str:
    """The URL as a person typed it, without its password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def server_engine(url: URL, busy_timeout_s: float) -> AsyncEngine:
    """PostgreSQL, for everything."""
    return create_async_engine(
        url,
        hide_parameters=True,  # error texts must not quote what people said
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,  # a restarted server is noticed before a statement is sent
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "server_settings": {
                "application_name": "sidenote",
                "timezone": "UTC",
                "lock_timeout": str(int(busy_timeout_s * 1000)),  # milliseconds
                "statement_timeout": str(int(STATEMENT_TIMEOUT_S * 1000)),
            },
        },
    )


def reading_engine(url: URL, busy_timeout_s: float, connections: int = 1) -> Engine:
    """SQLite only, for reads alone: so many blocking connections."""
    engine = _file_engine(url, busy_timeout_s, connections)
    _prepare_sqlite(engine, begin="BEGIN", pragmas=("query_only=ON",), busy_timeout_s=busy_timeout_s)
    return engine


def writing_engine(url: URL, busy_timeout_s: float) -> Engine:
    """SQLite only: one blocking connection whose transactions take the write lock as they begin.

    synchronous=FULL flushes the log to the disk at each COMMIT, so that what was acknowledged survives a power cut
    too; group commit pays for it (https://sqlite.org/pragma.html#pragma_synchronous).
    """
    engine = _file_engine(url, busy_timeout_s, 1)
    pragmas = ("journal_mode=WAL", "synchronous=FULL", f"journal_size_limit={WAL_LIMIT_BYTES}")
    _prepare_sqlite(engine, begin="BEGIN IMMEDIATE", pragmas=pragmas, busy_timeout_s=busy_timeout_s)
    return engine


def _file_engine(url: URL, busy_timeout_s: float, connections: int) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        connect_args={"timeout": busy_timeout_s, "check_same_thread": False},
    )


def _prepare_sqlite(engine: Engine, *, begin: str, pragmas: tuple[str, ...], busy_timeout_s: float) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver shall not begin transactions by itself
        # SQLite's own lower() knows ASCII alone; people search in their own script.
        connection.create_function("lower", 1, _lower, deterministic=True)
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", *pragmas):
            _execute(cursor, f"PRAGMA {pragma}", busy_timeout_s)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _execute(cursor: sqlite3.Cursor, statement: str, busy_timeout_s: float) -> None:
    """Wait for others where SQLite does not: of processes that make a new file WAL at once, all but one fail."""
    until = time.monotonic() + busy_timeout_s
    while True:
        try:
            cursor.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(LOOK_AGAIN_S)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
