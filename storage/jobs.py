"""Queries on ``post_jobs`` for people: what is to be posted, what became of it, and what is done about that.

A job is one exact text of one note, whatever happens to it: asked for twice it is the same row, so that a click that
may have happened is never forgotten. ``claims.py`` has what workers do with it.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from storage.engine import Database
from storage.errors import InvalidTransition, InvalidValue, NotFound, RevisionConflict
from storage.job_moves import PERSON, follow, move, withdraw
from storage.job_state import HELD, JobState
from storage.note_status import NoteStatus
from storage.note_status import check as check_note
from storage.rows import fenced, locked, owned
from storage.tables import AuditEntry, Note, PostJob, Video
from storage.values import checked_text, now

CONSENTS = frozenset({"click", "voice", "auto"})
ABSENT = "The person says that the comment is not on the site."
AUTO_ABOVE = 0.7  # confidence; a setting may ask for more, nothing for less


def text_hash(text: str) -> str:
    """SHA-256 of the exact text, in hexadecimal: what a consent is bound to."""
    return hashlib.sha256(text.encode()).hexdigest()


class Jobs:
    def __init__(self, database: Database) -> None:
        self._database = database

    # Asked by people

    async def submit(
        self, note_id: str, *, user_id: str, consent: str, text_sha256: str, mark: tuple[str, int, int] | None = None
    ) -> PostJob:
        """Firm the note and make a post of it due, in one transaction; asked again it is the same job.

        ``consent``: click, voice or auto, given for the text with this hash. ``mark``: the voice command that asks.
        Raises RevisionConflict when the text is another one now, InvalidTransition (also for auto and a note that is
        not sure enough), InvalidValue, NotFound, Forbidden, StaleFence.
        """
        if consent not in CONSENTS:
            raise InvalidValue(f"Consent is one of {', '.join(sorted(CONSENTS))}, not {consent[:40]!r}.")

        def submit(session: Session) -> PostJob:
            review = owned(fenced(session, mark[0], mark[1]), user_id) if mark else None
            note = owned(locked(session, Note, note_id), user_id)
            if note.deleted_at is not None:
                raise NotFound("There is no such note. It may have been deleted: reload the list.")
            if text_hash(note.text) != text_sha256:
                raise RevisionConflict(
                    "The note's text changed meanwhile. Look at it and post it again.", note.revision
                )
            job = _job_of(session, note)
            if mark and review:
                if review.applied_utterance >= mark[2] and job is not None:
                    return job
                review.applied_utterance = max(review.applied_utterance, mark[2])
            if job is not None and job.state in (JobState.QUEUED, *HELD):
                return job
            if consent == "auto" and note.confidence <= AUTO_ABOVE:
                raise InvalidTransition("The note is not sure enough to be posted by itself. Read it, then post it.")
            if note.status == NoteStatus.GHOST:
                check_note(note.status, NoteStatus.FIRMED)
                note.status = NoteStatus.FIRMED.value
            check_note(note.status, NoteStatus.PENDING_POST)
            job = _asked_again(session, job, note, consent) if job else _new_job(session, note, consent)
            follow(note, job)
            note.consent, note.consent_sha256 = consent, text_sha256
            return job

        return await self._database.write(submit)

    async def retry(self, job_id: str, *, user_id: str, absent: bool = False) -> PostJob:
        """Make a dead letter, or a job that needed attention, due again.

        ``absent``: the person has looked and says that the comment is not on the site. Raises InvalidTransition,
        NotFound, Forbidden.
        """

        def retry(session: Session, note: Note, job: PostJob) -> None:
            if job.state not in (JobState.FAILED, JobState.NEEDS_ATTENTION):
                raise InvalidTransition(
                    f"The job is {job.state}: only one that failed or needs attention is tried again."
                )
            if text_hash(note.text) != job.text_sha256:
                raise InvalidTransition("The note has another text by now. Post the note instead.")
            _renew(job)
            if absent:
                job.submitted_at = None
            move(session, job, JobState.QUEUED, actor=PERSON, reason=ABSENT if absent else None)
            follow(note, job)

        return await self._by_person(job_id, user_id, retry)

    async def found(self, job_id: str, *, user_id: str, permalink: str | None = None) -> PostJob:
        """The person saw the comment on the site. Raises InvalidTransition, InvalidValue, NotFound, Forbidden."""
        seen = checked_text("permalink", permalink, 2048) if permalink else None

        def found(session: Session, note: Note, job: PostJob) -> None:
            if job.state != JobState.NEEDS_ATTENTION:
                raise InvalidTransition(f"The job is {job.state}: nobody asks whether its comment is there.")
            job.external_permalink = seen
            move(session, job, JobState.POSTED, actor=PERSON)
            follow(note, job)

        return await self._by_person(job_id, user_id, found)

    async def discard(self, job_id: str, *, user_id: str) -> PostJob:
        """Give up a job that is not under way: the note is kept as firmed. Raises as ``retry``."""

        def discard(session: Session, note: Note, job: PostJob) -> None:
            if job.state in HELD:
                raise InvalidTransition("A worker is posting this just now. Wait a moment, then look again.")
            job.fence += 1
            move(session, job, JobState.WITHDRAWN, actor=PERSON)
            check_note(note.status, NoteStatus.FIRMED)
            note.status, note.status_reason = NoteStatus.FIRMED.value, None
            note.consent = note.consent_sha256 = None
            note.revision += 1
            note.updated_at = job.updated_at

        return await self._by_person(job_id, user_id, discard)

    # Looked at

    async def get(self, job_id: str, user_id: str) -> PostJob:
        """Raises NotFound, Forbidden."""
        job = await self._database.read(lambda session: session.get(PostJob, job_id))
        return owned(_found(job), user_id)

    async def list_for_user(
        self, user_id: str, *, states: Sequence[JobState] = (), limit: int = 100
    ) -> Sequence[PostJob]:
        """Newest first."""
        query = select(PostJob).where(PostJob.user_id == user_id)
        if states:
            query = query.where(col(PostJob.state).in_(states))
        query = query.order_by(col(PostJob.created_at).desc(), col(PostJob.id).desc()).limit(limit)
        return await self._database.read(lambda session: session.exec(query).all())

    async def list_for_note(self, note_id: str, user_id: str) -> Sequence[PostJob]:
        """One a text that the note ever had posted, the newest change first."""
        query = select(PostJob).where(PostJob.note_id == note_id, PostJob.user_id == user_id)
        query = query.order_by(col(PostJob.updated_at).desc(), col(PostJob.id).desc())
        return await self._database.read(lambda session: session.exec(query).all())

    async def audit(self, user_id: str, *, limit: int = 100) -> Sequence[AuditEntry]:
        """What was done about a user's posts, newest first."""
        query = select(AuditEntry).where(AuditEntry.user_id == user_id).order_by(col(AuditEntry.id).desc()).limit(limit)
        return await self._database.read(lambda session: session.exec(query).all())

    async def _by_person(self, job_id: str, user_id: str, change: Callable[[Session, Note, PostJob], None]) -> PostJob:
        def apply(session: Session) -> PostJob:
            seen = owned(_found(session.get(PostJob, job_id)), user_id)
            note = locked(session, Note, seen.note_id)
            query = select(PostJob).where(PostJob.id == job_id).with_for_update()
            job = session.exec(query.execution_options(populate_existing=True)).one()
            change(session, note, job)
            return job

        return await self._database.write(apply)


