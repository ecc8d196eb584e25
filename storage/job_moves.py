"""What happens to a posting job inside a transaction: it moves, its note follows, and the audit gets its row.

A note is always locked before its job, by whoever changes either: two orders would be a deadlock.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from storage import job_state
from storage.errors import NotFound, StaleFence
from storage.job_state import HELD, NOTE_STATUS, JobState
from storage.note_status import check as check_note
from storage.rows import locked
from storage.tables import AuditEntry, Note, PostJob
from storage.values import ID_LENGTH, now

PERSON = "person"
REASON_LENGTH = 500


def move(session: Session, job: PostJob, target: JobState, *, actor: str, reason: str | None = None) -> None:
    """Bring a locked job to ``target`` and write that down. Raises InvalidTransition."""
    job_state.check(job.state, target)
    job.state = target.value
    job.reason = reason[:REASON_LENGTH] if reason else None
    job.updated_at = now()
    if target not in HELD:
        job.worker = job.lease_until = None
    session.add(job)
    session.add(
        AuditEntry(
            at=job.updated_at,
            user_id=job.user_id,
            note_id=job.note_id,
            job_id=job.id,
            actor=actor[:ID_LENGTH],
            event=target.value,
            site=job.site,
            text_sha256=job.text_sha256,
            attempt=job.attempt,
            reason=job.reason,
            permalink=job.external_permalink,
        )
    )


def follow(note: Note, job: PostJob) -> None:
    """Give a locked note the status of its job. Raises InvalidTransition."""
    status = NOTE_STATUS[JobState(job.state)]
    if note.status != status:
        check_note(note.status, status)
        note.status = status.value
        note.revision += 1
    note.status_reason = job.reason
    note.external_id, note.external_permalink = job.external_id, job.external_permalink
    note.updated_at = job.updated_at


def held(session: Session, job_id: str, fence: int) -> tuple[Note, PostJob]:
    """Note and job, locked. Raises StaleFence unless the worker with this fence still holds the job, NotFound."""
    found = session.get(PostJob, job_id)
    if found is None:
        raise NotFound("There is no such job: its note was deleted with its account or video.")
    note = locked(session, Note, found.note_id)
    job = _locked_job(session, job_id)
    if job.fence != fence or job.state not in HELD:
        raise StaleFence(
            f"The job is {job.state} and no longer this worker's (fence {job.fence}, not {fence}). Touch nothing more."
        )
    return note, job


def withdraw(session: Session, note: Note, *, actor: str = PERSON) -> None:
    """Take back what is due for a locked note whose words or wish changed. One under way finds its fence gone."""
    for job in _unsettled(session, note.id):
        job.fence += 1
        move(session, job, JobState.WITHDRAWN, actor=actor)


def _unsettled(session: Session, note_id: str) -> Sequence[PostJob]:
    settled = (JobState.POSTED, JobState.WITHDRAWN)
    query = select(PostJob).where(PostJob.note_id == note_id, col(PostJob.state).not_in(settled))
    return session.exec(query.with_for_update()).all()


def _locked_job(session: Session, job_id: str) -> PostJob:
    """As it is now, not as this session saw it before it waited for the lock."""
    return session.exec(
        select(PostJob).where(PostJob.id == job_id).with_for_update().execution_options(populate_existing=True)
    ).one()
