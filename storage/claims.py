"""Queries on ``post_jobs`` for workers: who holds a job, and how far it has come.

A worker holds a job by its fence, which grows with each claim; the lease only says when a worker that fell silent may
be called dead. ``job_state.py`` has the states, ``jobs.py`` what people do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.connection_state import LOGIN_WINDOW, ConnectionState
from storage.engine import Database
from storage.errors import InvalidTransition
from storage.job_moves import follow, held, move
from storage.job_state import HELD, JobState
from storage.jobs import text_hash
from storage.note_status import NoteStatus
from storage.rows import locked
from storage.tables import Note, PlatformConnection, PostJob, User, Video
from storage.values import ID_LENGTH, checked_text, now

ATTEMPTS = 3
POSTS_A_MINUTE = 5  # of one user
MINUTE = timedelta(minutes=1)
KNOWN = 1000  # comments of a user on one video
UNWANTED = "The note is another one by now."
MISTAKEN = "The site showed a comment that belongs to another note. Look whether this one is there."
STOPPED = "The worker was stopped. It goes on by itself."
SPENT = "The worker ended without a word each time. Look at its log, then try again."
UNSURE = "The worker ended while the comment was being sent, and the site could not be asked. Look whether it is there."


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker holds."""

    id: str
    fence: int
    attempt: int  # from 1
    note_id: str
    user_id: str
    site: str
    video: str  # the site's own id
    url: str
    text: str
    timestamp_s: float
    due_at: datetime
    submitted_at: datetime | None  # a click may have happened since then: look before the next one
    recovering: bool  # its last worker ended between the click and the answer
    others: frozenset[str]  # ids of comments on this video that belong to other jobs of the user
    nameless: bool  # one of those has the same text, and the site gave it no id


@dataclass(frozen=True, slots=True)
class Spent:
    """A job that ended when somebody wanted to take it: its worker had died each time, or its note is another one."""

    note_id: str
    user_id: str


