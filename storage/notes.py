"""Queries on ``notes``. Every change checks owner, status and (when spoken) fence in the transaction that makes it.

A note's ``revision`` grows with each change of its row. Deleting leaves a tombstone without words: a rerun of the
utterance that made it must not bring it back.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session, col, select, tuple_
from sqlmodel.sql.expression import SelectOfScalar

from storage import job_moves, note_status, written
from storage.engine import Database
from storage.errors import InvalidTransition, InvalidValue, NotFound, RevisionConflict
from storage.note_status import NoteStatus
from storage.rows import fenced, locked, owned
from storage.tables import Note, Video
from storage.values import (
    ID_LENGTH,
    NOTE_LENGTH,
    TRANSCRIPT_LENGTH,
    checked_category,
    checked_confidence,
    checked_count,
    checked_seconds,
    checked_text,
    now,
)

WORDS_LIMIT = 12  # of a search

Mark = tuple[str, int, int]
"""(session_id, fence, utterance): the voice command that asks for a change."""

# Whoever brings a note here wants nothing of it posted now: not what it said before, or nothing at all.
_DECIDED = frozenset({NoteStatus.FIRMED, NoteStatus.CANCELLED})

_MISSING = "There is no such note. It may have been deleted: reload the list."


class Notes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        *,
        session_id: str,
        fence: int,
        utterance: int,
        part: int = 0,
        user_id: str,
        video_id: str,
        text: str,
        transcript: str,
        category: str,
        confidence: float,
        coverage: float | None = None,
        timestamp_s: float,
        engine: str,
    ) -> Note:
        """Save what was said as a ghost; a rerun of the same utterance and part returns the stored note unchanged.

        Raises InvalidValue, StaleFence, Forbidden, and NotFound (also when that note has been deleted since).
        """
        fresh = Note(
            id=uuid.uuid4().hex,
            user_id=user_id,
            video_id=video_id,
            session_id=session_id,
            utterance=checked_count("utterance", utterance, least=1),
            part=checked_count("part", part),
            text=checked_text("note", text, NOTE_LENGTH),
            transcript=checked_text("transcript", transcript, TRANSCRIPT_LENGTH, empty=True),
            category=checked_category(category),
            confidence=checked_confidence(confidence),
            coverage=None if coverage is None else checked_confidence(coverage),
            timestamp_s=checked_seconds("time in the video", timestamp_s),
            engine=checked_text("engine", engine, ID_LENGTH),
            status=NoteStatus.GHOST.value,
        )

        def create(session: Session) -> Note:
            review = owned(fenced(session, session_id, fence), user_id)
            if stored := _made(session, session_id, utterance, part):
                return stored
            owned(locked(session, Video, video_id), user_id)
            review.applied_utterance = max(review.applied_utterance, utterance)
            session.add(fresh)
            return fresh

        return await self._database.write(create)

    async def write(
        self,
        *,
        user_id: str,
        video_id: str,
        session_id: str | None = None,
        text: str,
        category: str,
        timestamp_s: float,
        client_ref: str,
    ) -> Note:
        """Save what a person typed, firmed; the same ``client_ref`` again returns the stored note unchanged.

        Raises InvalidValue (also for a time after the video's end), Forbidden, and NotFound (also when that note has
        been deleted since).
        """
        fresh = written.draft(
            user_id=user_id,
            video_id=video_id,
            session_id=session_id,
            text=text,
            category=category,
            timestamp_s=timestamp_s,
            client_ref=client_ref,
        )
        return await self._database.write(lambda session: written.save(session, fresh))

    async def extend(
        self,
        note_id: str,
        *,
        session_id: str,
        fence: int,
        utterance: int,
        user_id: str,
        text: str,
        transcript: str,
        category: str,
        confidence: float,
        coverage: float | None = None,
        timestamp_s: float | None = None,
        engine: str,
    ) -> Note | None:
        """More of a ghost was said: it gets the words of both and is ``utterance``'s note from now on.

        None, and nothing is changed, where it is no ghost any more. An utterance that has a note already, as in a
        rerun, gets that one unchanged. Raises InvalidValue, StaleFence, Forbidden, and NotFound (also when the note
        of this utterance has been deleted since).
        """
        changes = {
            "utterance": checked_count("utterance", utterance, least=1),
            "text": checked_text("note", text, NOTE_LENGTH),
            "transcript": checked_text("transcript", transcript, TRANSCRIPT_LENGTH, empty=True),
            "category": checked_category(category),
            "confidence": checked_confidence(confidence),
            "coverage": None if coverage is None else checked_confidence(coverage),
            "engine": checked_text("engine", engine, ID_LENGTH),
        }
        if timestamp_s is not None:
            changes["timestamp_s"] = checked_seconds("time in the video", timestamp_s)

        def extend(session: Session) -> Note | None:
            review = owned(fenced(session, session_id, fence), user_id)
            note = owned(locked(session, Note, note_id), user_id)
            if stored := _made(session, session_id, utterance, note.part):
                return stored
            if note.status != NoteStatus.GHOST or note.deleted_at is not None:
                return None
            review.applied_utterance = max(review.applied_utterance, utterance)
            for name, value in changes.items():
                setattr(note, name, value)
            _touch(note)
            return note

        return await self._database.write(extend)

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
    ) -> Note:
        """Change what is given; the note is firmed and its consent to post is gone.

        Raises InvalidValue (also when nothing is given), RevisionConflict, InvalidTransition once a worker is posting
        it, it is posted or cancelled; NotFound, Forbidden, StaleFence.
        """
        changes: dict[str, Any] = {}
        if text is not None:
            changes["text"] = checked_text("note", text, NOTE_LENGTH)
        if category is not None:
            changes["category"] = checked_category(category)
        if timestamp_s is not None:
            changes["timestamp_s"] = checked_seconds("time in the video", timestamp_s)
        if not changes:
            raise InvalidValue("Nothing to change was given. Give a text, a category or a time.")

        def edit(note: Note) -> None:
            if expected_revision is not None and note.revision != expected_revision:
                raise RevisionConflict(
                    f"The note changed meanwhile (revision {note.revision}, not {expected_revision}). "
                    "Look at the new version and edit again.",
                    note.revision,
                )
            _move(note, NoteStatus.FIRMED)
            for name, value in changes.items():
                setattr(note, name, value)

        return await self._change(note_id, user_id, mark, edit)

    async def keep(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> Note:
        """Firm a ghost; a firmed note stays as it is. Raises InvalidTransition, NotFound, Forbidden, StaleFence."""

        def keep(note: Note) -> None:
            if note.status == NoteStatus.FIRMED:
                return
            if note.status != NoteStatus.GHOST:  # edits may come back to firmed from later statuses, keeping may not
                raise InvalidTransition(
                    f"Only a ghost can be kept, this note is {note.status}. Nothing needs to be done."
                )
            _move(note, NoteStatus.FIRMED)

        return await self._change(note_id, user_id, mark, keep)

    async def cancel(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> Note:
        """Scratch a note; a cancelled one stays so. Raises as ``keep``, InvalidTransition when it is too late."""
        return await self._change(note_id, user_id, mark, _cancel)

    async def delete(self, note_id: str, *, user_id: str) -> Note:
        """Remove a note and its words; the emptied row. Raises InvalidTransition while posting, NotFound, Forbidden."""

        def delete(note: Note) -> None:
            if note.status == NoteStatus.POSTING:
                note_status.check(note.status, NoteStatus.CANCELLED)
            if note.status != NoteStatus.POSTED:  # the comment is on the site: the row goes on saying so
                _cancel(note)
            note.text = note.transcript = ""
            note.deleted_at = now()
            _touch(note)

        return await self._change(note_id, user_id, None, delete)

    async def withdraw(self, session_id: str, utterance: int, fence: int) -> Sequence[Note]:
        """Scratch every note that the utterance made, or none. Raises InvalidTransition when it is too late for one."""

        def withdraw(session: Session) -> Sequence[Note]:
            fenced(session, session_id, fence)
            query = _live().where(Note.session_id == session_id, Note.utterance == utterance)
            notes = session.exec(query.order_by(col(Note.part)).with_for_update()).all()
            for note in notes:
                _cancel(note)
                job_moves.withdraw(session, note)
            return notes

        return await self._database.write(withdraw)

    async def get(self, note_id: str, user_id: str) -> Note:
        """Raises NotFound, Forbidden."""
        query = _live().where(Note.id == note_id)
        note = await self._database.read(lambda session: session.exec(query).one_or_none())
        if note is None:
            raise NotFound(_MISSING)
        return owned(note, user_id)

    async def list_for_session(self, session_id: str, *, newest: int | None = None) -> Sequence[Note]:
        """In the order in which they were made; only so many of the ``newest`` where a number is given."""
        place = (col(Note.created_at), col(Note.utterance), col(Note.part))  # no utterance: written
        query = _live().where(Note.session_id == session_id)
        query = query.order_by(*(part.desc() for part in place)).limit(newest)
        return (await self._database.read(lambda session: session.exec(query).all()))[::-1]

    async def list_for_video(
        self, video_id: str, user_id: str, *, limit: int | None = None, after: str | None = None
    ) -> Sequence[Note]:
        """By time in the video. Somebody else's video has no notes here.

        ``after``: the id of the last note of the page before. Raises NotFound and Forbidden for one that is none.
        """
        place = (col(Note.timestamp_s), col(Note.created_at), col(Note.id))
        query = _live().where(Note.video_id == video_id, Note.user_id == user_id).order_by(*place).limit(limit)

        def page(session: Session) -> Sequence[Note]:
            if after is None:
                return session.exec(query).all()
            last = _last(session, after, user_id)
            return session.exec(query.where(tuple_(*place) > tuple_(last.timestamp_s, last.created_at, last.id))).all()

        return await self._database.read(page)

    async def list_for_user(
        self,
        user_id: str,
        *,
        limit: int = 100,
        before: str | None = None,
        status: str | None = None,
        category: str | None = None,
        text: str | None = None,
        standing: bool = False,
    ) -> Sequence[Note]:
        """Newest first. ``before``: the id of the last note of the page before.

        ``text``: words that are all in the note or its transcript, in any case of letters; ``standing``: cancelled
        ones only where ``status`` asks for them. Raises InvalidValue for too many words.
        """
        query = _live().where(Note.user_id == user_id)
        if status is not None:
            query = query.where(Note.status == status)
        elif standing:
            query = query.where(Note.status != NoteStatus.CANCELLED)
        if category is not None:
            query = query.where(Note.category == category)
        for word in _words(text or ""):
            query = query.where((col(Note.text) + " " + col(Note.transcript)).icontains(word, autoescape=True))
        place = (col(Note.created_at), col(Note.id))
        newest = query.order_by(*(part.desc() for part in place)).limit(limit)

        def page(session: Session) -> Sequence[Note]:
            if before is None:
                return session.exec(newest).all()
            last = _last(session, before, user_id)
            return session.exec(newest.where(tuple_(*place) < tuple_(last.created_at, last.id))).all()

        return await self._database.read(page)

    async def _change(self, note_id: str, user_id: str, mark: Mark | None, change: Callable[[Note], None]) -> Note:
        """Apply ``change`` to the locked note, unless the voice command ``mark`` has been applied before."""

        def apply(session: Session) -> Note:
            # The session before the note, in every transaction: two orders would be a deadlock.
            review = fenced(session, mark[0], mark[1]) if mark else None
            note = owned(locked(session, Note, note_id), user_id)
            if note.deleted_at is not None:
                raise NotFound(_MISSING)
            if mark and review:
                owned(review, user_id)
                if review.applied_utterance >= mark[2]:
                    return note
                review.applied_utterance = mark[2]
            change(note)
            if note.status in _DECIDED:
                job_moves.withdraw(session, note)
            return note

        return await self._database.write(apply)


def _made(session: Session, session_id: str, utterance: int, part: int) -> Note | None:
    """The note of an utterance, if it has one. Raises NotFound where it has been deleted."""
    stored = session.exec(
        select(Note).where(Note.session_id == session_id, Note.utterance == utterance, Note.part == part)
    ).one_or_none()
    if stored is not None and stored.deleted_at is not None:
        raise NotFound("The note of this utterance has been deleted. Say it again for a new one.")
    return stored


def _last(session: Session, note_id: str, user_id: str) -> Note:
    """The note at which a page ended; it may have been deleted since."""
    note = session.get(Note, note_id)
    if note is None:
        raise NotFound(_MISSING)
    return owned(note, user_id)


def _words(text: str) -> list[str]:
    words = text.split()
    if len(words) > WORDS_LIMIT:
        raise InvalidValue(f"{len(words)} words were given, at most {WORDS_LIMIT} are looked for. Use fewer.")
    return words


def _live() -> SelectOfScalar[Note]:
    return select(Note).where(col(Note.deleted_at).is_(None))


def _move(note: Note, target: NoteStatus) -> None:
    note_status.check(note.status, target)
    note.status = target.value
    note.status_reason = None
    note.consent = note.consent_sha256 = None  # given for this text and this way only
    _touch(note)


def _cancel(note: Note) -> None:
    if note.status != NoteStatus.CANCELLED:
        _move(note, NoteStatus.CANCELLED)


def _touch(note: Note) -> None:
    note.revision += 1
    note.updated_at = now()
