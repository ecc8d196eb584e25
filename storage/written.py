"""Notes that a person has typed: checked, and saved once however often their writing is repeated.

Opens no transaction of its own: ``Notes.write`` does.
"""

import json
import uuid

from sqlmodel import Session

from storage.errors import InvalidValue, NotFound
from storage.note_status import NoteStatus
from storage.rows import locked, owned
from storage.tables import Note, ReviewSession, Video
from storage.values import ID_LENGTH, NOTE_LENGTH, checked_category, checked_seconds, checked_text

ENGINE = "written"
ROUNDED_S = 1.0  # pages tell a duration in whole seconds, and players go on to the end of the last one

_NAMESPACE = uuid.UUID("5d0d4f0e-0f3b-4c43-9d0a-3d1e6f6f7c52")  # never another: ids of notes come from it


def draft(
    *,
    user_id: str,
    video_id: str,
    session_id: str | None,
    text: str,
    category: str,
    timestamp_s: float,
    client_ref: str,
) -> Note:
    """The note, not saved. What a person wrote is firmed and sure. Raises InvalidValue."""
    words = checked_text("note", text, NOTE_LENGTH)
    return Note(
        id=_id(user_id, checked_text("client_ref", client_ref, ID_LENGTH)),
        user_id=user_id,
        video_id=video_id,
        session_id=session_id,
        text=words,
        transcript=words,
        category=checked_category(category),
        confidence=1.0,
        timestamp_s=checked_seconds("time in the video", timestamp_s),
        engine=ENGINE,
        status=NoteStatus.FIRMED.value,
    )


def save(session: Session, fresh: Note) -> Note:
    """The note as it is stored, which is the earlier one where this is said again.

    Raises InvalidValue for a time after the video's end, Forbidden, and NotFound (also where it was deleted since).
    """
    if fresh.session_id is not None:  # the session before the video, in every transaction
        owned(locked(session, ReviewSession, fresh.session_id), fresh.user_id)
    video = owned(locked(session, Video, fresh.video_id), fresh.user_id)  # one that is said twice at once waits here
    stored = session.get(Note, fresh.id)
    if stored is None:
        fresh.timestamp_s = _within(fresh.timestamp_s, video.duration_s)
        session.add(fresh)
        return fresh
    if stored.deleted_at is not None:
        raise NotFound("This note has been deleted. Write it again for a new one.")
    return owned(stored, fresh.user_id)


def _id(user_id: str, client_ref: str) -> str:
    """The same for the same two, whichever video the session is about when it is said again."""
    return uuid.uuid5(_NAMESPACE, json.dumps([user_id, client_ref])).hex


def _within(timestamp_s: float, duration_s: float | None) -> float:
    if not duration_s:  # not known, or a stream
        return timestamp_s
    if timestamp_s > duration_s + ROUNDED_S:
        raise InvalidValue(f"The video ends at {duration_s:g} s, before {timestamp_s:g} s. Give a time within it.")
    return min(timestamp_s, duration_s)
