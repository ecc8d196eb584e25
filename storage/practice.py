"""Queries on ``practice_comments``: the comments of the practice page, for everybody who can reach the server.

Kept whole and in small number: nobody's words are deleted to make room.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from storage.engine import Database
from storage.errors import StorageError
from storage.tables import PracticeComment
from storage.values import ID_LENGTH, checked_seconds, checked_text, now

TEXT_LENGTH = 500  # characters
KEPT = 1000  # comments in all
A_MINUTE = 30  # comments in all
MINUTE = timedelta(minutes=1)


class PracticeFull(StorageError):
    """As many comments are kept as may be."""


class PracticeBusy(StorageError):
    """Too many comments in the last minute."""

    retryable = True

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s  # until there is room for another one


class PracticeComments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, text: str, at_s: float, author: str) -> PracticeComment:
        """Keep a comment on a second of the video; ``author`` is a hash that tells browsers apart.

        Raises InvalidValue, PracticeFull and PracticeBusy.
        """
        comment = PracticeComment(
            id=uuid.uuid4().hex,
            author=checked_text("author", author, ID_LENGTH),
            text=checked_text("comment", text, TEXT_LENGTH),
            at_s=checked_seconds("time in the video", at_s),
        )

        def add(session: Session) -> PracticeComment:
            _let_one_in(session)
            _check_room(session)
            comment.created_at = now()
            session.add(comment)
            return comment

        return await self._database.write(add)

    async def list(self, limit: int = 500) -> Sequence[PracticeComment]:
        """The first in the video before the later ones; of those at the same second, the older one first."""
        order = (col(PracticeComment.at_s), col(PracticeComment.created_at), col(PracticeComment.id))
        query = select(PracticeComment).order_by(*order).limit(limit)
        return await self._database.read(lambda session: session.exec(query).all())


def _let_one_in(session: Session) -> None:
    """Hold off other writers, so that two can't both take the last place. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE practice_comments IN SHARE ROW EXCLUSIVE MODE"))


def _check_room(session: Session) -> None:
    if session.exec(select(func.count()).select_from(PracticeComment)).one() >= KEPT:
        raise PracticeFull(
            f"The practice page is full: it keeps {KEPT} comments and deletes none. "
            "Make room by deleting rows of the table practice_comments."
        )
    at = now()
    # What a clock that was set back shows as written in the future is no reason to wait.
    newest_first = select(PracticeComment.created_at).where(PracticeComment.created_at <= at)
    counted = session.exec(
        newest_first.order_by(col(PracticeComment.created_at).desc()).offset(A_MINUTE - 1).limit(1)
    ).first()
    if counted is not None and counted + MINUTE > at:
        wait_s = (counted + MINUTE - at).total_seconds()
        raise PracticeBusy(f"{A_MINUTE} comments a minute are taken here. Try again in a minute.", wait_s)
