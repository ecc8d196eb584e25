"""What every family of queries needs inside a transaction: lock a row, insert unless there, check the fence."""

from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from storage.errors import Forbidden, NotFound, StaleFence
from storage.tables import ReviewSession

Row = TypeVar("Row", bound=SQLModel)


def insert_new(session: Session, table: type[SQLModel], **values: Any) -> None:
    """Insert the row unless one with the same key (or another unique column) is there."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.connection().execute(insert(table).values(**values).on_conflict_do_nothing())


def locked(session: Session, table: type[Row], row_id: str) -> Row:
    """The row, held against other writers until the transaction ends. Raises NotFound.

    SQLite ignores FOR UPDATE: there the whole transaction holds the write lock already.
    """
    row = session.get(table, row_id, with_for_update=True)
    if row is None:
        raise NotFound(f"There is no such {table.__name__.lower()}. It may have been deleted: reload the list.")
    return row


def owned(row: Row, user_id: str) -> Row:
    """The row itself. Raises Forbidden when it belongs to somebody else (the row must have ``user_id``)."""
    if getattr(row, "user_id") != user_id:  # noqa: B009 - Row is any of the tables with that column
        name = type(row).__name__.lower()
        raise Forbidden(f"This {name} belongs to another user. Sign in as that user, or open one of your own.")
    return row


def fenced(session: Session, session_id: str, fence: int) -> ReviewSession:
    """The review session, locked. Raises NotFound, and StaleFence when another owner has claimed it since."""
    row = session.get(ReviewSession, session_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such session. Join it first.")
    if row.fence != fence:
        raise StaleFence(
            f"Another process has taken over the session (fence {row.fence}, not {fence}). Stop writing to it."
        )
    return row
