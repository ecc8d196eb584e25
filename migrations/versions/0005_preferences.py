"""preferences

Revision 0005: what a user has chosen for themselves, such as that sure notes are posted by themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("auto_post", sa.Boolean(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_preferences"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_preferences_user_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("preferences")
