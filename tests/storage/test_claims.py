"""storage/claims.py, on both databases: who holds a job, and what no worker can do twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from sqlmodel import col

from storage.claims import ATTEMPTS, MISTAKEN, POSTS_A_MINUTE, Claim, Spent
from storage.errors import InvalidTransition, StaleFence
from storage.tables import Note, PostJob
from storage.values import now
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, PERMALINK, Office


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


async def test_a_post_from_claim_to_permalink(office: Office) -> None:
    note = await office.firm()
    job = await office.submit(note)
    claim = await office.claimed(job)
    assert (claim.fence, claim.attempt, claim.video, claim.text, claim.recovering) == (1, 1, "1", note.text, False)
    assert await office.status(note) == "pending_post"
    await office.claims.renew(job.id, claim.fence, LEASE_S)
    await office.claims.submitting(job.id, claim.fence, LEASE_S)
    await office.claims.posted(job.id, claim.fence, external_id="c1", permalink=PERMALINK)
    stored = await office.desk.notes.get(note.id, "ada")
    assert (stored.status, stored.external_id, stored.external_permalink) == ("posted", "c1", PERMALINK)
    assert await office.events() == [
        ("person: click", "queued"),
        ("worker: one", "claimed"),
        ("worker: one", "submitting"),
        ("worker: one", "posted"),
    ]
    assert (await office.jobs.audit("ada"))[0].permalink == PERMALINK


async def test_of_many_workers_one_gets_the_job(office: Office) -> None:
    job = await office.submit(await office.firm())
    claims = await asyncio.gather(*(office.claims.claim(job.id, worker=f"w{n}", lease_s=LEASE_S) for n in range(8)))
    assert [claim.fence for claim in claims if isinstance(claim, Claim)] == [1]


async def test_a_worker_whose_lease_ended_and_was_taken_touches_nothing(office: Office) -> None:
    job = await office.submit(await office.firm())
    slow = await office.claimed(job, "slow")
    await office.let_lease_end(job)
    quick = await office.claimed(job, "quick")
    assert (quick.fence, quick.attempt, quick.recovering) == (2, 2, False)
    for act in (
        office.claims.submitting(job.id, slow.fence, LEASE_S),
        office.claims.posted(job.id, slow.fence, external_id=None, permalink=None),
        office.claims.later(job.id, slow.fence, reason="", delay_s=0),
        office.claims.attention(job.id, slow.fence, reason=""),
        office.claims.renew(job.id, slow.fence, LEASE_S),
    ):
        with pytest.raises(StaleFence):
            await act
    await office.claims.submitting(job.id, quick.fence, LEASE_S)


async def test_a_lease_that_ended_unnoticed_still_counts(office: Office) -> None:
    job = await office.submit(await office.firm())
    claim = await office.claimed(job)
    await office.let_lease_end(job)
    await office.claims.submitting(job.id, claim.fence, LEASE_S)


async def test_a_click_that_may_have_happened_is_looked_for_and_never_repeated_blindly(office: Office) -> None:
    note = await office.firm()
    job = await office.submit(note)
    await office.claims.submitting(job.id, (await office.claimed(job)).fence, LEASE_S)
    await office.let_lease_end(job)
    assert list(await office.claims.due()) == [job.id]
    second = await office.claimed(job, "two")
    assert second.recovering
    with pytest.raises(InvalidTransition, match="look at the site"):
        await office.claims.submitting(job.id, second.fence, LEASE_S)
    await office.claims.later(job.id, second.fence, reason="surely absent", delay_s=0)
    assert await office.status(note) == "pending_post"
    third = await office.claimed(job, "three")
    assert not third.recovering
    assert third.submitted_at is not None
    await office.claims.submitting(job.id, third.fence, LEASE_S)


async def test_after_three_attempts_it_is_a_dead_letter(office: Office) -> None:
    note = await office.firm()
    job = await office.submit(note)
    for attempt in range(1, ATTEMPTS + 1):
        claim = await office.claimed(job)
        assert claim.attempt == attempt
        state = (await office.claims.later(job.id, claim.fence, reason="the page is slow", delay_s=60)).state
        if attempt < ATTEMPTS:
            assert state == "queued"
            assert await office.claims.claim(job.id, worker="one", lease_s=LEASE_S) is None, "not due yet"
            await office.make_due(job)
    assert (await office.state(job), await office.status(note)) == ("failed", "failed")
    assert (await office.desk.notes.get(note.id, "ada")).status_reason == "the page is slow"


@pytest.mark.parametrize(("clicked", "end"), [(False, "failed"), (True, "needs_attention")])
async def test_workers_that_die_each_time_don_t_go_on_for_ever(office: Office, clicked: bool, end: str) -> None:
    note = await office.firm()
    job = await office.submit(note)
    for attempt in range(ATTEMPTS):
        claim = await office.claimed(job)
        if clicked and attempt == 0:
            await office.claims.submitting(job.id, claim.fence, LEASE_S)
        await office.let_lease_end(job)
    spent = await office.claims.claim(job.id, worker="one", lease_s=LEASE_S)
    assert spent == Spent(note.id, "ada")
    assert (await office.state(job), await office.status(note)) == (end, end)
    assert list(await office.claims.due()) == []


async def test_one_job_at_a_time_for_a_login(office: Office) -> None:
    first = await office.submit(await office.firm(1, text="One"))
    second = await office.submit(await office.firm(2, text="Two"))
    claims = await asyncio.gather(
        *(office.claims.claim(job.id, worker=job.id[:8], lease_s=LEASE_S) for job in (first, second))
    )
    assert sum(claim is not None for claim in claims) == 1
    held = next(claim for claim in claims if isinstance(claim, Claim))
    other = second if held.id == first.id else first
    assert await office.claims.claim(other.id, worker="two", lease_s=LEASE_S) is None
    await office.claims.failed(held.id, held.fence, reason="done with it")
    assert await office.claims.claim(other.id, worker="two", lease_s=LEASE_S) is not None


async def test_five_posts_a_minute_and_the_sixth_waits(office: Office) -> None:
    for utterance in range(1, POSTS_A_MINUTE + 1):
        job = await office.submit(await office.firm(utterance, text=f"Note {utterance}"))
        claim = await office.claimed(job)
        await office.claims.submitting(job.id, claim.fence, LEASE_S)
        await office.claims.posted(job.id, claim.fence, external_id=None, permalink=None)
    sixth = await office.submit(await office.firm(9, text="One too many"))
    assert await office.claims.claim(sixth.id, worker="one", lease_s=LEASE_S) is None
    waits = (await office.jobs.get(sixth.id, "ada")).due_at - now()
    assert timedelta(seconds=30) < waits <= timedelta(minutes=1)
    assert list(await office.claims.due()) == []


async def test_claims_and_submissions_at_once_don_t_lock_each_other_out(office: Office) -> None:
    notes = [await office.firm(utterance, text=f"Note {utterance}") for utterance in range(1, 13)]
    jobs = [await office.submit(note) for note in notes[:6]]

    async def take(job: PostJob) -> None:
        claim = await office.claims.claim(job.id, worker=job.id[:8], lease_s=LEASE_S)
        if isinstance(claim, Claim):
            await office.claims.failed(job.id, claim.fence, reason="no")

    async def edit(note: Note) -> None:
        await office.desk.notes.edit(note.id, user_id="ada", timestamp_s=3.0)

    done = await asyncio.gather(
        *(take(job) for job in jobs),
        *(office.submit(note) for note in notes[6:]),
        *(edit(note) for note in notes[:6]),
        return_exceptions=True,
    )
    assert [error for error in done if isinstance(error, BaseException) and not isinstance(error, StaleFence)] == []


async def test_a_worker_that_stops_gives_its_job_back_and_no_attempt_is_lost(office: Office) -> None:
    job = await office.submit(await office.firm())
    claim = await office.claimed(job)
    await office.claims.give_back(job.id, claim.fence)
    assert await office.claims.due() == [job.id]
    again = await office.claimed(job)
    assert (again.attempt, again.fence) == (1, 2)
    with pytest.raises(StaleFence):
        await office.claims.give_back(job.id, claim.fence)
    await office.claims.submitting(job.id, again.fence, LEASE_S)
    await office.claims.give_back(job.id, again.fence)
    assert (await office.claimed(job)).submitted_at is None, "surely not clicked"


async def test_one_job_a_login_is_due_at_a_time(office: Office) -> None:
    first, second = [await office.submit(await office.firm(utterance)) for utterance in (1, 2)]
    assert await office.claims.due() == [first.id]
    claim = await office.claimed(first)
    assert await office.claims.due() == []
    await office.claims.submitting(first.id, claim.fence, LEASE_S)
    await office.claims.posted(first.id, claim.fence, external_id=None, permalink=None)
    assert await office.claims.due() == [second.id]


async def test_a_comment_belongs_to_one_job(office: Office) -> None:
    first, second = [await office.submit(await office.firm(utterance)) for utterance in (1, 2)]
    claim = await office.claimed(first)
    assert (claim.others, claim.nameless) == (frozenset(), False)
    await office.claims.submitting(first.id, claim.fence, LEASE_S)
    await office.claims.posted(first.id, claim.fence, external_id="c-1", permalink=None)
    claim = await office.claimed(second)
    assert (claim.others, claim.nameless) == (frozenset({"c-1"}), False)
    await office.claims.submitting(second.id, claim.fence, LEASE_S)
    mistaken = await office.claims.posted(second.id, claim.fence, external_id="c-1", permalink=None)
    assert (mistaken.state, mistaken.reason, mistaken.external_id) == ("needs_attention", MISTAKEN, None)


async def test_the_same_words_without_an_id_can_t_be_told_apart(office: Office) -> None:
    first, second = [await office.submit(await office.firm(utterance)) for utterance in (1, 2)]
    claim = await office.claimed(first)
    await office.claims.submitting(first.id, claim.fence, LEASE_S)
    await office.claims.posted(first.id, claim.fence, external_id=None, permalink=None)
    assert (await office.claimed(second)).nameless


async def test_a_job_whose_note_is_another_one_ends_instead_of_going_round(office: Office) -> None:
    note = await office.firm()
    job = await office.submit(note)
    await office.desk.database.write(
        lambda session: session.connection().execute(
            update(Note).where(col(Note.id) == note.id).values(text="Slipped in", status="firmed")
        )
    )
    assert await office.claims.claim(job.id, worker="one", lease_s=LEASE_S) == Spent(note.id, "ada")
    assert (await office.state(job), await office.status(note)) == ("withdrawn", "firmed")


async def test_the_lease_begins_anew_before_the_click(office: Office) -> None:
    job = await office.submit(await office.firm())
    claim = await office.claimed(job)
    await office.claims.renew(job.id, claim.fence, 0.01)
    await office.claims.submitting(job.id, claim.fence, LEASE_S)
    left = (await office.jobs.get(job.id, "ada")).lease_until
    assert left
    assert left > now() + timedelta(seconds=LEASE_S / 2)


async def test_a_login_with_many_jobs_hides_nobody_else_s(office: Office) -> None:
    job = await office.submit(await office.firm())
    at = now() - timedelta(minutes=1)
    many = [
        {**job.model_dump(), "id": f"many-{number}", "idempotency_key": f"many-{number}", "site": "vimeo", "due_at": at}
        for number in range(50)
    ]
    await office.desk.database.write(lambda session: session.connection().execute(insert(PostJob), many))
    assert await office.claims.due(2) == ["many-0", job.id]
