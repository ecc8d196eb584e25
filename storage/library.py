"""The library: a user's videos, each with how many notes stand about it. One query a page, however many notes.

Opens no transaction of its own: ``Videos.library`` does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, or_, select, tuple_
from sqlmodel import Session, col

from storage.errors import NotFound
from storage.note_status import NoteStatus
from storage.tables import Note, Video
from storage.values import UtcDateTime


@dataclass(frozen=True, slots=True)
class Kept:
    """A video and what is kept about it. Notes that were cancelled or deleted don't count."""

    id: str
    platform: str
    external_id: str
    url: str
    title: str
    duration_s: float | None
    notes: int
    unposted: int
    newest_note_at: datetime | None
    updated_at: datetime  # opened, or its newest note made, whichever was later


def page(session: Session, user_id: str, query: str, limit: int, after: str | None) -> list[Kept]:
    """Raises NotFound where ``after`` is the id of no video of the user."""
    every, place = _videos(user_id)
    wanted = every.order_by(*(part.desc() for part in place)).limit(limit)
    if query:
        wanted = wanted.where(or_(*(col(text).icontains(query, autoescape=True) for text in (Video.title, Video.url))))
    if after is not None:
        last = session.connection().execute(every.where(col(Video.id) == after)).one_or_none()
        if last is None:
            raise NotFound("There is no such video. Load the list from its beginning.")
        wanted = wanted.where(tuple_(*place) < tuple_(literal(last.updated_at, UtcDateTime()), literal(last.id)))
    return [Kept(**row) for row in session.connection().execute(wanted).mappings()]


def _videos(user_id: str) -> tuple[Select[*tuple[Any, ...]], tuple[Any, Any]]:
    """The user's videos as ``Kept`` has them, and what their order goes by."""
    unposted = case((col(Note.status) == NoteStatus.POSTED, 0), else_=1)
    standing = (
        select(
            col(Note.video_id),
            func.count().label("notes"),
            func.sum(unposted).label("unposted"),
            func.max(col(Note.created_at)).label("newest"),
        )
        .where(col(Note.user_id) == user_id, col(Note.status) != NoteStatus.CANCELLED, col(Note.deleted_at).is_(None))
        .group_by(col(Note.video_id))
        .subquery()
    )
    counts, opened = standing.c, col(Video.updated_at)
    active = case((counts.newest > opened, counts.newest), else_=opened)
    columns: tuple[Any, ...] = (
        *(Video.id, Video.platform, Video.external_id, Video.url, Video.title, Video.duration_s),
        func.coalesce(counts.notes, 0).label("notes"),
        func.coalesce(counts.unposted, 0).label("unposted"),
        counts.newest.label("newest_note_at"),
        active.label("updated_at"),
    )
    videos = select(*columns).outerjoin(standing, counts.video_id == Video.id).where(col(Video.user_id) == user_id)
    return videos, (active, col(Video.id))