class Claims:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, limit: int = 100) -> Sequence[str]:
        """Jobs that a worker could claim now, one a login, the longest due first."""
        at = now()
        turn = func.row_number().over(
            partition_by=(col(PostJob.user_id), col(PostJob.site)), order_by=(col(PostJob.due_at), col(PostJob.id))
        )
        waiting = (
            select(PostJob.id, PostJob.due_at, turn.label("turn"))
            .where(_claimable(at), ~_login_in_use(PostJob, at))
            .subquery()
        )
        query = select(waiting.c.id).where(waiting.c.turn == 1).order_by(waiting.c.due_at).limit(limit)
        return await self._database.read(lambda session: session.exec(query).all())

    async def claim(self, job_id: str, *, worker: str, lease_s: float) -> Claim | Spent | None:
        """Hold the job for ``lease_s``; None where it is not due, held by a living worker, or must wait its turn.

        One job at a time for each login (user and site), and ``POSTS_A_MINUTE`` for each user.
        """
        name = checked_text("worker", worker, ID_LENGTH)

        def claim(session: Session) -> Claim | Spent | None:
            seen = session.get(PostJob, job_id)
            if seen is None:
                return None
            # So that two workers can't take two jobs of one login. Rows that refer to the user may be added meanwhile.
            session.exec(select(User.id).where(User.id == seen.user_id).with_for_update(key_share=True)).one()
            note = locked(session, Note, seen.note_id)
            at = now()
            query = select(PostJob).where(PostJob.id == job_id, _claimable(at)).with_for_update()
            job = session.exec(query.execution_options(populate_existing=True)).one_or_none()
            if job is None or session.scalar(select(_login_in_use(job, at))):
                return None
            recovering = job.state == JobState.SUBMITTING
            if not recovering and not _is_wanted(note, job):
                move(session, job, JobState.WITHDRAWN, actor=_worker(name), reason=UNWANTED)
                return Spent(note.id, note.user_id)
            if not recovering and (free_at := _over_the_rate(session, job, at)):
                job.due_at = free_at
                return None
            if job.attempt >= ATTEMPTS:  # the process died each time
                target = JobState.NEEDS_ATTENTION if recovering else JobState.FAILED
                move(session, job, target, actor=_worker(name), reason=UNSURE if recovering else SPENT)
                follow(note, job)
                return Spent(note.id, note.user_id)
            job.fence += 1
            job.attempt += 1
            job.worker, job.lease_until = name, at + timedelta(seconds=lease_s)
            move(session, job, JobState.SUBMITTING if recovering else JobState.CLAIMED, actor=_worker(name))
            return _claimed(session, job, recovering=recovering)

        return await self._database.write(claim)

    async def renew(self, job_id: str, fence: int, lease_s: float) -> None:
        """Say that the worker lives. Raises StaleFence, NotFound."""

        def renew(session: Session) -> None:
            _, job = held(session, job_id, fence)
            job.lease_until = now() + timedelta(seconds=lease_s)

        await self._database.write(renew)

    async def submitting(self, job_id: str, fence: int, lease_s: float) -> None:
        """The worker is about to click; from here on nobody may assume that the comment is not there.

        It has ``lease_s`` again. Raises StaleFence, NotFound; InvalidTransition where another attempt has come as far.
        """

        def submitting(session: Session) -> None:
            note, job = held(session, job_id, fence)
            if job.state == JobState.SUBMITTING:
                raise InvalidTransition("A click may have happened already: look at the site before another one.")
            job.submitted_at = now()
            job.lease_until = job.submitted_at + timedelta(seconds=lease_s)
            move(session, job, JobState.SUBMITTING, actor=_worker(job.worker))
            follow(note, job)

        await self._database.write(submitting)

    async def give_back(self, job_id: str, fence: int) -> None:
        """The worker stops and has surely clicked nothing: due again at once, and no attempt is lost.

        Raises StaleFence, NotFound.
        """

        def give_back(session: Session) -> None:
            note, job = held(session, job_id, fence)
            job.attempt -= 1
            job.due_at = now()
            if job.state == JobState.SUBMITTING:
                job.submitted_at = None
            move(session, job, JobState.QUEUED, actor=_worker(job.worker), reason=STOPPED)
            follow(note, job)

        await self._database.write(give_back)

    async def posted(self, job_id: str, fence: int, *, external_id: str | None, permalink: str | None) -> PostJob:
        """The site shows the comment. Where another job has it already, the person is asked.

        Raises StaleFence, NotFound.
        """

        def shown(session: Session, job: PostJob) -> tuple[JobState, str | None]:
            if external_id is not None and session.exec(_other_with(job, external_id)).first():
                return JobState.NEEDS_ATTENTION, MISTAKEN
            job.external_id, job.external_permalink = external_id, permalink
            return JobState.POSTED, None

        return await self._by_worker(job_id, fence, shown)

    async def later(self, job_id: str, fence: int, *, reason: str, delay_s: float, absent: bool = False) -> PostJob:
        """The comment is surely not on the site: try again in ``delay_s``, or fail once attempts are spent.

        ``absent``, here and below: no click that may have happened is open any more. Raises StaleFence, NotFound.
        """

        def again(_: Session, job: PostJob) -> tuple[JobState, str | None]:
            job.due_at = now() + timedelta(seconds=delay_s)
            return (JobState.FAILED if job.attempt >= ATTEMPTS else JobState.QUEUED), reason

        return await self._by_worker(job_id, fence, again, absent=absent)

    async def failed(self, job_id: str, fence: int, *, reason: str, absent: bool = False) -> PostJob:
        """The comment is surely not on the site and never will be in this way. Raises StaleFence, NotFound."""
        return await self._by_worker(job_id, fence, lambda *_: (JobState.FAILED, reason), absent=absent)

    async def attention(self, job_id: str, fence: int, *, reason: str, absent: bool = False) -> PostJob:
        """Only the person can say how it goes on. Raises StaleFence, NotFound."""
        return await self._by_worker(job_id, fence, lambda *_: (JobState.NEEDS_ATTENTION, reason), absent=absent)

    async def _by_worker(
        self,
        job_id: str,
        fence: int,
        change: Callable[[Session, PostJob], tuple[JobState, str | None]],
        *,
        absent: bool = False,
    ) -> PostJob:
        def apply(session: Session) -> PostJob:
            note, job = held(session, job_id, fence)
            actor = _worker(job.worker)
            state, reason = change(session, job)
            if absent:
                job.submitted_at = None
            move(session, job, state, actor=actor, reason=reason)
            follow(note, job)
            return job

        return await self._database.write(apply)


