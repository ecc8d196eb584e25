"""Notes of this machine's user, and posts of them in any state, written straight into the database."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from channels.videos import PRACTICE_URL, video_of
from server.identity import LOCAL_USER
from server.settings import Settings
from server.wiring import open_database
from storage.claims import Claim, Claims
from storage.engine import Database
from storage.job_state import HELD, JobState
from storage.jobs import Jobs, text_hash
from storage.notes import Notes
from storage.practice import PracticeComments
from storage.sessions import Sessions
from storage.tables import Note, PostJob
from storage.users import Users
from storage.videos import Videos

PATIENCE_S = 60.0  # for another process


def free_port() -> int:
    """A port of this machine that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Notepad:
    database: Database
    fence: int

    async def jot(self, text: str, *, number: int = 1, url: str = PRACTICE_URL, at_s: float = 12.0) -> Note:
        """A note of the local user. ``number``: of its utterance, each once."""
        video = video_of(url)
        row = await Videos(self.database).upsert(
            user_id=LOCAL_USER, platform=video.platform, external_id=video.external_id, url=video.url
        )
        return await Notes(self.database).create(
            session_id="s1",
            fence=self.fence,
            utterance=number,
            user_id=LOCAL_USER,
            video_id=row.id,
            text=text,
            transcript=text,
            category="other",
            confidence=0.9,
            timestamp_s=at_s,
            engine="test",
        )

    async def due(self, note: Note) -> PostJob:
        """A post of the note that is due."""
        return await Jobs(self.database).submit(
            note.id, user_id=LOCAL_USER, consent="click", text_sha256=text_hash(note.text)
        )

    async def claimed(self, note: Note, *, lease_s: float = 30.0) -> Claim:
        """A post of the note that a worker holds, who says no more."""
        job = await self.due(note)
        claim = await Claims(self.database).claim(job.id, worker="gone", lease_s=lease_s)
        assert isinstance(claim, Claim)
        return claim

    async def failed(self, note: Note, reason: str = "The video is gone, or private.") -> PostJob:
        claim = await self.claimed(note)
        return await Claims(self.database).failed(claim.id, claim.fence, reason=reason)

    async def unsure(self, note: Note, reason: str = "The comment may have been sent.") -> PostJob:
        """A post of which nobody knows whether it is on the site."""
        claim, claims = await self.claimed(note), Claims(self.database)
        await claims.submitting(claim.id, claim.fence, 30.0)
        return await claims.attention(claim.id, claim.fence, reason=reason)

    async def posted(self, note: Note, permalink: str = "https://site.example/#1") -> PostJob:
        claim, claims = await self.claimed(note), Claims(self.database)
        await claims.submitting(claim.id, claim.fence, 30.0)
        return await claims.posted(claim.id, claim.fence, external_id=claim.id, permalink=permalink)

    async def job(self, job_id: str) -> PostJob:
        return await Jobs(self.database).get(job_id, LOCAL_USER)

    async def jobs(self) -> Sequence[PostJob]:
        return await Jobs(self.database).list_for_user(LOCAL_USER)

    async def until(self, job_id: str, *states: JobState) -> PostJob:
        """The job once another process has brought it to one of these states."""
        async with asyncio.timeout(PATIENCE_S):
            while (job := await self.job(job_id)).state not in states:  # noqa: ASYNC110 - another process's work
                await asyncio.sleep(0.02)
        return job

    async def settled(self, job_id: str) -> PostJob:
        """The job once another process has brought it to rest."""
        return await self.until(job_id, *(set(JobState) - HELD - {JobState.QUEUED}))

    async def wall(self) -> list[tuple[str, str]]:
        """Ids and texts of the comments of the practice page."""
        return [(comment.id, comment.text) for comment in await PracticeComments(self.database).list()]


@asynccontextmanager
async def notepad(settings: Settings) -> AsyncIterator[Notepad]:
    async with open_database(settings) as database:
        await Users(database).ensure(LOCAL_USER)
        session = await Sessions(database).claim("s1", user_id=LOCAL_USER, owner="test", lease_s=600)
        yield Notepad(database, session.fence)
