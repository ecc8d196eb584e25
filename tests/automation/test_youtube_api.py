"""automation/youtube_api.py against a server that plays YouTube's: whatever breaks, an insert is sent once."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from automation.addresses import page_of
from automation.linking import LINK_AGAIN, Linking, Tokens
from automation.posting import UNSURE, Attempt
from automation.sites.contract import AskPerson, Impossible, Later, Site
from automation.youtube_api import PAGE_SIZE, PAGES, YouTubeApi
from storage.claims import Claim
from storage.tables import Note, PostJob
from tests.automation.clicks import go
from tests.automation.google.lookalike import (
    CLIENT_ID,
    CLIENT_SECRET,
    OTHER,
    VIDEO,
    Failure,
    Google,
    Posted,
    old,
    serving,
)
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, Office

TEXT = "The cut comes too late"
URL = page_of("youtube", VIDEO, "https://example.org", 62.9)
LONG_AGO = datetime.now(UTC) - timedelta(days=1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def google() -> Iterator[Google]:
    with serving() as served:
        yield served


class Account:
    """Somebody's linked account."""

    def __init__(self, google: Google, access: str = "ya29.first", refresh: str = "1//refresh") -> None:
        self.google = google
        self.saved: list[Tokens] = []
        self.tokens: Tokens | None = Tokens(access, refresh, time.time() + 3000)

    def site(self) -> YouTubeApi:
        async def save(tokens: Tokens) -> None:
            self.saved.append(tokens)

        linking = Linking(CLIENT_ID, CLIENT_SECRET, token_url=f"{self.google.url}/token")
        url = f"{self.google.url}/youtube/v3/"
        return YouTubeApi(self.tokens, linking, save, api_url=url, request_limit_s=1.0, read_back_s=(0.0, 0.0))


@pytest.fixture
def account(google: Google) -> Account:
    return Account(google)


async def test_it_is_a_site_and_comments_as_agreed(google: Google, account: Account) -> None:
    async with account.site() as api:
        site: Site = api
        assert not site.proves_absence
        await site.open_at(URL)
        assert await site.signed_in()
        await site.write(TEXT)
        assert google.inserts == []
        comment = await site.submit(go)
    assert comment is not None
    assert comment.external_id == google.comments[0].id
    assert comment.permalink == f"https://www.youtube.com/watch?v={VIDEO}&lc={google.comments[0].id}"
    snippet = {"videoId": VIDEO, "topLevelComment": {"snippet": {"textOriginal": TEXT}}}
    assert google.inserts == [{"snippet": snippet}], "the exact text, once"
    assert account.saved == []


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/embed/dQw4w9WgXcQ?v=dQw4w9WgXcQ",
        "https://evil.example/watch?v=dQw4w9WgXcQ",
    ],
)
async def test_only_addresses_of_videos_are_opened(google: Google, account: Account, url: str) -> None:
    async with account.site() as site:
        with pytest.raises(Impossible, match="no address of a video"):
            await site.open_at(url)
    assert google.asked == []


async def test_without_a_link_nobody_is_signed_in_and_nothing_is_asked(google: Google, account: Account) -> None:
    account.tokens = None
    async with account.site() as site:
        await site.open_at(URL)
        assert not await site.signed_in()
        with pytest.raises(AskPerson, match="Link a YouTube account"):
            await site.write(TEXT)
    assert google.asked == []


async def test_an_account_without_a_channel_is_not_signed_in(google: Google, account: Account) -> None:
    google.has_channel = False
    async with account.site() as site:
        await site.open_at(URL)
        assert not await site.signed_in()


async def find(account: Account, since: datetime = LONG_AGO, text: str = TEXT) -> str | None:
    async with account.site() as site:
        await site.open_at(URL)
        await site.signed_in()
        found = await site.find_own(text, since, ())
    return found.external_id if found else None


async def test_ones_own_comment_is_found(google: Google, account: Account) -> None:
    google.comments = [Posted("a", "Something else"), Posted("b", TEXT, OTHER), Posted("c", TEXT)]
    assert await find(account) == "c"
    assert await find(account, text="The  cut comes\ttoo late\n") == "c"
    assert await find(account, text="the cut comes too late") is None


async def test_letters_are_compared_however_they_are_composed(google: Google, account: Account) -> None:
    google.comments = [Posted("c", "Größe")]
    assert await find(account, text="Gro\u0308ße") == "c"


async def test_what_is_too_old_or_held_back_is_not_found(google: Google, account: Account) -> None:
    google.comments = [old(Posted("c", TEXT), hours=2), Posted("d", TEXT, held=True)]
    assert await find(account, datetime.now(UTC) - timedelta(hours=1)) is None
    assert await find(account, datetime.now(UTC) - timedelta(hours=3)) == "c"


def crowd(count: int, minutes: float) -> list[Posted]:
    """Others' comments, evenly over the last ``minutes``."""
    return [old(Posted(f"o{n}", TEXT, OTHER), minutes=minutes * n / count) for n in range(count)]