def _is_wanted(note: Note, job: PostJob) -> bool:
    """Whether the note still waits for just this post. It does: whoever changes it withdraws the job."""
    return note.status == NoteStatus.PENDING_POST and text_hash(note.text) == job.text_sha256


def _other_with(job: PostJob, external_id: str) -> SelectOfScalar[str]:
    return select(PostJob.id).where(PostJob.site == job.site, PostJob.external_id == external_id, PostJob.id != job.id)


def _worker(name: str | None) -> str:
    return f"worker: {name}"


def _claimable(at: datetime) -> ColumnElement[bool]:
    waiting = and_(col(PostJob.state) == JobState.QUEUED, col(PostJob.due_at) <= at)
    abandoned = and_(col(PostJob.state).in_(HELD), col(PostJob.lease_until) < at)
    return or_(waiting, abandoned)


def _login_in_use(job: PostJob | type[PostJob], at: datetime) -> ColumnElement[bool]:
    """Whether a living worker, or a window in which the person logs in, uses the login that the job needs."""
    other = aliased(PostJob)
    by_worker = exists().where(
        col(other.user_id) == job.user_id,
        col(other.site) == job.site,
        col(other.id) != job.id,
        col(other.state).in_(HELD),
        col(other.lease_until) >= at,
    )
    by_person = exists().where(
        col(PlatformConnection.user_id) == job.user_id,
        col(PlatformConnection.site) == job.site,
        col(PlatformConnection.state) == ConnectionState.AWAITING_AUTH,
        col(PlatformConnection.updated_at) > at - LOGIN_WINDOW,
    )
    return or_(by_worker, by_person)


def _over_the_rate(session: Session, job: PostJob, at: datetime) -> datetime | None:
    """When the user may post again; None where it is now."""
    query = (
        select(PostJob.submitted_at)
        .where(PostJob.user_id == job.user_id, col(PostJob.submitted_at) > at - MINUTE)
        .order_by(col(PostJob.submitted_at).desc())
        .offset(POSTS_A_MINUTE - 1)
        .limit(1)
    )
    oldest = session.exec(query).first()
    return oldest + MINUTE if oldest else None


def _claimed(session: Session, job: PostJob, *, recovering: bool) -> Claim:
    video = session.get(Video, job.video_id)
    assert video  # the job goes with its video
    query = select(PostJob.external_id, PostJob.text_sha256).where(
        PostJob.user_id == job.user_id,
        PostJob.site == job.site,
        PostJob.video_id == job.video_id,
        PostJob.state == JobState.POSTED,
        PostJob.id != job.id,
    )
    others = session.exec(query.order_by(col(PostJob.updated_at).desc()).limit(KNOWN)).all()
    return Claim(
        id=job.id,
        fence=job.fence,
        attempt=job.attempt,
        note_id=job.note_id,
        user_id=job.user_id,
        site=job.site,
        video=video.external_id,
        url=video.url,
        text=job.text,
        timestamp_s=job.timestamp_s,
        due_at=job.due_at,
        submitted_at=job.submitted_at,
        recovering=recovering,
        others=frozenset(external_id for external_id, _ in others if external_id),
        nameless=any(external_id is None and text == job.text_sha256 for external_id, text in others),
    )
