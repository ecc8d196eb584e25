"""Queries on ``preferences``: what a user has chosen for themselves. What was never chosen is as the server is set."""

from sqlmodel import Session

from storage.engine import Database
from storage.rows import insert_new, locked
from storage.tables import Preference, User
from storage.values import now


class Preferences:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def auto_post(self, user_id: str) -> bool | None:
        """Whether sure notes of this user are posted by themselves; None: as the server is set."""
        found = await self._database.read(lambda session: session.get(Preference, user_id))
        return found.auto_post if found else None

    async def set_auto_post(self, user_id: str, wanted: bool | None) -> None:
        """Raises NotFound when the user is not known."""

        def write(session: Session) -> None:
            locked(session, User, user_id)
            insert_new(session, Preference, user_id=user_id, updated_at=now())
            row = locked(session, Preference, user_id)
            row.auto_post = wanted
            row.updated_at = now()

        await self._database.write(write)
