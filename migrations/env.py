"""What Alembic runs for every command: on the connection it is handed, or on DATABASE_URL for ``alembic.ini``."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 - fills the metadata
from migrations import locked
from storage.connections import parsed


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite can't alter a column in place
    )
    with context.begin_transaction():
        context.run_migrations()


handed: Connection | None = context.config.attributes.get("connection")
if handed is None:
    asyncio.run(locked(parsed(os.environ["DATABASE_URL"]), migrate))
else:
    migrate(handed)
