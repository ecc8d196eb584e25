"""Every table, as it stands after the newest migration. Shapes only: what may be done to a row is said elsewhere.

Times are aware UTC, audio is counted in samples, positions in a video in seconds.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from storage.values import ID_LENGTH, NOTE_LENGTH, UtcDateTime, now

# SQLite numbers rows by itself only where the key is an INTEGER.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")

SCHEMA_REVISION = "0005"  # the newest file in migrations/versions; a test holds them together

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def _key(*, primary: bool = False) -> Any:
    return Field(sa_column=Column(String(ID_LENGTH), primary_key=primary, nullable=False))


def _refers(target: str, ondelete: str, *, primary: bool = False) -> Any:
    """A foreign key; ``ondelete`` makes deleting an account purge everything of it."""
    reference = ForeignKey(target, ondelete=ondelete)
    optional = ondelete == "SET NULL"
    column: Any = Column(String(ID_LENGTH), reference, nullable=optional, primary_key=primary)
    return Field(default=None, sa_column=column) if optional else Field(sa_column=column)


def _time(*, optional: bool = False) -> Any:
    column: Any = Column(UtcDateTime(), nullable=optional)
    return Field(default=None, sa_column=column) if optional else Field(default_factory=now, sa_column=column)


class User(SQLModel, table=True):
    """A person. Credentials live in tables of their own, so that this row may be shown."""

    __tablename__ = "users"

    id: str = _key(primary=True)
    name: str = Field(default="", sa_column=Column(String(200), nullable=False))
    email: str | None = Field(default=None, sa_column=Column(String(320), nullable=True, unique=True))
    created_at: datetime = _time()


class Glossary(SQLModel, table=True):
    """Names and words that one user says often and recognition should know; no row is an empty list."""

    __tablename__ = "glossaries"

    user_id: str = _refers("users.id", "CASCADE", primary=True)
    terms: list[str] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    updated_at: datetime = _time()


class Preference(SQLModel, table=True):
    """What one user has chosen for themselves; a null, or no row, is as the server is set."""

    __tablename__ = "preferences"

    user_id: str = _refers("users.id", "CASCADE", primary=True)
    auto_post: bool | None = Field(default=None, sa_column=Column(Boolean(), nullable=True))
    updated_at: datetime = _time()


class Video(SQLModel, table=True):
    """A video as one user knows it: nobody else sees the row."""

    __tablename__ = "videos"
    __table_args__ = (
        UniqueConstraint("user_id", "platform", "external_id"),
        Index("ix_videos_user_id_updated_at", "user_id", "updated_at"),
    )

    id: str = _key(primary=True)
    user_id: str = _refers("users.id", "CASCADE")
    platform: str = Field(sa_column=Column(String(32), nullable=False))
    external_id: str = Field(sa_column=Column(String(256), nullable=False))  # the platform's own id
    url: str = Field(sa_column=Column(String(2048), nullable=False))
    title: str = Field(default="", sa_column=Column(String(500), nullable=False))
    duration_s: float | None = Field(default=None, sa_column=Column(Float(53), nullable=True))
    chapters: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    cues: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON(), nullable=False))
    created_at: datetime = _time()
    updated_at: datetime = _time()  # last time it was opened


class ReviewSession(SQLModel, table=True):
    """One person reviewing: who runs it now, and how far it got."""

    __tablename__ = "review_sessions"
    __table_args__ = (
        Index("ix_review_sessions_user_id_last_active_at", "user_id", "last_active_at"),
        Index("ix_review_sessions_unfinished", "unfinished"),
    )

    id: str = _key(primary=True)  # chosen by the client, bound to its first user
    user_id: str = _refers("users.id", "CASCADE")
    video_id: str | None = _refers("videos.id", "SET NULL")
    mode: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))
    owner: str | None = Field(default=None, sa_column=Column(String(ID_LENGTH), nullable=True))  # process
    lease_until: datetime | None = _time(optional=True)
    fence: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))  # grows with each owner
    state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON(), nullable=False))
    applied_utterance: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    capture: int | None = Field(default=None, sa_column=Column(BigInteger(), nullable=True))
    safe_samples: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))  # of that capture
    unfinished: bool = Field(default=False, sa_column=Column(Boolean(), nullable=False))  # work left for a successor
    started_at: datetime = _time()
    last_active_at: datetime = _time()
    last_transition_at: datetime = _time()


class Note(SQLModel, table=True):
    """One thing somebody said (or wrote) about one moment of a video."""

    __tablename__ = "notes"
    __table_args__ = (
        UniqueConstraint("session_id", "utterance", "part"),
        Index("ix_notes_video_id_timestamp_s", "video_id", "timestamp_s"),
        Index("ix_notes_user_id_created_at", "user_id", "created_at"),
    )

    id: str = _key(primary=True)
    user_id: str = _refers("users.id", "CASCADE")
    video_id: str = _refers("videos.id", "CASCADE")
    session_id: str | None = _refers("review_sessions.id", "SET NULL")  # NULL: written, not spoken
    utterance: int | None = Field(default=None, sa_column=Column(BigInteger(), nullable=True))
    part: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))
    text: str = Field(sa_column=Column(String(NOTE_LENGTH), nullable=False))
    transcript: str = Field(sa_column=Column(Text(), nullable=False))  # as recognised, never edited
    category: str = Field(sa_column=Column(String(16), nullable=False))
    confidence: float = Field(sa_column=Column(Float(53), nullable=False))  # 0-1
    coverage: float | None = Field(default=None, sa_column=Column(Float(53), nullable=True))  # 0-1, speech decoded
    timestamp_s: float = Field(sa_column=Column(Float(53), nullable=False))  # in the video
    engine: str = Field(sa_column=Column(String(ID_LENGTH), nullable=False))  # what drafted it
    status: str = Field(sa_column=Column(String(16), nullable=False))  # note_status.NoteStatus
    status_reason: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))
    revision: int = Field(default=1, sa_column=Column(BigInteger(), nullable=False))  # grows with each change
    consent: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))  # click, voice, auto
    consent_sha256: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))  # of the text
    external_id: str | None = Field(default=None, sa_column=Column(String(256), nullable=True))  # of the comment
    external_permalink: str | None = Field(default=None, sa_column=Column(String(2048), nullable=True))
    created_at: datetime = _time()
    updated_at: datetime = _time()
    deleted_at: datetime | None = _time(optional=True)  # a tombstone: the words are gone


class AudioChunk(SQLModel, table=True):
    """Captured samples that are not yet a safe note; no PCM means silence that the client withheld."""

    __tablename__ = "audio_chunks"
    __table_args__ = (Index("ix_audio_chunks_created_at", "created_at"),)

    session_id: str = _refers("review_sessions.id", "CASCADE", primary=True)
    capture: int = Field(sa_column=Column(BigInteger(), primary_key=True, autoincrement=False))
    start_sample: int = Field(sa_column=Column(BigInteger(), primary_key=True, autoincrement=False))
    samples: int = Field(sa_column=Column(BigInteger(), nullable=False))
    pcm: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))  # PCM16 LE mono
    created_at: datetime = _time()


class PostJob(SQLModel, table=True):
    """One exact text of one note that is to become a comment. The row is the truth; a message only wakes a worker."""

    __tablename__ = "post_jobs"
    __table_args__ = (
        Index("ix_post_jobs_state_due_at", "state", "due_at"),
        Index("ix_post_jobs_note_id", "note_id"),
        Index("ix_post_jobs_user_id_created_at", "user_id", "created_at"),
    )

    id: str = _key(primary=True)
    idempotency_key: str = Field(sa_column=Column(String(160), nullable=False, unique=True))  # note and text
    note_id: str = _refers("notes.id", "CASCADE")
    user_id: str = _refers("users.id", "CASCADE")
    video_id: str = _refers("videos.id", "CASCADE")
    site: str = Field(sa_column=Column(String(32), nullable=False))  # the video's platform
    text: str = Field(sa_column=Column(String(NOTE_LENGTH), nullable=False))  # what was consented to, to the letter
    text_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    timestamp_s: float = Field(sa_column=Column(Float(53), nullable=False))
    consent: str = Field(sa_column=Column(String(16), nullable=False))  # click, voice, auto
    state: str = Field(sa_column=Column(String(16), nullable=False))  # job_state.JobState
    reason: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))  # for the person
    attempt: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))  # claims since it was asked for
    due_at: datetime = _time()
    worker: str | None = Field(default=None, sa_column=Column(String(ID_LENGTH), nullable=True))
    lease_until: datetime | None = _time(optional=True)
    fence: int = Field(default=0, sa_column=Column(BigInteger(), nullable=False))  # grows with each claim
    submitted_at: datetime | None = _time(optional=True)  # the newest click that may have happened
    external_id: str | None = Field(default=None, sa_column=Column(String(256), nullable=True))
    external_permalink: str | None = Field(default=None, sa_column=Column(String(2048), nullable=True))
    created_at: datetime = _time()
    updated_at: datetime = _time()


class AuditEntry(SQLModel, table=True):
    """Something that was done about a post. Rows are added and never changed; they go with the account."""

    __tablename__ = "post_audit"
    __table_args__ = (
        Index("ix_post_audit_user_id_id", "user_id", "id"),
        Index("ix_post_audit_job_id", "job_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(_SERIAL, primary_key=True, autoincrement=True))
    at: datetime = _time()
    user_id: str = _refers("users.id", "CASCADE")
    note_id: str = Field(sa_column=Column(String(ID_LENGTH), nullable=False))
    job_id: str = Field(sa_column=Column(String(ID_LENGTH), nullable=False))
    actor: str = Field(sa_column=Column(String(ID_LENGTH), nullable=False))  # "person: click", "worker: name"
    event: str = Field(sa_column=Column(String(32), nullable=False))  # the state that the job came to
    site: str = Field(sa_column=Column(String(32), nullable=False))
    text_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    attempt: int = Field(sa_column=Column(BigInteger(), nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))
    permalink: str | None = Field(default=None, sa_column=Column(String(2048), nullable=True))


class PlatformConnection(SQLModel, table=True):
    """One user's login at one site: where it is kept and whether it still holds. Never a password."""

    __tablename__ = "platform_connections"

    user_id: str = _refers("users.id", "CASCADE", primary=True)
    site: str = Field(sa_column=Column(String(32), primary_key=True, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))  # connection_state.ConnectionState
    reason: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))  # for the person
    driver: str = Field(sa_column=Column(String(32), nullable=False))  # the browser, or the API, that holds it
    context_id: str | None = Field(default=None, sa_column=Column(String(256), nullable=True))  # the driver's own
    sealed_tokens: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))  # Fernet
    last_used_at: datetime | None = _time(optional=True)
    created_at: datetime = _time()
    updated_at: datetime = _time()


class PracticeComment(SQLModel, table=True):
    """A comment on the practice page of this server."""

    __tablename__ = "practice_comments"
    __table_args__ = (Index("ix_practice_comments_created_at", "created_at"),)

    id: str = _key(primary=True)
    author: str = Field(sa_column=Column(String(64), nullable=False))  # a hash: which browser wrote it
    text: str = Field(sa_column=Column(String(500), nullable=False))
    at_s: float = Field(sa_column=Column(Float(53), nullable=False))  # in the video
    created_at: datetime = _time()
