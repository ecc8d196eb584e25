"""glossaries

Revision 0002: the words that a user wants recognition to know.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "glossaries",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_glossaries"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_glossaries_user_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("glossaries")
