"""What a worker does with a job, told to everybody who follows its note: each step, and what came of it.

A step is said as it begins; a change of the note only once it is committed. Satisfies ``posting.Claims``.
"""

from typing import Any

from agent.notes import NoteBook
from agent.ports import Hub, NoteRecord
from storage.claims import Claim, Claims
from storage.job_state import JobState
from storage.tables import PostJob

TOOL = "comment"  # what the worker does; the agent's own "post" ends when the job is committed

LOOKED_AGAIN = "The site could not be asked whether the comment is there. It is asked again in a while."
LOST = "The note was changed meanwhile, or another worker goes on with it."


class Announced:
    """The claims of one job under way."""

    def __init__(self, claim: Claim, note: NoteRecord, claims: Claims, book: NoteBook, hub: Hub) -> None:
        self.outcome: str | None = None  # the state that the job came to, once it is known
        self._note = note
        self._claims = claims
        self._book = book
        self._hub = hub
        self._about = {"tool": TOOL, "utterance": note.utterance, "note_id": note.id, "job_id": claim.id}
        self._site, self._attempt = claim.site, claim.attempt

    async def begin(self) -> None:
        """The job is claimed."""
        await self._tell("tool_start", arguments={"site": self._site, "attempt": self._attempt})
        await self.step("claimed")

    async def step(self, name: str) -> None:
        """The worker begins with one of ``posting.STEPS``."""
        await self._tell("tool_progress", durable=False, step=name)

    async def renew(self, job_id: str, fence: int, lease_s: float) -> None:
        await self._claims.renew(job_id, fence, lease_s)

    async def submitting(self, job_id: str, fence: int, lease_s: float) -> None:
        await self._claims.submitting(job_id, fence, lease_s)
        await self._note_changed()

    async def give_back(self, job_id: str, fence: int) -> None:
        await self._claims.give_back(job_id, fence)
        await self._note_changed()

    async def posted(self, job_id: str, fence: int, *, external_id: str | None, permalink: str | None) -> PostJob:
        return await self._ended(await self._claims.posted(job_id, fence, external_id=external_id, permalink=permalink))

    async def later(self, job_id: str, fence: int, *, reason: str, delay_s: float, absent: bool = False) -> PostJob:
        return await self._ended(await self._claims.later(job_id, fence, reason=reason, delay_s=delay_s, absent=absent))

    async def failed(self, job_id: str, fence: int, *, reason: str, absent: bool = False) -> PostJob:
        return await self._ended(await self._claims.failed(job_id, fence, reason=reason, absent=absent))

    async def attention(self, job_id: str, fence: int, *, reason: str, absent: bool = False) -> PostJob:
        return await self._ended(await self._claims.attention(job_id, fence, reason=reason, absent=absent))

    async def lost(self) -> None:
        """The job is no longer this worker's: nothing more is done about it here."""
        self.outcome = "lost"
        await self._tell("tool_result", ok=False, reason="lost", message=LOST)

    async def unsure(self) -> None:
        """The site could not be asked what became of an earlier click."""
        self.outcome = "unsure"
        await self._tell("tool_result", ok=False, reason="unsure", message=LOOKED_AGAIN)

    async def _ended(self, job: PostJob) -> PostJob:
        self.outcome = job.state
        if job.state == JobState.POSTED:
            await self._tell("tool_result", ok=True, permalink=job.external_permalink)
        else:
            await self._tell("tool_result", ok=False, reason=job.state, message=job.reason)
        await self._note_changed()
        return job

    async def _note_changed(self) -> None:
        await self._book.look_again(self._note.id, self._note.user_id)

    async def _tell(self, event: str, *, durable: bool = True, **more: Any) -> None:
        payload = {**self._about, **more}
        for topic in self._book.topics(self._note):
            await self._hub.publish(topic, event, payload, durable=durable)
