"""Queries on ``users``: a person exists from the first time a valid token names them."""

from sqlmodel import Session

from storage.engine import Database
from storage.errors import NotFound
from storage.rows import insert_new, locked
from storage.tables import User
from storage.values import ID_LENGTH, checked_text, now


class Users:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(self, user_id: str, name: str = "") -> User:
        """The user, made when new. A name that is given replaces the old one. Raises InvalidValue."""
        user_id = checked_text("user id", user_id, ID_LENGTH)
        name = checked_text("name", name, 200, empty=True)

        def ensure(session: Session) -> User:
            insert_new(session, User, id=user_id, name=name, created_at=now())
            user = locked(session, User, user_id)
            if name:
                user.name = name
            return user

        return await self._database.write(ensure)

    async def get(self, user_id: str) -> User:
        """Raises NotFound."""
        user = await self._database.read(lambda session: session.get(User, user_id))
        if user is None:
            raise NotFound("There is no such user. Connect once with a token of theirs.")
        return user
