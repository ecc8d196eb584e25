"""The agent's way to a post: committed first, then said."""

import pytest

from agent.errors import NotNow
from automation.poster import QueuedPoster
from storage.errors import InvalidTransition
from storage.jobs import text_hash
from tests.storage.conftest import Desk
from tests.storage.office import Office


async def test_a_job_is_in_the_table_before_a_worker_is_told(desk: Desk) -> None:
    office, woken = Office(desk), list[str]()
    note = await office.firm()
    poster = QueuedPoster(office.jobs, woken.append)
    job_id = await poster.submit(note, consent="click")
    assert woken == [job_id]
    assert (await office.jobs.get(job_id, "ada")).text_sha256 == text_hash(note.text)


async def test_another_text_than_the_one_that_was_seen_is_not_posted(desk: Desk) -> None:
    office, woken = Office(desk), list[str]()
    note = await office.desk.note()
    poster = QueuedPoster(office.jobs, woken.append)
    with pytest.raises(NotNow, match="post it again"):
        await poster.submit(note, consent="click", text_sha256=text_hash("Something else"))
    assert (woken, await office.status(note)) == ([], "ghost")


async def test_what_the_table_refuses_wakes_nobody(desk: Desk) -> None:
    office, woken = Office(desk), list[str]()
    note = await office.desk.notes.cancel((await office.desk.note()).id, user_id="ada")
    with pytest.raises(InvalidTransition):
        await QueuedPoster(office.jobs, woken.append).submit(note, consent="click")
    assert woken == []


@pytest.mark.parametrize("found", [True, False])
async def test_who_looked_on_the_site_settles_an_unsure_post(desk: Desk, *, found: bool) -> None:
    office, woken = Office(desk), list[str]()
    poster = QueuedPoster(office.jobs, woken.append)
    note = await office.firm()
    job = await office.submit(note)
    with pytest.raises(NotNow, match="Nobody asks"):
        await poster.settle(note, found=found)
    claim = await office.claimed(job)
    await office.claims.submitting(job.id, claim.fence, 30)
    await office.claims.attention(job.id, claim.fence, reason="It may have been sent.")
    await poster.settle(note, found=found, permalink="https://site.example/c/1" if found else None)
    settled = await office.jobs.get(job.id, "ada")
    if found:
        assert (settled.state, settled.external_permalink, woken) == ("posted", "https://site.example/c/1", [])
    else:
        assert (settled.state, settled.submitted_at, woken) == ("queued", None, [job.id])
    assert await office.status(note) == ("posted" if found else "pending_post")
    with pytest.raises(NotNow, match="Nobody asks"):
        await poster.settle(note, found=found)