async def test_a_crowd_is_looked_through_page_by_page(google: Google, account: Account) -> None:
    google.comments = [*crowd(2 * PAGE_SIZE, 10), old(Posted("mine", TEXT), minutes=9.99)]
    assert await find(account, datetime.now(UTC) - timedelta(minutes=15)) == "mine"
    pages = [asked for endpoint, asked in google.asked if asked.get("order") == "time"]
    assert len(pages) > 1
    assert all(TEXT not in asked.values() for _, asked in google.asked), "no text in an address"


async def test_older_pages_are_not_asked_for_and_newer_ones_not_without_end(google: Google, account: Account) -> None:
    google.comments = crowd((PAGES + 2) * PAGE_SIZE, 60)
    assert await find(account, datetime.now(UTC) - timedelta(minutes=1)) is None
    assert len([1 for _, asked in google.asked if asked.get("order") == "time"]) == 1
    assert await find(account) is None
    assert len([1 for _, asked in google.asked if asked.get("order") == "time"]) == 1 + PAGES


@pytest.mark.parametrize(
    ("failure", "error", "why"),
    [
        (Failure(403, "commentsDisabled"), Impossible, "turned off"),
        (Failure(404, "videoNotFound"), Impossible, "gone"),
        (Failure(403, "quotaExceeded"), Later, "quotaExceeded"),
        (Failure(403, "rateLimitExceeded"), Later, "rateLimitExceeded"),
        (Failure(400, "processingFailure"), Later, "processingFailure"),
        (Failure(429, body=""), Later, "status 429"),
        (Failure(500, "backendError"), Later, "backendError"),
        (Failure(503, body="<html>down"), Later, "status 503"),
        (Failure(403, "forbidden"), AskPerson, "forbidden"),
        (Failure(403, "insufficientPermissions"), AskPerson, "insufficientPermissions"),
        (Failure(403, "ineligibleAccount"), AskPerson, "ineligibleAccount"),
        (Failure(403, "<b>no reason</b>"), AskPerson, "status 403"),
        (Failure(400, "invalidFilters"), AskPerson, "invalidFilters"),
        (Failure(302, body=""), AskPerson, "status 302"),
        (Failure(breaks=True), Later, "not be reached"),
        (Failure(hangs=True), Later, "not be reached"),
    ],
)
async def test_before_the_insert_an_error_says_what_it_means(
    google: Google, account: Account, failure: Failure, error: type[Exception], why: str
) -> None:
    google.fail("list", failure)
    async with account.site() as site:
        with pytest.raises(error, match=why):
            await site.open_at(URL)
    assert len(google.asked) == 1


async def test_an_answer_that_is_no_json_finds_nothing(google: Google, account: Account) -> None:
    google.fail("channels", Failure(200, body="<html>"))
    async with account.site() as site:
        await site.open_at(URL)
        assert not await site.signed_in()
    google.fail(
        "list", Failure(), Failure(200, body='{"items": [1, {"snippet": []}, {"snippet": {"topLevelComment": 2}}]}')
    )
    assert await find(account) is None


async def test_a_token_that_is_not_taken_is_renewed_once_and_saved(google: Google) -> None:
    account = Account(google, access="ya29.taken-back")
    async with account.site() as site:
        await site.open_at(URL)
        assert await site.signed_in()
    assert [tokens.access_token in google.access for tokens in account.saved] == [True]
    google.access.clear()
    google.fail("channels", Failure(401, "authError"))
    account = Account(google)
    async with account.site() as site:
        await site.open_at(URL)
        google.fail("channels", Failure(401, "authError"))
        with pytest.raises(AskPerson, match=LINK_AGAIN):
            await site.signed_in()
    assert len(google.forms) == 3


async def test_a_link_that_was_taken_back_asks_the_person(google: Google) -> None:
    account = Account(google, access="ya29.taken-back", refresh="1//taken-back")
    async with account.site() as site:
        with pytest.raises(AskPerson, match=LINK_AGAIN):
            await site.open_at(URL)


async def test_no_token_ends_on_the_way_to_the_insert(google: Google, account: Account) -> None:
    account.tokens = Tokens("ya29.first", "1//refresh", time.time() + 30)
    async with account.site() as site:
        await site.open_at(URL)
    assert len(account.saved) == 1


class Press:
    """One note that is to be posted through the API, on real tables."""

    def __init__(self, google: Google, office: Office, note: Note, job: PostJob) -> None:
        self.google, self.office, self.note, self.job = google, office, note, job
        self.account = Account(google)

    async def attempt(self) -> None:
        claim: Claim = await self.office.claimed(self.job)
        attempt = Attempt(claim, self.office.claims, self._tell, lease_s=LEASE_S, deadline_s=20)
        await attempt.run(URL, self.account.site())

    async def _tell(self, step: str) -> None:
        pass

    async def state(self) -> tuple[str, str | None]:
        job = await self.office.jobs.get(self.job.id, "ada")
        return job.state, job.reason


