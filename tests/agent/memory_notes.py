"""The notes table in memory, for unit tests of the agent alone."""

from dataclasses import dataclass, replace
from typing import Any

from agent.ports import Mark, NoteRecord


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    session_id: str | None
    utterance: int | None
    part: int
    user_id: str
    video_id: str
    text: str
    transcript: str
    category: str
    confidence: float
    timestamp_s: float
    coverage: float | None = None
    status: str = "ghost"
    status_reason: str | None = None
    revision: int = 1
    external_permalink: str | None = None


class MemoryNotes:
    """The notes table in memory; ``failures`` are raised one a call before anything works again."""

    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}
        self.failures: list[Exception] = []
        self.marks: list[Mark | None] = []

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def create(
        self, *, session_id: str, fence: int, utterance: int, part: int = 0, engine: str, **rest: Any
    ) -> Note:
        self._fail()
        id_ = f"{session_id}-{utterance}-{part}"
        note = Note(id=id_, session_id=session_id, utterance=utterance, part=part, **rest)
        return self.notes.setdefault(id_, note)

    async def write(self, *, user_id: str, video_id: str, text: str, client_ref: str, **rest: Any) -> Note:
        self._fail()
        note = Note(
            id=f"{user_id}-{video_id}-{client_ref}",
            user_id=user_id,
            video_id=video_id,
            utterance=None,
            part=0,
            text=text,
            transcript=text,
            confidence=1.0,
            status="firmed",
            **rest,
        )
        return self.notes.setdefault(note.id, note)

    async def extend(
        self,
        note_id: str,
        *,
        session_id: str,
        fence: int,
        user_id: str,
        timestamp_s: float | None = None,
        engine: str,
        **change: Any,
    ) -> Note | None:
        self._fail()
        note = self.notes[note_id]
        if note.utterance == change["utterance"]:
            return note
        if note.status != "ghost":
            return None
        at_s = note.timestamp_s if timestamp_s is None else timestamp_s
        return self._put(replace(note, timestamp_s=at_s, revision=note.revision + 1, **change))

    async def edit(self, note_id: str, *, user_id: str, mark: Mark | None = None, **change: Any) -> Note:
        self._fail()
        self.marks.append(mark)
        fields = {name: value for name, value in change.items() if value is not None and name != "expected_revision"}
        note = self.notes[note_id]
        return self._put(replace(note, status="firmed", revision=note.revision + 1, **fields))

    async def keep(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> Note:
        self._fail()
        return self._put(replace(self.notes[note_id], status="firmed"))

    async def cancel(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> Note:
        self._fail()
        return self._put(replace(self.notes[note_id], status="cancelled"))

    async def delete(self, note_id: str, *, user_id: str) -> Note:
        return self.notes.pop(note_id)

    async def withdraw(self, session_id: str, utterance: int, fence: int) -> list[NoteRecord]:
        self._fail()
        mine = [note for note in self.notes.values() if (note.session_id, note.utterance) == (session_id, utterance)]
        return [self._put(replace(note, status="cancelled")) for note in mine]

    async def get(self, note_id: str, user_id: str) -> Note:
        return self.notes[note_id]

    async def list_for_session(self, session_id: str, *, newest: int | None = None) -> list[Note]:
        return [note for note in self.notes.values() if note.session_id == session_id]

    async def list_for_video(
        self, video_id: str, user_id: str, *, limit: int | None = None, after: str | None = None
    ) -> list[Note]:
        return [note for note in self.notes.values() if note.video_id == video_id]

    def _put(self, note: Note) -> Note:
        self.notes[note.id] = note
        return note
