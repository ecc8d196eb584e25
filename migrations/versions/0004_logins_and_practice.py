"""logins and practice

Revision 0004: which sites a user is logged in to, and the comments of the practice page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "platform_connections",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("driver", sa.String(32), nullable=False),
        sa.Column("context_id", sa.String(256), nullable=True),
        sa.Column("sealed_tokens", sa.LargeBinary(), nullable=True),
        sa.Column("last_used_at", time, nullable=True),
        sa.Column("created_at", time, nullable=False),
        sa.Column("updated_at", time, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "site", name="pk_platform_connections"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_platform_connections_user_id", ondelete="CASCADE"),
    )
    op.create_table(
        "practice_comments",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("at_s", sa.Float(53), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice_comments"),
    )
    op.create_index("ix_practice_comments_created_at", "practice_comments", ["created_at"])


def downgrade() -> None:
    op.drop_table("practice_comments")
    op.drop_table("platform_connections")
