"""storage/jobs.py, on both databases: what people may have posted, once, and what is written down of it."""

import asyncio

import pytest
from sqlalchemy import text
from sqlmodel import Session

from storage.errors import (
    Forbidden,
    InvalidTransition,
    InvalidValue,
    NotFound,
    RevisionConflict,
    StaleFence,
    StorageError,
)
from storage.job_state import JobState
from storage.jobs import text_hash
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, PERMALINK, Office


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


async def test_a_job_and_its_note_move_together_with_the_consent(office: Office) -> None:
    note = await office.firm()
    job = await office.submit(note)
    assert (job.state, job.site, job.text, job.timestamp_s) == ("queued", "practice", note.text, note.timestamp_s)
    stored = await office.desk.notes.get(note.id, "ada")
    assert (stored.status, stored.consent, stored.consent_sha256) == ("pending_post", "click", text_hash(note.text))
    assert list(await office.claims.due()) == [job.id]


async def test_asked_twice_at_once_it_is_one_job(office: Office) -> None:
    note = await office.firm()
    jobs = await asyncio.gather(*(office.submit(note, consent) for consent in ("click", "voice", "click", "auto")))
    assert len({job.id for job in jobs}) == 1
    assert len(await office.jobs.list_for_user("ada")) == 1
    assert [event for _, event in await office.events()] == ["queued"]


async def test_a_voice_command_that_is_run_again_asks_once(office: Office) -> None:
    note = await office.firm()
    mark = ("s", office.desk.fence, 7)
    job = await office.submit(note, "voice", mark=mark)
    await office.jobs.discard(job.id, user_id="ada")
    again = await office.submit(note, "voice", mark=mark)
    assert (again.id, again.state) == (job.id, "withdrawn")
    with pytest.raises(StaleFence):
        await office.submit(note, "voice", mark=("s", office.desk.fence + 1, 8))


async def test_consent_is_for_the_text_that_was_seen(office: Office) -> None:
    note = await office.firm()
    await office.desk.notes.edit(note.id, user_id="ada", text="The cut comes too early")
    with pytest.raises(RevisionConflict, match="post it again"):
        await office.submit(note)
    with pytest.raises(InvalidValue, match="click"):
        await office.submit(note, "because the model said so")
    with pytest.raises(Forbidden):
        await office.jobs.submit(note.id, user_id="bob", consent="click", text_sha256=text_hash(note.text))
    with pytest.raises(NotFound):
        await office.jobs.submit("nothing", user_id="ada", consent="click", text_sha256="")


async def test_a_ghost_is_kept_in_the_same_breath(office: Office) -> None:
    ghost = await office.desk.note(1)
    await office.submit(ghost)
    note = await office.desk.notes.get(ghost.id, "ada")
    assert (note.status, note.revision) == ("pending_post", ghost.revision + 1)


@pytest.mark.parametrize("confidence, posted", [(0.71, True), (0.7, False), (0.4, False)])
async def test_only_a_sure_note_is_posted_by_itself(office: Office, confidence: float, posted: bool) -> None:
    note = await office.desk.note(1, confidence=confidence)
    if posted:
        assert (await office.submit(note, "auto")).consent == "auto"
        return
    with pytest.raises(InvalidTransition, match="not sure enough"):
        await office.submit(note, "auto")
    assert await office.status(note) == "ghost"
    assert (await office.submit(note, "click")).consent == "click"


async def test_a_scratched_and_a_deleted_note_are_not_posted(office: Office) -> None:
    gone = await office.desk.notes.cancel((await office.desk.note(2)).id, user_id="ada")
    with pytest.raises(InvalidTransition):
        await office.submit(gone)
    deleted = await office.firm(3)
    await office.desk.notes.delete(deleted.id, user_id="ada")
    with pytest.raises(NotFound):
        await office.submit(deleted)


@pytest.mark.parametrize("change", ["edit", "cancel", "delete", "withdraw"])
@pytest.mark.parametrize("under_way", [False, True])
async def test_a_change_of_the_note_withdraws_what_is_not_being_sent(
    office: Office, change: str, under_way: bool
) -> None:
    note = await office.firm()
    job = await office.submit(note)
    claim = await office.claimed(job) if under_way else None
    await office.change(note, change)
    assert await office.state(job) == "withdrawn"
    assert list(await office.claims.due()) == []
    if claim:
        with pytest.raises(StaleFence, match="Touch nothing"):
            await office.claims.submitting(job.id, claim.fence, LEASE_S)


@pytest.mark.parametrize("change", ["edit", "cancel", "delete", "withdraw"])
async def test_once_it_is_being_sent_it_is_too_late(office: Office, change: str) -> None:
    note = await office.firm()
    job = await office.submit(note)
    claim = await office.claimed(job)
    await office.claims.submitting(job.id, claim.fence, LEASE_S)
    assert await office.status(note) == "posting"
    with pytest.raises(InvalidTransition, match="too late"):
        await office.change(note, change)
    assert await office.state(job) == "submitting"


async def test_the_same_text_later_is_the_same_job_and_knows_of_its_click(office: Office) -> None:
    note = await office.firm()
    job = await office.submit(note)
    claim = await office.claimed(job)
    await office.claims.submitting(job.id, claim.fence, LEASE_S)
    await office.claims.attention(job.id, claim.fence, reason="unsure")
    said = note.text
    await office.desk.notes.edit(note.id, user_id="ada", text="Something else")
    back = await office.desk.notes.edit(note.id, user_id="ada", text=said)
    again = await office.submit(back)
    assert (again.id, again.state, again.attempt) == (job.id, "queued", 0)
    assert again.submitted_at is not None, "the first click may have left its comment"
    assert (await office.claimed(again)).submitted_at == again.submitted_at


