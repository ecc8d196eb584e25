"""The notebook: changes notes in the table and tells everybody who follows them.

Every change of a note, whoever asks for it, ends here. It knows nothing of runs: ``agent.commands`` does.
"""

import hashlib
from typing import Any

from agent.errors import NotNow, PostingUnavailable
from agent.events import Consent
from agent.ports import Hub, Mark, NoteRecord, NoteStore, Poster, Telemetry

GHOST = "ghost"
LIVE = frozenset({GHOST, "firmed", "pending_post", "posting", "posted", "failed", "needs_attention"})
POSTABLE = frozenset({GHOST, "firmed", "failed", "needs_attention"})


def text_hash(text: str) -> str:
    """SHA-256 of the exact text, in hexadecimal: what a consent is for."""
    return hashlib.sha256(text.encode()).hexdigest()


def note_payload(note: NoteRecord) -> dict[str, Any]:
    """The shape of a note on every topic, in REST answers and in ``--json`` output."""
    return {
        "id": note.id,
        "session_id": note.session_id,
        "video_id": note.video_id,
        "utterance": note.utterance,
        "part": note.part,
        "text": note.text,
        "transcript": note.transcript,
        "category": note.category,
        "confidence": round(note.confidence, 3),
        "coverage": None if note.coverage is None else round(note.coverage, 3),
        "timestamp_s": round(note.timestamp_s, 3),
        "status": note.status,
        "reason": note.status_reason,
        "revision": note.revision,
        "permalink": note.external_permalink,
    }


class NoteBook:
    """Writes notes and broadcasts what changed: on the video's topic, and mirrored for the session and the user."""

    def __init__(self, store: NoteStore, hub: Hub, poster: Poster, telemetry: Telemetry | None = None) -> None:
        """``telemetry`` counts the notes that are made, where any are."""
        self.store = store
        self._hub = hub
        self._poster = poster
        self._telemetry = telemetry

    async def create(self, *, session_id: str, utterance: int, **fields: Any) -> NoteRecord:
        note = await self.store.create(session_id=session_id, utterance=utterance, **fields)
        await self._made(note, "spoken")
        return note

    async def write(self, **fields: Any) -> NoteRecord:
        """A note that a person typed; one that is said again is told again, since the first may never have been."""
        note = await self.store.write(**fields)
        await self._made(note, "written")
        return note

    async def extend(self, note: NoteRecord, **fields: Any) -> NoteRecord | None:
        """Give a ghost the whole of what was said after more of it came. None where it has been decided on."""
        extended = await self.store.extend(note.id, user_id=note.user_id, **fields)
        if extended:
            await self._tell("note_updated", extended)
        return extended

    async def edit(
        self,
        note: NoteRecord,
        *,
        text: str | None = None,
        category: str | None = None,
        timestamp_s: float | None = None,
        expected_revision: int | None = None,
        mark: Mark | None = None,
    ) -> NoteRecord:
        changed = await self.store.edit(
            note.id,
            user_id=note.user_id,
            text=text,
            category=category,
            timestamp_s=timestamp_s,
            expected_revision=expected_revision,
            mark=mark,
        )
        await self._tell("note_updated", changed)
        return changed

    async def keep(self, note: NoteRecord, *, mark: Mark | None = None) -> NoteRecord:
        kept = await self.store.keep(note.id, user_id=note.user_id, mark=mark)
        await self._tell("note_updated", kept)
        return kept

    async def post(
        self, note: NoteRecord, consent: Consent, *, text_sha256: str | None = None, mark: Mark | None = None
    ) -> NoteRecord:
        """Firm the note and commit a job for it.

        Raises PostingUnavailable when no way to post is set up (the note is firmed all the same), NotNow when the note
        is on its way already or its text is no longer the one with this hash.
        """
        if note.status not in POSTABLE:
            raise NotNow(f"The note is {note.status}: it can't be posted again.")
        if consent is Consent.AUTO and note.status != GHOST:
            raise NotNow("The note was decided on meanwhile: it is not posted by itself any more.")
        try:
            await self._poster.submit(note, consent=consent, text_sha256=text_sha256, mark=mark)
        except PostingUnavailable:
            if note.status == GHOST:
                await self.keep(note, mark=mark)
            raise
        queued = await self.store.get(note.id, note.user_id)
        await self._tell("note_updated", queued)
        return queued

    async def settle(self, note: NoteRecord, *, found: bool, permalink: str | None = None) -> NoteRecord:
        """What the person says of a comment that may be on the site. Raises PostingUnavailable, NotNow."""
        await self._poster.settle(note, found=found, permalink=permalink)
        settled = await self.store.get(note.id, note.user_id)
        await self._tell("note_updated", settled)
        return settled

    async def scratch(self, note: NoteRecord, *, mark: Mark | None = None) -> NoteRecord:
        cancelled = await self.store.cancel(note.id, user_id=note.user_id, mark=mark)
        await self._tell("note_cancelled", cancelled)
        return cancelled

    async def withdraw(self, session_id: str, utterance: int, fence: int) -> None:
        """Take back whatever an utterance made."""
        for note in await self.store.withdraw(session_id, utterance, fence):
            await self._tell("note_cancelled", note)

    async def delete(self, note: NoteRecord) -> None:
        gone = await self.store.delete(note.id, user_id=note.user_id)
        await self._tell("note_cancelled", gone, deleted=True)

    async def live(self, session_id: str, before: int, without: int | None = None) -> list[NoteRecord]:
        """The session's notes that are not cancelled, written or of utterances before ``before`` but ``without``.

        In the order in which they were made.
        """
        notes = [note for note in await self._live(session_id) if without is None or note.utterance != without]
        return [note for note in notes if note.utterance is None or note.utterance < before]

    async def of(self, session_id: str, utterance: int) -> NoteRecord | None:
        """The note that an utterance has made or gone on with, unless it is cancelled."""
        return next((note for note in await self._live(session_id) if note.utterance == utterance), None)

    async def _live(self, session_id: str) -> list[NoteRecord]:
        return [note for note in await self.store.list_for_session(session_id) if note.status in LIVE]

    async def look_again(self, note_id: str, user_id: str) -> None:
        """Tell of a note that somebody else has changed in the table. Errors of the store pass through."""
        await self._tell("note_updated", await self.store.get(note_id, user_id))

    def topics(self, note: NoteRecord) -> list[str]:
        """Where whoever follows the note hears of it."""
        session = [f"session:{note.session_id}"] if note.session_id else []
        return [f"video:{note.video_id}", *session, f"user:{note.user_id}"]

    async def _made(self, note: NoteRecord, origin: str) -> None:
        if self._telemetry:
            self._telemetry.record("notes", 1, origin=origin)
        await self._tell("note_created", note)

    async def _tell(self, event: str, note: NoteRecord, *, deleted: bool = False) -> None:
        payload: dict[str, Any] = {"note": note_payload(note), "utterance": note.utterance}
        if deleted:
            payload["deleted"] = True
        for topic in self.topics(note):
            await self._hub.publish(topic, event, payload)
