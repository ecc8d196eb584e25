"""The agent's way to a post: a job in the table, and a word to whoever may take it.

Satisfies ``agent.ports.Poster``.
"""

from collections.abc import Callable

from agent.errors import NotNow
from agent.ports import Mark, NoteRecord
from storage.errors import RevisionConflict
from storage.job_state import JobState
from storage.jobs import Jobs, text_hash

Wake = Callable[[str], None]
"""Told the id of a job that is due. Never waits and never fails: what is not heard is found in the table later."""


class QueuedPoster:
    """Commits the job before anything else hears of it."""

    def __init__(self, jobs: Jobs, wake: Wake) -> None:
        self._jobs = jobs
        self._wake = wake

    async def submit(
        self, note: NoteRecord, *, consent: str, text_sha256: str | None = None, mark: Mark | None = None
    ) -> str:
        """The id of the job. Raises NotNow for a text that is another one by now; errors of the store pass through."""
        seen = text_sha256 or text_hash(note.text)
        try:
            job = await self._jobs.submit(note.id, user_id=note.user_id, consent=consent, text_sha256=seen, mark=mark)
        except RevisionConflict as changed:
            raise NotNow(str(changed)) from None
        self._wake(job.id)
        return job.id

    async def settle(self, note: NoteRecord, *, found: bool, permalink: str | None = None) -> None:
        """What the person says of an unsure comment. Raises NotNow where none is; errors of the store pass through."""
        jobs = await self._jobs.list_for_note(note.id, note.user_id)
        unsure = next((job for job in jobs if job.state == JobState.NEEDS_ATTENTION), None)
        if unsure is None:
            raise NotNow("Nobody asks whether this note's comment is on the site.")
        if found:
            await self._jobs.found(unsure.id, user_id=note.user_id, permalink=permalink)
        else:
            await self._jobs.retry(unsure.id, user_id=note.user_id, absent=True)
            self._wake(unsure.id)
