"""The agent's way to a post: a job in the table, and a word to whoever may take it.

Satisfies ``agent.ports.Poster``.
"""

from collections.abc import Callable

from agent.errors import NotNow
from agent.ports import Mark, NoteRecord
from storage.errors import RevisionConflict
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
