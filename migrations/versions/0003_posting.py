"""posting

Revision 0003: jobs that turn notes into comments, and what was done about them. The audit refuses changes by itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEVER = "entries of the audit are never changed"


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "post_jobs",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(160), nullable=False),
        sa.Column("note_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("video_id", sa.String(64), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("timestamp_s", sa.Float(53), nullable=False),
        sa.Column("consent", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("due_at", time, nullable=False),
        sa.Column("worker", sa.String(64), nullable=True),
        sa.Column("lease_until", time, nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", time, nullable=True),
        sa.Column("external_id", sa.String(256), nullable=True),
        sa.Column("external_permalink", sa.String(2048), nullable=True),
        sa.Column("created_at", time, nullable=False),
        sa.Column("updated_at", time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_post_jobs"),
        sa.UniqueConstraint("idempotency_key", name="uq_post_jobs_idempotency_key"),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name="fk_post_jobs_note_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_post_jobs_user_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name="fk_post_jobs_video_id", ondelete="CASCADE"),
    )
    op.create_index("ix_post_jobs_state_due_at", "post_jobs", ["state", "due_at"])
    op.create_index("ix_post_jobs_note_id", "post_jobs", ["note_id"])
    op.create_index("ix_post_jobs_user_id_created_at", "post_jobs", ["user_id", "created_at"])
    op.create_table(
        "post_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True),
        sa.Column("at", time, nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("note_id", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("permalink", sa.String(2048), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_post_audit"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_post_audit_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_post_audit_user_id_id", "post_audit", ["user_id", "id"])
    op.create_index("ix_post_audit_job_id", "post_audit", ["job_id"])
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("post_audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION post_audit_is_final()")
    op.drop_table("post_jobs")


def _guards(dialect: str) -> list[str]:
    """Rows go only with their account, which deletes them by the foreign key."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER post_audit_is_final BEFORE UPDATE ON post_audit BEGIN SELECT RAISE(ABORT, '{NEVER}'); END"
        ]
    return [
        "CREATE FUNCTION post_audit_is_final() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{NEVER}'; END $$",
        "CREATE TRIGGER post_audit_is_final BEFORE UPDATE ON post_audit "
        "FOR EACH ROW EXECUTE FUNCTION post_audit_is_final()",
    ]
