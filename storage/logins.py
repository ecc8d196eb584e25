"""Queries on ``platform_connections``: a user's logins at sites, and what keeps them. Never a password.

A connection that is awaiting its person counts as in use: ``claims.py`` gives out no job that needs it.
"""

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from storage import connection_state
from storage.connection_state import LOGIN_WINDOW, ConnectionState
from storage.engine import Database
from storage.errors import InvalidTransition, NotFound
from storage.job_state import HELD
from storage.tables import PlatformConnection, PostJob, User
from storage.values import checked_text, now

SITE_LENGTH = 32
TOKENS_LIMIT = 16_384  # bytes


class Logins:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str, site: str) -> PlatformConnection | None:
        return await self._database.read(lambda session: session.get(PlatformConnection, (user_id, site)))

    async def list_for_user(self, user_id: str) -> Sequence[PlatformConnection]:
        """By site."""
        query = select(PlatformConnection).where(PlatformConnection.user_id == user_id)
        query = query.order_by(col(PlatformConnection.site))
        return await self._database.read(lambda session: session.exec(query).all())

    async def await_person(self, user_id: str, site: str, *, driver: str) -> PlatformConnection:
        """A window is about to be opened: from now on no worker uses the login.

        Raises InvalidTransition while one does, or while another window is open.
        """

        def begin(session: Session, row: PlatformConnection) -> None:
            at = now()
            using = select(PostJob.id).where(
                PostJob.user_id == user_id,
                PostJob.site == site,
                col(PostJob.state).in_(HELD),
                col(PostJob.lease_until) >= at,
            )
            if session.exec(using).first():
                raise InvalidTransition("A comment is being posted with this login. Wait a moment, then try again.")
            if row.state == ConnectionState.AWAITING_AUTH and row.updated_at > at - LOGIN_WINDOW:
                raise InvalidTransition("A window for this login is open already. Close it, then try again.")
            _move(row, ConnectionState.AWAITING_AUTH, None)
            row.driver = checked_text("driver", driver, SITE_LENGTH)

        return await self._change(user_id, site, begin)

    async def settled(
        self, user_id: str, site: str, state: ConnectionState, *, driver: str, reason: str | None = None
    ) -> PlatformConnection:
        """What a page, or the person, has shown of the login. Raises InvalidTransition."""

        def settle(_: Session, row: PlatformConnection) -> None:
            _move(row, state, reason)
            row.driver = checked_text("driver", driver, SITE_LENGTH)
            if state is ConnectionState.ACTIVE:
                row.last_used_at = row.updated_at
            if state is ConnectionState.LOGGED_OUT:
                row.context_id = row.sealed_tokens = None

        return await self._change(user_id, site, settle)

    async def keep_context(self, user_id: str, site: str, context_id: str | None) -> None:
        """Remember by what name the driver keeps this login; None forgets it."""
        name = checked_text("context", context_id, 256) if context_id else None

        def keep(_: Session, row: PlatformConnection) -> None:
            row.context_id = name

        await self._change(user_id, site, keep)

    async def keep_tokens(self, user_id: str, site: str, sealed: bytes, *, driver: str) -> None:
        """Remember sealed tokens: the login is active. Raises InvalidTransition."""
        if len(sealed) > TOKENS_LIMIT:
            raise InvalidTransition(f"Tokens of {len(sealed)} bytes are no tokens: link the account again.")

        def keep(_: Session, row: PlatformConnection) -> None:
            _move(row, ConnectionState.ACTIVE, None)
            row.driver, row.sealed_tokens = checked_text("driver", driver, SITE_LENGTH), sealed

        await self._change(user_id, site, keep)

    async def _change(
        self, user_id: str, site: str, change: Callable[[Session, PlatformConnection], None]
    ) -> PlatformConnection:
        name = checked_text("site", site, SITE_LENGTH)

        def apply(session: Session) -> PlatformConnection:
            # As a claim does, so that a window and a worker can't take one login at the same moment.
            user = session.exec(select(User).where(User.id == user_id).with_for_update(key_share=True)).one_or_none()
            if user is None:
                raise NotFound("There is no such user.")
            row = session.get(PlatformConnection, (user_id, name), populate_existing=True)
            if row is None:
                at = now()
                state = ConnectionState.LOGGED_OUT.value  # until somebody has seen more
                row = PlatformConnection(
                    user_id=user_id, site=name, state=state, driver="", created_at=at, updated_at=at
                )
            change(session, row)
            session.add(row)
            return row

        return await self._database.write(apply)


def _move(row: PlatformConnection, state: ConnectionState, reason: str | None) -> None:
    connection_state.check(row.state, state)
    row.state, row.reason = state.value, reason[:500] if reason else None
    row.updated_at = now()
