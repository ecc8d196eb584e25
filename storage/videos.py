"""Queries on ``videos``: each user has a row of their own for a video, found by (platform, external id)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from storage import library
from storage.engine import Database
from storage.errors import NotFound
from storage.library import Kept
from storage.rows import insert_new, owned
from storage.tables import Video
from storage.values import checked_list, checked_seconds, checked_text, now

TITLE_LENGTH = 500
CHAPTERS_LIMIT = 500
CUES_LIMIT = 20_000  # a caption every second for five hours and a half


class Videos:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def upsert(
        self,
        *,
        user_id: str,
        platform: str,
        external_id: str,
        url: str,
        title: str = "",
        duration_s: float | None = None,
        chapters: Sequence[Mapping[str, Any]] = (),
        cues: Sequence[Mapping[str, Any]] = (),
    ) -> Video:
        """The user's row of this video, made when new. What is missing here never overwrites what is known.

        Raises InvalidValue, and NotFound when the user is not known.
        """
        platform = checked_text("platform", platform, 32)
        external_id = checked_text("id of the video", external_id, 256)
        known: dict[str, Any] = {
            "url": checked_text("URL of the video", url, 2048),
            # A title is for show: a long one is cut, never a reason to refuse the video.
            "title": checked_text("title", title.strip()[:TITLE_LENGTH], TITLE_LENGTH, empty=True),
            "duration_s": None if duration_s is None else checked_seconds("duration", duration_s),
            "chapters": checked_list("chapters", chapters, CHAPTERS_LIMIT),
            "cues": checked_list("cues", cues, CUES_LIMIT),
        }
        fresh_id = uuid.uuid4().hex

        def upsert(session: Session) -> Video:
            key = {"user_id": user_id, "platform": platform, "external_id": external_id}
            at = now()
            insert_new(session, Video, id=fresh_id, **key, **known, created_at=at, updated_at=at)
            found = session.exec(select(Video).filter_by(**key).with_for_update()).one()
            for name, value in known.items():
                if value not in (None, "", []):
                    setattr(found, name, value)
            found.updated_at = at
            return found

        return await self._database.write(upsert)

    async def get(self, video_id: str, user_id: str) -> Video:
        """Raises NotFound, and Forbidden for somebody else's."""
        video = await self._database.read(lambda session: session.get(Video, video_id))
        return owned(_found(video), user_id)

    async def version(self, video_id: str, user_id: str) -> datetime:
        """When a page last said something of the video, without reading what it said. Raises NotFound."""
        query = select(Video.updated_at).where(Video.id == video_id, Video.user_id == user_id)
        found = await self._database.read(lambda session: session.exec(query).one_or_none())
        if found is None:
            raise NotFound("There is no such video. Open it in the browser first, so that it is detected.")
        return found

    async def newest_on(self, user_id: str, platform: str) -> Video | None:
        """The video of a platform that the user opened last."""
        query = select(Video).where(Video.user_id == user_id, Video.platform == platform)
        query = query.order_by(col(Video.updated_at).desc()).limit(1)
        return await self._database.read(lambda session: session.exec(query).first())

    async def library(self, user_id: str, *, query: str = "", limit: int = 50, after: str | None = None) -> list[Kept]:
        """The user's videos with what is kept about them, the one something was last done with first.

        ``query``: part of a title or address, in any case of letters; ``after``: the id of the last video of the page
        before. Raises NotFound where the user has none with that id.
        """
        return await self._database.read(lambda session: library.page(session, user_id, query, limit, after))

    async def names(self, video_ids: Iterable[str], user_id: str) -> Mapping[str, tuple[str, str]]:
        """Title and address of those that are the user's, by id."""
        query = select(Video.id, Video.title, Video.url).where(Video.user_id == user_id)
        query = query.where(col(Video.id).in_(set(video_ids)))
        rows = await self._database.read(lambda session: session.exec(query).all())
        return {video_id: (title, url) for video_id, title, url in rows}


def _found(video: Video | None) -> Video:
    if video is None:
        raise NotFound("There is no such video. Open it in the browser first, so that it is detected.")
    return video