def _found(job: PostJob | None) -> PostJob:
    if job is None:
        raise NotFound("There is no such job. `sidenote jobs` lists them.")
    return job


def _job_of(session: Session, note: Note) -> PostJob | None:
    """The job of the note's present text, locked."""
    query = select(PostJob).where(PostJob.idempotency_key == _key(note)).with_for_update()
    return session.exec(query).one_or_none()


def _key(note: Note) -> str:
    return f"{note.id}:{text_hash(note.text)}"


def _new_job(session: Session, note: Note, consent: str) -> PostJob:
    video = owned(locked(session, Video, note.video_id), note.user_id)
    withdraw(session, note)  # another text of this note that failed
    at = now()
    job = PostJob(
        id=uuid.uuid4().hex,
        idempotency_key=_key(note),
        note_id=note.id,
        user_id=note.user_id,
        video_id=note.video_id,
        site=video.platform,
        text=note.text,
        text_sha256=text_hash(note.text),
        timestamp_s=note.timestamp_s,
        consent=consent,
        state=JobState.QUEUED.value,
        due_at=at,
        created_at=at,
        updated_at=at,
    )
    session.add(job)
    session.flush()
    session.add(
        AuditEntry(
            at=at,
            user_id=job.user_id,
            note_id=job.note_id,
            job_id=job.id,
            actor=f"{PERSON}: {consent}",
            event=JobState.QUEUED.value,
            site=job.site,
            text_sha256=job.text_sha256,
            attempt=0,
        )
    )
    return job


def _asked_again(session: Session, job: PostJob, note: Note, consent: str) -> PostJob:
    _renew(job)
    job.consent, job.timestamp_s = consent, note.timestamp_s
    move(session, job, JobState.QUEUED, actor=f"{PERSON}: {consent}")
    return job


def _renew(job: PostJob) -> None:
    """All attempts again, at once; whoever held it before finds its fence gone."""
    job.attempt, job.due_at = 0, now()
    job.fence += 1
