"""automation/posting.py on real tables: wherever it breaks, the comment is there once or somebody is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from automation.posting import ABSENT, OVERSLEPT, SLOW, UNSEEN, UNSURE, Attempt
from automation.sites.contract import AskPerson, Impossible, Later, Refused, Site
from automation.sites.scripted import ScriptedSite, Wall
from storage.claims import STOPPED, Claim
from storage.errors import DatabaseUnavailable, StaleFence
from storage.tables import Note, PostJob
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, Office

URL = "https://site.example/watch"
ASK = "Log in to practice (`sidenote connect practice`), then try again."


class Press:
    """One note that is to be posted on one wall."""

    def __init__(self, office: Office, note: Note, job: PostJob) -> None:
        self.office, self.note, self.job = office, note, job
        self.wall = Wall()
        self.told: list[str] = []

    async def attempt(self, site: ScriptedSite | None = None, *, claim: Claim | None = None, **given: Any) -> None:
        """Claim the job and try to post it."""
        held = claim or await self.office.claimed(self.job)
        limits = {"lease_s": LEASE_S, "deadline_s": 5.0} | given
        await Attempt(held, self.office.claims, self._tell, **limits).run(URL, page(site or ScriptedSite(self.wall)))

    async def stopped(self, step: str) -> None:
        """An attempt that is cancelled in the middle of a step, as a worker's that goes down."""
        site = HangingSite(self.wall, step, answers=False)
        task = asyncio.create_task(self.attempt(site))
        await site.hangs.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def killed(self, site: ScriptedSite, **given: Any) -> None:
        """An attempt that ends as kill -9 ends it: nothing more is written; its lease runs out."""
        with pytest.raises(Killed):
            await self.attempt(site, **given)
        await self.office.let_lease_end(self.job)

    async def _tell(self, step: str) -> None:
        self.told.append(step)

    async def state(self) -> tuple[str, str | None]:
        job = await self.office.jobs.get(self.job.id, "ada")
        return job.state, job.reason

    @property
    def comments(self) -> int:
        return len(self.wall.comments)


class HangingSite(ScriptedSite):
    """Never comes back from one of its steps."""

    def __init__(self, wall: Wall, step: str, **given: Any) -> None:
        super().__init__(wall, **given)
        self.hangs = asyncio.Event()
        hanging = getattr(self, step)

        async def hang(*given: Any) -> None:
            self.hangs.set()
            await asyncio.Event().wait()
            await hanging(*given)

        setattr(self, step, hang)


class Killed(BaseException):
    """No exception that anybody catches."""


@asynccontextmanager
async def opened(site: ScriptedSite) -> AsyncIterator[Site]:
    yield site


def page(site: ScriptedSite) -> AbstractAsyncContextManager[Site]:
    return opened(site)


@pytest.fixture
async def press(desk: Desk) -> Press:
    office = Office(desk)
    note = await office.firm()
    return Press(office, note, await office.submit(note))


async def test_a_comment_is_posted_and_has_its_permalink(press: Press) -> None:
    await press.attempt()
    assert await press.state() == ("posted", None)
    assert press.comments == 1
    assert (await press.office.desk.notes.get(press.note.id, "ada")).external_permalink == "https://site.example/#0"
    assert press.told == ["opening", "signing_in", "writing", "submitting", "reading_back"]


async def test_a_site_that_names_no_comment_is_read(press: Press) -> None:
    site = ScriptedSite(press.wall, answers=False)
    await press.attempt(site)
    assert site.steps[-1] == "read_back"
    assert await press.state() == ("posted", None)


@pytest.mark.parametrize("step", ["open_at", "signed_in", "write"])
@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (Later("the page is slow"), "queued", "the page is slow"),
        (TimeoutError(), "queued", SLOW),
        (AskPerson("a captcha"), "needs_attention", "a captcha"),
        (Impossible("comments are off"), "failed", "comments are off"),
        (ValueError("a bug"), "queued", "Something went wrong here (ValueError)."),
    ],
)
async def test_before_the_click_an_error_says_where_the_job_goes(
    press: Press, step: str, error: Exception, state: str, reason: str
) -> None:
    await press.attempt(ScriptedSite(press.wall, breaks={step: error}))
    assert (await press.state(), press.comments) == ((state, reason), 0)


async def test_signed_out_asks_for_a_login(press: Press) -> None:
    await press.attempt(ScriptedSite(press.wall, signed_in=False))
    assert await press.state() == ("needs_attention", ASK)


async def test_a_page_that_hangs_is_left_at_the_deadline(press: Press) -> None:
    class Hanging(ScriptedSite):
        async def open_at(self, url: str) -> None:
            await asyncio.Event().wait()

    await press.attempt(Hanging(press.wall), deadline_s=0.05)
    assert await press.state() == ("queued", SLOW)


async def test_an_answer_that_is_lost_is_looked_for_on_the_page(press: Press) -> None:
    await press.attempt(ScriptedSite(press.wall, breaks={"answer": Later("the connection broke")}))
    assert (await press.state(), press.comments) == (("posted", None), 1)


