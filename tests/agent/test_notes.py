"""The notebook: what was typed stands among what was said, is told to everybody who follows it, and is counted."""

from typing import Any

from agent.notes import NoteBook
from tests.agent.memory_notes import MemoryNotes
from tests.agent.twins import NoPoster, RecordingHub, RecordingTelemetry

SAID: dict[str, Any] = {
    "session_id": "s",
    "fence": 1,
    "user_id": "ada",
    "video_id": "v",
    "text": "Too late.",
    "transcript": "too late",
    "category": "pacing",
    "confidence": 0.9,
    "timestamp_s": 3.0,
    "engine": "basic",
}
TYPED: dict[str, Any] = {
    "user_id": "ada",
    "video_id": "v",
    "session_id": "s",
    "text": "Too loud.",
    "category": "audio",
    "timestamp_s": 4.0,
    "client_ref": "r",
}


async def test_a_note_is_told_on_every_topic_and_counted_by_where_it_comes_from() -> None:
    hub, telemetry = RecordingHub(), RecordingTelemetry()
    book = NoteBook(MemoryNotes(), hub, NoPoster(), telemetry)
    await book.create(utterance=1, **SAID)
    await book.write(**TYPED)
    await book.write(**{**TYPED, "session_id": None, "client_ref": "r2"})
    everywhere = ["video:v", "session:s", "user:ada"]
    assert [(topic, event) for topic, event, _ in hub.published] == [
        (topic, "note_created") for topic in (*everywhere, *everywhere, "video:v", "user:ada")
    ]
    assert [payload["utterance"] for _, _, payload in hub.published] == [1, 1, 1, None, None, None, None, None]
    assert telemetry.records == [("notes", 1, {"origin": origin}) for origin in ("spoken", "written", "written")]


async def test_what_was_typed_stands_where_it_was_typed() -> None:
    """A spoken command acts on the last note made before it, and that may be a typed one."""
    book = NoteBook(MemoryNotes(), RecordingHub(), NoPoster())
    first = await book.create(utterance=1, **SAID)
    typed = await book.write(**TYPED)
    assert [note.id for note in await book.live("s", before=2)] == [first.id, typed.id]
    later = await book.create(utterance=3, **SAID)
    assert [note.id for note in await book.live("s", before=4)] == [first.id, typed.id, later.id]
    assert [note.id for note in await book.live("s", before=3, without=1)] == [typed.id]
    await book.scratch(typed)
    assert [note.id for note in await book.live("s", before=4)] == [first.id, later.id]