async def test_another_text_is_another_job_and_the_old_one_is_over(office: Office) -> None:
    note = await office.firm()
    first = await office.submit(note)
    await office.claims.failed(first.id, (await office.claimed(first)).fence, reason="comments are off")
    edited = await office.desk.notes.edit(note.id, user_id="ada", text="Something else")
    second = await office.submit(edited)
    assert second.id != first.id
    assert await office.state(first) == "withdrawn"


async def test_dead_letters_are_listed_tried_again_found_or_discarded(office: Office) -> None:
    jobs = []
    for utterance in (1, 2, 3):
        note = await office.firm(utterance, text=f"Note {utterance}")
        job = await office.submit(note)
        await office.claims.attention(job.id, (await office.claimed(job)).fence, reason="log in again")
        jobs.append((note, job))
    waiting = await office.jobs.list_for_user("ada", states=[JobState.NEEDS_ATTENTION])
    assert [job.reason for job in waiting] == ["log in again"] * 3
    (again, retried), (seen, found), (dropped, discarded) = jobs
    await office.jobs.retry(retried.id, user_id="ada")
    assert (await office.status(again), await office.state(retried)) == ("pending_post", "queued")
    await office.jobs.found(found.id, user_id="ada", permalink=PERMALINK)
    assert (await office.desk.notes.get(seen.id, "ada")).external_permalink == PERMALINK
    await office.jobs.discard(discarded.id, user_id="ada")
    assert (await office.status(dropped), await office.state(discarded)) == ("firmed", "withdrawn")
    with pytest.raises(InvalidTransition):
        await office.jobs.retry(found.id, user_id="ada")
    with pytest.raises(Forbidden):
        await office.jobs.retry(retried.id, user_id="bob")
    with pytest.raises(NotFound, match="sidenote jobs"):
        await office.jobs.discard("nothing", user_id="ada")


async def test_what_is_under_way_is_not_discarded(office: Office) -> None:
    job = await office.submit(await office.firm())
    await office.claimed(job)
    with pytest.raises(InvalidTransition, match="just now"):
        await office.jobs.discard(job.id, user_id="ada")


async def test_the_audit_can_t_be_changed_and_goes_with_the_account(office: Office) -> None:
    await office.submit(await office.firm())

    def forge(session: Session) -> None:
        session.connection().execute(text("UPDATE post_audit SET actor = 'nobody'"))

    with pytest.raises(StorageError, match=r"CONSTRAINT_TRIGGER|P0001"):
        await office.desk.database.write(forge)
    await office.desk.database.write(
        lambda session: session.connection().execute(text("DELETE FROM users WHERE id = 'ada'"))
    )
    assert list(await office.jobs.audit("ada")) == []


async def test_a_job_names_no_words_but_its_own_and_the_audit_none(office: Office) -> None:
    note = await office.firm(text="Something private")
    await office.submit(note)
    (entry,) = await office.jobs.audit("ada")
    assert "private" not in str(entry.model_dump())
    assert entry.text_sha256 == text_hash(note.text)


@pytest.mark.parametrize("state", ["queued", "claimed", "submitting", "posted", "withdrawn"])
async def test_only_what_failed_or_waits_for_the_person_is_tried_again(office: Office, state: str) -> None:
    note = await office.firm()
    job = await office.submit(note)
    if state == "withdrawn":
        await office.change(note, "edit")
    elif state != "queued":
        claim = await office.claimed(job)
        if state != "claimed":
            await office.claims.submitting(job.id, claim.fence, LEASE_S)
        if state == "posted":
            await office.claims.posted(job.id, claim.fence, external_id="1", permalink=PERMALINK)
    for asked in (office.jobs.retry, office.jobs.found):
        with pytest.raises(InvalidTransition, match=f"is {state}"):
            await asked(job.id, user_id="ada")
    assert await office.state(job) == state


async def test_a_job_tried_again_is_lost_to_whoever_held_it(office: Office) -> None:
    job = await office.submit(await office.firm())
    claim = await office.claimed(job)
    await office.claims.attention(job.id, claim.fence, reason="a captcha")
    await office.jobs.retry(job.id, user_id="ada")
    again = await office.claimed(job)
    assert again.fence > claim.fence + 1
    with pytest.raises(StaleFence):
        await office.claims.submitting(job.id, claim.fence, LEASE_S)


async def test_the_person_may_say_that_an_unsure_comment_is_not_there(office: Office) -> None:
    job = await office.submit(await office.firm())
    claim = await office.claimed(job)
    await office.claims.submitting(job.id, claim.fence, LEASE_S)
    await office.claims.attention(job.id, claim.fence, reason="who knows")
    await office.jobs.retry(job.id, user_id="ada")
    claim = await office.claimed(job)
    assert claim.submitted_at is not None
    await office.claims.attention(job.id, claim.fence, reason="who knows")
    await office.jobs.retry(job.id, user_id="ada", absent=True)
    assert (await office.claimed(job)).submitted_at is None
    assert "not on the site" in str([entry.reason for entry in await office.jobs.audit("ada")])