@pytest.fixture
async def press(google: Google, desk: Desk) -> Press:
    office = Office(desk)
    note = await office.firm()
    return Press(google, office, note, await office.submit(note))


@on_sqlite
async def test_a_note_becomes_a_comment(press: Press, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await press.attempt()
    assert await press.state() == ("posted", None)
    assert [posted.text for posted in press.google.comments] == [press.note.text]
    permalink = (await press.office.desk.notes.get(press.note.id, "ada")).external_permalink
    assert permalink == f"https://www.youtube.com/watch?v={VIDEO}&lc={press.google.comments[0].id}"
    assert len(press.google.inserts) == 1
    assert not [word for word in (press.note.text, "ya29", "1//refresh", CLIENT_SECRET) if word in caplog.text]


@on_sqlite
@pytest.mark.parametrize("failure", [Failure(after=True, breaks=True), Failure(after=True, hangs=True)])
async def test_a_lost_answer_is_looked_for_and_nothing_sent_again(press: Press, failure: Failure) -> None:
    press.google.fail("insert", failure)
    await press.attempt()
    assert await press.state() == ("posted", None)
    assert (len(press.google.inserts), len(press.google.comments)) == (1, 1)


@on_sqlite
@pytest.mark.parametrize("failure", [Failure(503, "backendError", after=True), Failure(200, body="<html>", after=True)])
async def test_an_answer_that_names_no_comment_is_looked_for(press: Press, failure: Failure) -> None:
    press.google.fail("insert", failure)
    await press.attempt()
    assert await press.state() == ("posted", None)
    assert (len(press.google.inserts), len(press.google.comments)) == (1, 1)


@on_sqlite
@pytest.mark.parametrize("failure", [Failure(breaks=True), Failure(503, "backendError"), Failure(403, body="a proxy")])
async def test_an_insert_that_did_not_arrive_asks_the_person(press: Press, failure: Failure) -> None:
    press.google.fail("insert", failure)
    await press.attempt()
    state, reason = await press.state()
    assert state == "needs_attention"
    assert str(reason).startswith(UNSURE)
    assert list(await press.office.claims.due()) == []
    assert (len(press.google.inserts), press.google.comments) == (1, [])


@on_sqlite
@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (Failure(403, "quotaExceeded"), "takes no more for now"),
        (Failure(403, "ineligibleAccount"), "does not let this account"),
        (Failure(400, "commentTextTooLong"), "does not take this text"),
        (Failure(401, "authError"), LINK_AGAIN),
    ],
)
async def test_a_refused_insert_tells_youtubes_reason(press: Press, failure: Failure, why: str) -> None:
    press.google.fail("insert", failure)
    await press.attempt()
    state, reason = await press.state()
    assert state == "needs_attention"
    assert reason is not None
    assert reason.startswith("Nothing was posted.")
    assert why in reason
    assert len(press.google.inserts) == 1


@on_sqlite
async def test_the_same_text_from_before_is_not_taken_for_the_comment_just_sent(press: Press) -> None:
    press.google.comments = [Posted("before", press.note.text)]
    press.google.fail("insert", Failure(breaks=True))
    await press.attempt()
    state, reason = await press.state()
    assert state == "needs_attention"
    assert str(reason).startswith(UNSURE)


@on_sqlite
async def test_a_comment_in_review_is_named_by_the_answer(press: Press) -> None:
    press.google.holds = True
    await press.attempt()
    assert await press.state() == ("posted", None)


@on_sqlite
async def test_a_comment_in_review_whose_answer_is_lost_is_never_sent_again(press: Press) -> None:
    press.google.holds = True
    press.google.fail("insert", Failure(after=True, breaks=True))
    await press.attempt()
    state, reason = await press.state()
    assert state == "needs_attention"
    assert str(reason).startswith(UNSURE)
    assert len(press.google.inserts) == 1


@on_sqlite
@pytest.mark.parametrize("shown", [True, False])
async def test_after_a_killed_worker_the_list_is_asked_first(press: Press, shown: bool) -> None:
    claim = await press.office.claimed(press.job)
    await press.office.claims.submitting(claim.id, claim.fence, LEASE_S)
    await press.office.let_lease_end(press.job)
    press.google.comments = [Posted("c", press.note.text, held=not shown)]
    await press.attempt()
    assert await press.state() == (("posted", None) if shown else ("needs_attention", UNSURE))
    assert press.google.inserts == []


@on_sqlite
@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Failure(403, "commentsDisabled"), "failed"),
        (Failure(403, "quotaExceeded"), "queued"),
        (None, "needs_attention"),
    ],
)
async def test_before_the_insert_the_job_goes_where_it_belongs(
    press: Press, failure: Failure | None, state: str
) -> None:
    if failure:
        press.google.fail("list", failure)
    else:
        press.account.tokens = None
    await press.attempt()
    assert (await press.state())[0] == state
    assert press.google.inserts == []
