"""A desk whose notes are posted: what the tests of jobs and claims share."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from storage.claims import Claim, Claims
from storage.jobs import Jobs, text_hash
from storage.tables import Note, PostJob
from storage.values import now
from tests.storage.conftest import Desk

LEASE_S = 30.0
PERMALINK = "http://localhost/practice#comment-1"


class Office:
    """A desk with jobs."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.jobs, self.claims = Jobs(desk.database), Claims(desk.database)

    async def firm(self, utterance: int = 1, **given: Any) -> Note:
        note = await self.desk.note(utterance, **given)
        return await self.desk.notes.keep(note.id, user_id="ada")

    async def submit(self, note: Note, consent: str = "click", **given: Any) -> PostJob:
        return await self.jobs.submit(
            note.id, user_id="ada", consent=consent, text_sha256=text_hash(note.text), **given
        )

    async def change(self, note: Note, change: str) -> None:
        notes = self.desk.notes
        match change:
            case "edit":
                await notes.edit(note.id, user_id="ada", text="Something else")
            case "cancel":
                await notes.cancel(note.id, user_id="ada")
            case "delete":
                await notes.delete(note.id, user_id="ada")
            case "withdraw":
                await notes.withdraw("s", 1, self.desk.fence)

    async def claimed(self, job: PostJob, worker: str = "one") -> Claim:
        claim = await self.claims.claim(job.id, worker=worker, lease_s=LEASE_S)
        assert isinstance(claim, Claim)
        return claim

    async def status(self, note: Note) -> str:
        return (await self.desk.notes.get(note.id, "ada")).status

    async def state(self, job: PostJob) -> str:
        return (await self.jobs.get(job.id, "ada")).state

    async def let_lease_end(self, job: PostJob) -> None:
        await self._set(job, lease_until=now() - timedelta(seconds=1))

    async def make_due(self, job: PostJob) -> None:
        await self._set(job, due_at=now())

    async def _set(self, job: PostJob, **values: Any) -> None:
        await self.desk.database.write(
            lambda session: session.connection().execute(
                update(PostJob).where(col(PostJob.id) == job.id).values(**values)
            )
        )

    async def events(self) -> list[tuple[str, str]]:
        return [(entry.actor, entry.event) for entry in reversed(await self.jobs.audit("ada"))]
