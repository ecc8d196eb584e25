"""The one application service for note commands: topics, REST and voice all come through here.

A note that a run is still confirming is decided by that run; any other is changed at once.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.events import Consent, KeepAsked, NoteSettled, PostAsked, RunEvent, ScratchAsked
from agent.notes import NoteBook, note_payload
from agent.ports import Mark, NoteRecord

__all__ = ["NoteCommands", "note_payload"]


class Decider(Protocol):
    """A live session, as far as its notes are concerned."""

    def confirming(self, note_id: str) -> int | None:
        """The utterance whose run holds this note, or None."""
        ...

    async def decide(self, ask: RunEvent) -> NoteRecord: ...

    def deliver(self, event: RunEvent) -> object: ...


class NoteCommands:
    """Edit, keep, post, scratch and delete notes of one's own. Errors of the store pass through."""

    def __init__(self, book: NoteBook, find_session: Callable[[str], Decider | None]) -> None:
        self._book = book
        self._find_session = find_session

    async def edit(
        self,
        note_id: str,
        *,
        user_id: str,
        text: str | None = None,
        category: str | None = None,
        timestamp_s: float | None = None,
        expected_revision: int | None = None,
        mark: Mark | None = None,
    ) -> NoteRecord:
        note = await self._book.store.get(note_id, user_id)
        edited = await self._book.edit(
            note,
            text=text,
            category=category,
            timestamp_s=timestamp_s,
            expected_revision=expected_revision,
            mark=mark,
        )
        self._settled(edited)
        return edited

    async def keep(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> NoteRecord:
        note = await self._book.store.get(note_id, user_id)
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            return await session.decide(KeepAsked(utterance))
        return await self._book.keep(note, mark=mark)

    async def post(
        self, note_id: str, *, user_id: str, consent: Consent = Consent.CLICK, mark: Mark | None = None
    ) -> NoteRecord:
        """Raises PostingUnavailable (the note is firmed all the same) and NotNow."""
        note = await self._book.store.get(note_id, user_id)
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            return await session.decide(PostAsked(utterance, consent))
        return await self._book.post(note, consent, mark=mark)

    async def scratch(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> NoteRecord:
        note = await self._book.store.get(note_id, user_id)
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            return await session.decide(ScratchAsked(utterance))
        return await self._book.scratch(note, mark=mark)

    async def delete(self, note_id: str, *, user_id: str) -> None:
        note = await self._book.store.get(note_id, user_id)
        await self._book.delete(note)
        self._settled(note)

    async def for_video(self, video_id: str, user_id: str) -> Sequence[NoteRecord]:
        return await self._book.store.list_for_video(video_id, user_id)

    async def for_session(self, session_id: str) -> Sequence[NoteRecord]:
        return await self._book.store.list_for_session(session_id)

    def _run_of(self, note: NoteRecord) -> tuple[Decider | None, int | None]:
        session = self._find_session(note.session_id) if note.session_id else None
        return session, session.confirming(note.id) if session else None

    def _settled(self, note: NoteRecord) -> None:
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            session.deliver(NoteSettled(utterance))
