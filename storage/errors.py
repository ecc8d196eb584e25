"""What can go wrong in the store, whether it may be tried again, and what the person can do.

    StorageError
    ├── DatabaseLocked       somebody else holds the write lock: tried again
    ├── DatabaseUnavailable  the server or file can't be reached, or is too slow: tried again
    ├── DatabaseReadOnly     rights on the file or role: fix them
    ├── DatabaseDamaged      the file is not a sound database: restore a backup
    ├── DiskFull             no space left: free some
    ├── SchemaMismatch       not migrated, or migrated by a newer version: the message names the command
    ├── StaleFence           another process owns the session now: stop writing
    ├── NotFound             no such row
    ├── Forbidden            the row belongs to somebody else
    ├── RevisionConflict     the note changed meanwhile: look at ``current`` and edit again
    ├── InvalidTransition    the note's status does not allow it (see note_status.py)
    ├── AudioOutOfOrder      the chunk does not continue what is stored: go on at ``expected``
    └── InvalidValue         a value breaks a rule of its column: fix the caller (also a ValueError)

``error_from`` is the only place that knows what the drivers call these. Messages never hold stored words.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StorageError(Exception):
    """Base of all storage errors. ``retryable`` says whether the same call may succeed later."""

    retryable: bool = False
    fenced: bool = False  # another process owns the session now


class DatabaseLocked(StorageError):
    retryable = True


class DatabaseUnavailable(StorageError):
    retryable = True


class DatabaseReadOnly(StorageError):
    pass


class DatabaseDamaged(StorageError):
    pass


class DiskFull(StorageError):
    pass


class SchemaMismatch(StorageError):
    pass


class StaleFence(StorageError):
    fenced = True


class NotFound(StorageError):
    pass


class Forbidden(StorageError):
    pass


class RevisionConflict(StorageError):
    def __init__(self, message: str, current: int) -> None:
        super().__init__(message)
        self.current = current  # the revision that is stored


class InvalidTransition(StorageError):
    pass


class AudioOutOfOrder(StorageError):
    def __init__(self, message: str, capture: int | None, expected: int) -> None:
        super().__init__(message)
        self.capture = capture  # the capture that is being stored, None before the first
        self.expected = expected  # samples of it that are safe


class InvalidValue(StorageError, ValueError):
    pass


# The whole database is in trouble, not one write: everything that shares the transaction fails with it.
FATAL = (DatabaseLocked, DatabaseUnavailable, DatabaseReadOnly, DatabaseDamaged, DiskFull)

MIGRATE = "python -m migrations upgrade"

_LOCKED = (
    DatabaseLocked,
    "The database is locked by another program. Try again; if it stays, close what else uses it (a backup, a shell).",
)
_UNREACHABLE = (
    DatabaseUnavailable,
    "The database can't be reached. Check that its server runs and DATABASE_URL; work goes on when it is back.",
)
_READ_ONLY = (
    DatabaseReadOnly,
    "The database is read-only. Give this user the right to write to the database file and its folder, or to the role.",
)
_DAMAGED = (DatabaseDamaged, "The file is not a sound database. Stop the program and restore it from a backup.")
_FULL = (DiskFull, "The disk of the database is full. Free some space; nothing that was acknowledged is lost.")
_SCHEMA = (SchemaMismatch, f"The tables are not those of this version. Run `{MIGRATE}`.")
_NO_PARENT = (NotFound, "A row that this one refers to is missing. Create the user, video or session first.")
_BAD_TEXT = (InvalidValue, "The text holds characters that can't be stored. Remove them and try again.")
_REFUSED = (
    DatabaseUnavailable,
    "The database server refused the connection. Check the user, the password and the database name in DATABASE_URL.",
)
_SLOW = (DatabaseUnavailable, "The database took too long to answer. Try again when it is less busy.")

_Kind = tuple[type[StorageError], str]

# Primary result codes, https://sqlite.org/rescode.html
_SQLITE: dict[int, _Kind] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: (
        DatabaseUnavailable,
        "The database file can't be opened. Check that its folder exists and that this user may read and write in it.",
    ),
    sqlite3.SQLITE_IOERR: (
        DatabaseUnavailable,
        "The disk of the database failed to read or write. Check the disk and its free space, then start again.",
    ),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

# SQLSTATE or its class (first two), https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES: dict[str, _Kind] = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,  # the server is stopping or starting
    "53": _UNREACHABLE,  # too many connections, out of memory
    "53100": _FULL,
    "28": _REFUSED,
    "3D000": _REFUSED,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,  # the role lacks the right
    "40": _LOCKED,  # serialization failure, deadlock
    "55P03": _LOCKED,  # lock_timeout
    "57014": _SLOW,  # statement_timeout
    "42P01": _SCHEMA,
    "42703": _SCHEMA,
    "23503": _NO_PARENT,
    "22021": _BAD_TEXT,
    "22P05": _BAD_TEXT,
}


def error_from(error: BaseException) -> StorageError | None:
    """The storage error that a driver's or SQLAlchemy's error means; None for an error that is not the database's."""
    if isinstance(error, StorageError):
        return error
    meant = _translated(error)
    if meant is not None:
        meant.__cause__ = error
    return meant


def _translated(error: BaseException) -> StorageError | None:
    cause: BaseException = error
    if isinstance(error, StatementError) and error.orig is not None:
        cause = error.orig
    if isinstance(cause, StorageError):  # a column type refused its value
        return cause
    kind = _kind(cause)
    if kind is None and isinstance(error, DBAPIError) and error.connection_invalidated:
        kind = _UNREACHABLE
    if kind is not None:
        return kind[0](kind[1])
    if isinstance(error, SQLAlchemyError) or isinstance(cause, sqlite3.Error) or _sqlstate(cause):
        # The driver's own words may quote a row: only its name is passed on.
        code = _sqlstate(cause) or getattr(cause, "sqlite_errorname", "")
        return StorageError(
            f"The database refused the statement ({type(cause).__name__} {code}). Report this as a bug."
        )
    return None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise what the drivers raise inside as the storage error it means."""
    try:
        yield
    except Exception as error:
        translated = error_from(error)
        if translated is None or translated is error:
            raise
        raise translated from error  # the log shows both


def _kind(cause: BaseException) -> _Kind | None:
    if isinstance(cause, sqlite3.Error):
        return _sqlite_kind(cause)
    state = _sqlstate(cause)
    if state:
        return next((_POSTGRES[key] for key in (state, state[:3], state[:2]) if key in _POSTGRES), None)
    if isinstance(cause, PoolTimeout | TimeoutError):
        return _SLOW
    # asyncpg's InterfaceError carries no SQLSTATE: the connection was lost under it.
    if isinstance(cause, OSError) or "InterfaceError" in type(cause).__name__:
        return _UNREACHABLE
    return None


def _sqlite_kind(cause: sqlite3.Error) -> _Kind | None:
    code = getattr(cause, "sqlite_errorcode", 0)  # missing on errors of the Python module itself
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return _NO_PARENT
    if code & 0xFF == sqlite3.SQLITE_ERROR and str(cause).startswith(("no such table", "no such column")):
        return _SCHEMA
    return _SQLITE.get(code & 0xFF)


def _sqlstate(cause: BaseException) -> str | None:
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None
