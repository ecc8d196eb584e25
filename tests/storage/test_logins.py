"""A user's logins: one window or worker at a time, and what becomes of them, on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from storage.connection_state import LOGIN_WINDOW, ConnectionState
from storage.errors import InvalidTransition, NotFound
from storage.logins import TOKENS_LIMIT, Logins
from storage.tables import PlatformConnection
from storage.values import now
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, Office

ACTIVE, WAITING, EXPIRED = ConnectionState.ACTIVE, ConnectionState.AWAITING_AUTH, ConnectionState.EXPIRED
OUT = ConnectionState.LOGGED_OUT


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


@pytest.fixture
def logins(desk: Desk) -> Logins:
    return Logins(desk.database)


async def test_a_login_is_asked_for_used_lost_and_reset(logins: Logins) -> None:
    assert await logins.get("ada", "youtube") is None
    asked = await logins.await_person("ada", "youtube", driver="chromium")
    assert (asked.state, asked.last_used_at) == (WAITING, None)
    used = await logins.settled("ada", "youtube", ACTIVE, driver="chromium")
    assert used.last_used_at == used.updated_at
    lost = await logins.settled("ada", "youtube", EXPIRED, driver="chromium", reason="The site asks for a login.")
    assert (lost.state, lost.reason) == (EXPIRED, "The site asks for a login.")
    await logins.keep_context("ada", "youtube", "ctx-1")
    out = await logins.settled("ada", "youtube", OUT, driver="chromium")
    assert (out.state, out.context_id, out.reason) == (OUT, None, None)


async def test_logins_are_of_one_user_and_one_site(logins: Logins) -> None:
    for user, site in (("ada", "vimeo"), ("ada", "youtube"), ("bob", "vimeo")):
        await logins.settled(user, site, ACTIVE, driver="chromium")
    assert [row.site for row in await logins.list_for_user("ada")] == ["vimeo", "youtube"]
    with pytest.raises(NotFound):
        await logins.settled("nobody", "vimeo", ACTIVE, driver="chromium")


async def test_there_is_one_window_at_a_time_until_its_time_is_over(logins: Logins) -> None:
    await logins.await_person("ada", "youtube", driver="chromium")
    with pytest.raises(InvalidTransition, match="open already"):
        await logins.await_person("ada", "youtube", driver="chromium")
    await logins.await_person("ada", "vimeo", driver="chromium")
    await _age(logins, "youtube")
    await logins.await_person("ada", "youtube", driver="chromium")


async def test_no_job_is_given_out_while_the_person_logs_in(office: Office, logins: Logins) -> None:
    job = await office.submit(await office.firm())
    await logins.await_person("ada", "practice", driver="chromium")
    assert await office.claims.due() == []
    assert await office.claims.claim(job.id, worker="one", lease_s=LEASE_S) is None
    await logins.settled("ada", "practice", ACTIVE, driver="chromium")
    assert await office.claims.due() == [job.id]
    await office.claimed(job)


async def test_a_window_that_nobody_closed_holds_jobs_back_for_a_while_only(office: Office, logins: Logins) -> None:
    job = await office.submit(await office.firm())
    await logins.await_person("ada", "practice", driver="chromium")
    await _age(logins, "practice")
    await office.claimed(job)


async def test_no_window_is_opened_while_a_comment_is_posted(office: Office, logins: Logins) -> None:
    job = await office.submit(await office.firm())
    await office.claimed(job)
    with pytest.raises(InvalidTransition, match="being posted"):
        await logins.await_person("ada", "practice", driver="chromium")
    await office.let_lease_end(job)
    await logins.await_person("ada", "practice", driver="chromium")


async def test_tokens_are_kept_sealed_and_gone_after_a_reset(logins: Logins) -> None:
    await logins.keep_tokens("ada", "youtube", b"sealed", driver="api")
    row = await logins.get("ada", "youtube")
    assert row
    assert (row.state, row.driver, row.sealed_tokens) == (ACTIVE, "api", b"sealed")
    with pytest.raises(InvalidTransition, match="no tokens"):
        await logins.keep_tokens("ada", "youtube", b"x" * (TOKENS_LIMIT + 1), driver="api")
    reset = await logins.settled("ada", "youtube", OUT, driver="api")
    assert reset.sealed_tokens is None


async def _age(logins: Logins, site: str) -> None:
    """As if its window had been opened long ago."""
    old = now() - LOGIN_WINDOW - timedelta(seconds=1)
    await logins._database.write(
        lambda session: session.connection().execute(
            update(PlatformConnection).where(col(PlatformConnection.site) == site).values(updated_at=old)
        )
    )
