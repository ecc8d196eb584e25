"""Queries on ``review_sessions``: who owns a session, and what its owner has saved.

Ownership is a fence: each claim raises it, and a write that carries an older one fails with StaleFence. The lease only
says when an owner that fell silent may be called dead; it protects nothing by itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage.engine import Database
from storage.errors import Forbidden, NotFound
from storage.rows import fenced, insert_new, locked, owned
from storage.tables import ReviewSession, Video
from storage.values import ID_LENGTH, checked_text, now


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def bind(self, session_id: str, user_id: str) -> ReviewSession:
        """The session, made when new. Raises Forbidden when it is bound to another user, NotFound without the user."""
        return await self._database.write(lambda session: _bound(session, session_id, user_id))

    async def claim(self, session_id: str, *, user_id: str, owner: str, lease_s: float) -> ReviewSession:
        """Take the session over (made when new): its fence grows, earlier owners can't write. Raises as ``bind``."""
        return await self._database.write(
            lambda session: _claimed(_bound(session, session_id, user_id), owner, lease_s)
        )

    async def claim_orphan(self, session_id: str, *, user_id: str, owner: str, lease_s: float) -> ReviewSession | None:
        """As ``claim``, but None where somebody holds the session."""

        def claim(session: Session) -> ReviewSession | None:
            row = _bound(session, session_id, user_id)
            held = row.lease_until is not None and row.lease_until >= now()
            return None if held else _claimed(row, owner, lease_s)

        return await self._database.write(claim)

    async def owner(self, session_id: str, *, living: bool = False) -> str | None:
        """The process that has claimed the session and not released it; None also for one that is not there.

        ``living``: only where its lease has not ended.
        """
        query = select(ReviewSession.owner).where(ReviewSession.id == session_id)
        if living:
            query = query.where(col(ReviewSession.lease_until) >= now())
        return await self._database.read(lambda session: session.exec(query).first())

    async def renew(self, session_id: str, fence: int, lease_s: float) -> None:
        """Say that the owner lives. Raises StaleFence, NotFound."""

        def renew(session: Session) -> None:
            row = fenced(session, session_id, fence)
            row.lease_until = now() + timedelta(seconds=lease_s)

        await self._database.write(renew)

    async def checkpoint(
        self,
        session_id: str,
        fence: int,
        state: dict[str, Any],
        *,
        video_id: str | None = None,
        mode: str | None = None,
        unfinished: bool = False,
    ) -> None:
        """Save what a restart needs; a ``video_id`` or ``mode`` of None leaves the stored one.

        ``unfinished``: there is work that a successor has to take up, even when no client comes back.

        Raises StaleFence, NotFound, and Forbidden for somebody else's video.
        """

        def checkpoint(session: Session) -> None:
            row = fenced(session, session_id, fence)
            if video_id is not None:
                row.video_id = owned(locked(session, Video, video_id), row.user_id).id
            if mode is not None:
                row.mode = mode
            row.state, row.unfinished = dict(state), unfinished
            row.last_active_at = row.last_transition_at = now()

        await self._database.write(checkpoint)

    async def release(self, session_id: str, fence: int) -> None:
        """Give the session up in good order. Raises StaleFence, NotFound."""

        def release(session: Session) -> None:
            row = fenced(session, session_id, fence)
            row.owner = row.lease_until = None

        await self._database.write(release)

    async def unfinished(self, session_id: str) -> bool:
        """Whether there is work left in the session: a capture is open, or an utterance is not done."""
        query = select(ReviewSession.unfinished).where(ReviewSession.id == session_id)
        return bool(await self._database.read(lambda session: session.exec(query).first()))

    async def list_unfinished(self, limit: int = 100) -> Sequence[ReviewSession]:
        """Sessions with work left and no living owner, the longest silent first."""
        ended = or_(col(ReviewSession.lease_until).is_(None), col(ReviewSession.lease_until) < now())
        query = select(ReviewSession).where(col(ReviewSession.unfinished), ended)
        query = query.order_by(col(ReviewSession.last_active_at)).limit(limit)
        return await self._database.read(lambda session: session.exec(query).all())

    async def get(self, session_id: str) -> ReviewSession:
        """Raises NotFound."""
        row = await self._database.read(lambda session: session.get(ReviewSession, session_id))
        if row is None:
            raise NotFound("There is no such session. Join it first.")
        return row


def _claimed(row: ReviewSession, owner: str, lease_s: float) -> ReviewSession:
    row.fence += 1
    row.owner = checked_text("owner", owner, ID_LENGTH)
    row.last_active_at = now()
    row.lease_until = row.last_active_at + timedelta(seconds=lease_s)
    return row


def _bound(session: Session, session_id: str, user_id: str) -> ReviewSession:
    session_id = checked_text("session id", session_id, ID_LENGTH)
    at = now()
    insert_new(
        session,
        ReviewSession,
        id=session_id,
        user_id=user_id,
        fence=0,
        state={},
        applied_utterance=0,
        safe_samples=0,
        unfinished=False,
        started_at=at,
        last_active_at=at,
        last_transition_at=at,
    )
    row = locked(session, ReviewSession, session_id)
    if row.user_id != user_id:
        raise Forbidden("This session id is bound to its first user. Start a session with an id of your own.")
    return row
