"""users, videos, review_sessions, notes, audio_chunks

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _key(name: str = "id", *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(64), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _big(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "users",
        _key(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320), nullable=True),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "videos",
        _key(),
        _key("user_id"),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(256), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("duration_s", sa.Float(53), nullable=True),
        sa.Column("chapters", sa.JSON(), nullable=False),
        sa.Column("cues", sa.JSON(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_videos"),
        sa.UniqueConstraint("user_id", "platform", "external_id", name="uq_videos_user_id_platform_external_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_videos_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_videos_user_id_updated_at", "videos", ["user_id", "updated_at"])
    op.create_table(
        "review_sessions",
        _key(),
        _key("user_id"),
        _key("video_id", nullable=True),
        sa.Column("mode", sa.String(16), nullable=True),
        _key("owner", nullable=True),
        _time("lease_until", nullable=True),
        _big("fence"),
        sa.Column("state", sa.JSON(), nullable=False),
        _big("applied_utterance"),
        _big("capture", nullable=True),
        _big("safe_samples"),
        sa.Column("unfinished", sa.Boolean(), nullable=False),
        _time("started_at"),
        _time("last_active_at"),
        _time("last_transition_at"),
        sa.PrimaryKeyConstraint("id", name="pk_review_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_review_sessions_user_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name="fk_review_sessions_video_id", ondelete="SET NULL"),
    )
    op.create_index("ix_review_sessions_user_id_last_active_at", "review_sessions", ["user_id", "last_active_at"])
    op.create_index("ix_review_sessions_unfinished", "review_sessions", ["unfinished"])
    op.create_table(
        "notes",
        _key(),
        _key("user_id"),
        _key("video_id"),
        _key("session_id", nullable=True),
        _big("utterance", nullable=True),
        _big("part"),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Float(53), nullable=False),
        sa.Column("coverage", sa.Float(53), nullable=True),
        sa.Column("timestamp_s", sa.Float(53), nullable=False),
        _key("engine"),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_reason", sa.String(500), nullable=True),
        _big("revision"),
        sa.Column("consent", sa.String(16), nullable=True),
        sa.Column("consent_sha256", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(256), nullable=True),
        sa.Column("external_permalink", sa.String(2048), nullable=True),
        _time("created_at"),
        _time("updated_at"),
        _time("deleted_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.UniqueConstraint("session_id", "utterance", "part", name="uq_notes_session_id_utterance_part"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notes_user_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name="fk_notes_video_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["review_sessions.id"], name="fk_notes_session_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_notes_video_id_timestamp_s", "notes", ["video_id", "timestamp_s"])
    op.create_index("ix_notes_user_id_created_at", "notes", ["user_id", "created_at"])
    op.create_table(
        "audio_chunks",
        _key("session_id"),
        _big("capture"),
        _big("start_sample"),
        _big("samples"),
        sa.Column("pcm", sa.LargeBinary(), nullable=True),
        _time("created_at"),
        sa.PrimaryKeyConstraint("session_id", "capture", "start_sample", name="pk_audio_chunks"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["review_sessions.id"], name="fk_audio_chunks_session_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_audio_chunks_created_at", "audio_chunks", ["created_at"])


def downgrade() -> None:
    for table in ("audio_chunks", "notes", "review_sessions", "videos", "users"):
        op.drop_table(table)