async def test_an_error_at_the_button_that_was_not_clicked_is_one_before_the_click(press: Press) -> None:
    await press.attempt(ScriptedSite(press.wall, breaks={"submit": Later("there is no button")}))
    assert (await press.state(), press.comments) == (("queued", "there is no button"), 0)
    await press.office.make_due(press.job)
    await press.attempt()
    assert (await press.state(), press.comments) == (("posted", None), 1)
    assert "looking" not in press.told, "nothing was clicked that could be there"


async def test_what_the_site_says_at_the_click_is_told_to_the_person(press: Press) -> None:
    press.wall.hides = True
    await press.attempt(ScriptedSite(press.wall, breaks={"answer": Later("Too many comments.")}))
    assert await press.state() == ("needs_attention", f"{UNSURE} Too many comments.")


async def test_a_worker_that_was_stopped_before_the_click_leaves_it(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by SIGSTOP, or a machine that sleeps, for longer than half of the lease."""
    now = [0.0]
    monkeypatch.setattr("automation.posting._clock_s", lambda: now[0])

    def sleeps() -> None:
        now[0] += LEASE_S / 2 + 1

    await press.attempt(ScriptedSite(press.wall, before={"submit": sleeps}))
    assert (await press.state(), press.comments) == (("queued", OVERSLEPT), 0)


@pytest.mark.parametrize("step", ["answer", "read_back"])
@pytest.mark.parametrize("error", [TimeoutError(), ValueError("a bug")])
async def test_after_the_click_nothing_is_assumed(press: Press, step: str, error: Exception) -> None:
    await press.attempt(ScriptedSite(press.wall, answers=False, breaks={step: error}))
    assert await press.state() == ("needs_attention", UNSURE)
    assert press.comments <= 1


async def test_a_site_that_hides_new_comments_is_never_asked_twice(press: Press) -> None:
    press.wall.hides = True
    await press.attempt()
    assert (await press.state(), press.comments) == (("needs_attention", UNSEEN), 1)
    assert list(await press.office.claims.due()) == []


STEPS = ["open_at", "signed_in", "write", "submit", "answer", "read_back"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("proves", [True, False], ids=["absence proved", "absence unsure"])
async def test_a_worker_killed_at_any_step_leaves_one_comment_or_a_question(
    press: Press, step: str, proves: bool
) -> None:
    await press.killed(ScriptedSite(press.wall, answers=False, breaks={step: Killed()}))
    for _ in range(3):
        if await press.office.claims.due():
            await press.attempt(ScriptedSite(press.wall, proves_absence=proves))
    state, _ = await press.state()
    clicked = step in ("answer", "read_back")
    if clicked or proves or step != "submit":
        assert (state, press.comments) == ("posted", 1)
    else:
        assert (state, press.comments) == ("needs_attention", 0)


async def test_what_is_found_from_an_earlier_attempt_is_not_written_again(press: Press) -> None:
    await press.killed(ScriptedSite(press.wall, breaks={"answer": Killed()}))
    site = ScriptedSite(press.wall)
    await press.attempt(site)
    assert (await press.state(), press.comments) == (("posted", None), 1)
    assert "write" not in site.steps


async def test_surely_absent_it_goes_back_into_the_queue_and_is_posted_by_the_next_attempt(press: Press) -> None:
    await press.killed(ScriptedSite(press.wall, breaks={"submit": Killed()}))
    await press.attempt()
    assert await press.state() == ("queued", ABSENT)
    await press.attempt()
    assert (await press.state(), press.comments) == (("posted", None), 1)
    assert "looking" in press.told


async def test_a_site_that_can_t_be_asked_is_asked_again_and_then_the_person(press: Press) -> None:
    await press.killed(ScriptedSite(press.wall, breaks={"answer": Killed()}))
    await press.attempt(ScriptedSite(press.wall, breaks={"open_at": Later("slow")}))
    assert (await press.state())[0] == "submitting", "nothing was learned"
    await press.office.let_lease_end(press.job)
    await press.attempt(ScriptedSite(press.wall, signed_in=False))
    assert await press.state() == ("needs_attention", f"{UNSURE} {ASK}")
    assert press.comments == 1


async def test_an_edit_before_the_click_stops_the_worker(press: Press) -> None:
    office, edited = press.office, asyncio.Event()

    class Edited(ScriptedSite):
        async def write(self, text: str) -> None:
            await office.desk.notes.edit(press.note.id, user_id="ada", text="Something else")
            edited.set()
            await super().write(text)

    with pytest.raises(StaleFence):
        await press.attempt(Edited(press.wall))
    assert edited.is_set()
    assert (await press.state(), press.comments) == (("withdrawn", None), 0)


async def test_a_worker_that_wakes_after_its_lease_clicks_nothing(press: Press) -> None:
    office = press.office
    late = await office.claimed(press.job, "late")

    class Sleeping(ScriptedSite):
        async def write(self, text: str) -> None:
            await office.let_lease_end(press.job)
            await press.attempt()  # another worker, meanwhile
            await super().write(text)

    with pytest.raises(StaleFence):
        await press.attempt(Sleeping(press.wall), claim=late)
    assert (await press.state(), press.comments) == (("posted", None), 1)


async def test_a_lost_lease_ends_the_attempt_at_once(press: Press) -> None:
    office = press.office
    claim = await office.claimed(press.job, "slow")
    closed = asyncio.Event()

    class Waiting(ScriptedSite):
        async def open_at(self, url: str) -> None:
            await office.let_lease_end(press.job)
            await office.claimed(press.job, "quick")
            try:
                await asyncio.Event().wait()
            finally:
                closed.set()

    with pytest.raises(StaleFence):
        await press.attempt(Waiting(press.wall), claim=claim, lease_s=0.03)
    assert closed.is_set(), "the browser is let go"


async def test_a_store_that_is_away_for_a_moment_costs_no_lease_and_no_job(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, asked = press.office.claims, asyncio.Event()

    async def away(*_: object) -> None:
        asked.set()
        raise DatabaseUnavailable("for a moment")

    monkeypatch.setattr(claims, "renew", away)

    class Slow(ScriptedSite):
        async def open_at(self, url: str) -> None:
            await asked.wait()

    await press.attempt(Slow(press.wall), lease_s=0.6)
    assert (await press.state(), press.comments) == (("posted", None), 1)


@pytest.mark.parametrize("step", ["open_at", "signed_in", "write", "submit"])
async def test_a_worker_that_stops_before_the_click_gives_the_job_back(press: Press, step: str) -> None:
    await press.stopped(step)
    assert await press.state() == ("queued", STOPPED)
    assert await press.office.claims.due() == [press.job.id]
    await press.attempt()
    assert (await press.state(), press.comments) == (("posted", None), 1)
    assert (await press.office.jobs.get(press.job.id, "ada")).attempt == 1


async def test_a_worker_that_stops_after_it_has_the_next_one_look(press: Press) -> None:
    await press.stopped("read_back")
    assert (await press.state())[0] == "submitting"
    await press.office.let_lease_end(press.job)
    await press.attempt()
    assert (await press.state(), press.comments) == (("posted", None), 1)


async def test_what_the_site_shows_of_the_login_is_told(press: Press) -> None:
    seen: list[bool] = []

    async def on_login(known: bool) -> None:
        seen.append(known)

    await press.attempt(ScriptedSite(press.wall, signed_in=False), on_login=on_login)
    await press.office.jobs.retry(press.job.id, user_id="ada")
    await press.attempt(on_login=on_login)
    assert seen == [False, True]


async def test_a_comment_that_is_written_down_is_not_taken_back_by_how_its_page_closes(press: Press) -> None:
    closing = asyncio.Event()

    @asynccontextmanager
    async def slowly(site: ScriptedSite) -> AsyncIterator[Site]:
        yield site
        for _ in range(30):  # longer than a lease has until it is renewed
            await asyncio.sleep(0.01)
        closing.set()
        raise Later("the browser would not go")

    claim = await press.office.claimed(press.job)
    attempt = Attempt(claim, press.office.claims, press._tell, lease_s=0.6, deadline_s=5.0)
    await attempt.run(URL, slowly(ScriptedSite(press.wall)))
    assert closing.is_set()
    assert (await press.state(), press.comments) == (("posted", None), 1)


async def test_a_store_that_is_away_when_the_comment_is_there_loses_nothing(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted, tries = press.office.claims.posted, 0

    async def away_at_first(*given: Any, **more: Any) -> PostJob:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise DatabaseUnavailable("for a moment")
        return await posted(*given, **more)

    monkeypatch.setattr(press.office.claims, "posted", away_at_first)
    monkeypatch.setattr("automation.posting.AGAIN_S", 0.001)
    await press.attempt(ScriptedSite(press.wall, proves_absence=False))
    assert (await press.state(), press.comments, tries) == (("posted", None), 1, 3)


async def test_two_notes_with_the_same_words_are_two_comments(press: Press) -> None:
    await press.attempt()
    twin = Press(press.office, note := await press.office.firm(2), await press.office.submit(note))
    twin.wall = press.wall
    await twin.killed(ScriptedSite(press.wall, breaks={"submit": Killed()}))
    await twin.attempt()
    assert await twin.state() == ("queued", ABSENT), "the other note's comment is not its own"
    await twin.attempt()
    assert ((await twin.state())[0], press.comments) == ("posted", 2)


async def test_what_a_page_shows_after_the_click_never_says_that_nothing_was_sent(press: Press) -> None:
    await press.attempt(ScriptedSite(press.wall, answers=False, breaks={"read_back": AskPerson("Post it by hand.")}))
    assert await press.state() == ("needs_attention", f"{UNSURE} Post it by hand.")


async def test_a_site_s_own_no_leaves_nothing_to_look_for(press: Press) -> None:
    refused = ScriptedSite(press.wall, answers=False, breaks={"read_back": Refused("Nothing was posted. Quota.")})
    press.wall.hides = True
    await press.attempt(refused)
    assert await press.state() == ("needs_attention", "Nothing was posted. Quota.")
    assert (await press.office.jobs.get(press.job.id, "ada")).submitted_at is None
