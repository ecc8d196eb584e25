"""automation/delivery.py on real tables: the right way to the site is taken, and everybody hears of each step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from agent.notes import NoteBook
from automation.addresses import Fence
from automation.announced import LOST, TOOL
from automation.browser import Login, NoBrowser, Window
from automation.delivery import AnotherWay, Delivery, DeliverySettings
from automation.poster import QueuedPoster
from automation.sites.contract import Comment, Find, Later, Site
from automation.sites.scripted import ScriptedSite, Wall
from storage.claims import STOPPED
from storage.errors import DatabaseUnavailable
from storage.logins import Logins
from storage.tables import Note, PostJob
from tests.agent.twins import RecordingTelemetry
from tests.storage.conftest import Desk
from tests.storage.office import LEASE_S, Office

PRACTICE = "http://127.0.0.1:8765/practice"
PERMALINK = "https://site.example/#0"


class Hub:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, dict[str, Any], bool]] = []

    async def publish(self, topic: str, event: str, payload: Any, *, durable: bool = True) -> None:
        self.said.append((topic.partition(":")[0], event, dict(payload), durable))

    async def renew(self, topic: str) -> None:
        raise AssertionError("nothing was missed")


class Pages:
    """A driver without a browser."""

    name = "pages"

    def __init__(self) -> None:
        self.opened: list[tuple[Login, Fence]] = []
        self.open = 0
        self.error: Exception | None = None

    @asynccontextmanager
    async def page(self, login: Login, fence: Fence) -> AsyncIterator[Any]:
        if self.error:
            raise self.error
        assert self.open == 0, "a login is used by one page at a time"
        self.opened.append((login, fence))
        self.open += 1
        try:
            yield None
        finally:
            await asyncio.sleep(0)  # a browser takes its time
            self.open -= 1

    def window(self, login: Login, url: str) -> AbstractAsyncContextManager[Window]:
        raise AssertionError("nobody logs in here")

    async def forget(self, login: Login) -> None:
        raise AssertionError("nobody resets a login here")

    async def close(self) -> None:
        pass


class Scripted:
    """A recipe whose sites are what the test says."""

    def __init__(self, site: ScriptedSite, name: str = "practice", login_url: str = "") -> None:
        self.site, self.name, self.login_url = site, name, login_url

    def __call__(self, page: Any, find: Find | None = None) -> Site:
        return self.site


class Traces(RecordingTelemetry):
    """Keeps how each trace ended."""

    def __init__(self) -> None:
        super().__init__()
        self.finished: list[str] = []

    def finish(self, trace: str, outcome: str) -> None:
        self.finished.append(outcome)


class Round:
    """One note that is due, and a worker."""

    def __init__(self, office: Office, note: Note, job: PostJob) -> None:
        self.office, self.note, self.job = office, note, job
        self.wall, self.hub, self.pages, self.telemetry = Wall(), Hub(), Pages(), Traces()
        self.logins = Logins(office.desk.database)
        self.finished = self.telemetry.finished

    def worker(self, site: ScriptedSite | None = None, *, login_url: str = "", **given: Any) -> Delivery:
        poster = QueuedPoster(self.office.jobs, lambda _: None)
        recipe = Scripted(site or ScriptedSite(self.wall), login_url=login_url)
        return Delivery(
            self.office.claims,
            self.logins,
            NoteBook(self.office.desk.notes, self.hub, poster),
            self.hub,
            self.pages,
            given.pop("recipes", {"practice": recipe}),
            self.telemetry,
            DeliverySettings("one", PRACTICE, lease_s=LEASE_S, deadline_s=10.0),
            **given,
        )

    async def state(self) -> tuple[str, str | None]:
        job = await self.office.jobs.get(self.job.id, "ada")
        return job.state, job.reason

    def heard(self, topic: str = "video") -> list[str]:
        """What a follower of one topic was told, in words."""
        words = []
        for where, event, payload, _ in self.hub.said:
            if where == topic:
                more = payload.get("step") or payload.get("reason") or payload.get("note", {}).get("status") or ""
                words.append(f"{event} {more}".strip())
        return words

    def outcomes(self) -> list[str]:
        return [labels["outcome"] for name, _, labels in self.telemetry.records if name == "posts"]


@pytest.fixture
async def one(desk: Desk) -> Round:
    office = Office(desk)
    note = await office.firm()
    return Round(office, note, await office.submit(note))


async def test_each_step_and_what_came_of_it_is_told_to_whoever_follows_the_note(one: Round) -> None:
    await one.worker().deliver(one.job.id)
    assert await one.state() == ("posted", None)
    assert one.heard() == [
        "tool_start",
        "tool_progress claimed",
        "tool_progress opening",
        "tool_progress signing_in",
        "tool_progress writing",
        "tool_progress submitting",
        "note_updated posting",
        "tool_progress reading_back",
        "tool_result",
        "note_updated posted",
    ]
    assert one.heard("session") == one.heard("user") == one.heard()
    result = next(payload for _, event, payload, _ in one.hub.said if event == "tool_result")
    assert result == {
        "tool": TOOL,
        "utterance": 1,
        "note_id": one.note.id,
        "job_id": one.job.id,
        "ok": True,
        "permalink": PERMALINK,
    }
    assert {event for _, event, _, durable in one.hub.said if not durable} == {"tool_progress"}
    assert one.outcomes() == ["posted"]
    assert {"post_pickup_seconds", "post_seconds"} <= {name for name, _, _ in one.telemetry.records}


async def test_what_can_be_tried_again_says_why_and_when_not(one: Round) -> None:
    await one.worker(ScriptedSite(one.wall, breaks={"open_at": Later("slow today")})).deliver(one.job.id)
    assert await one.state() == ("queued", "slow today")
    assert one.heard()[-2:] == ["tool_result queued", "note_updated pending_post"]
    updated = [payload["note"] for _, event, payload, _ in one.hub.said if event == "note_updated"][-1]
    assert updated["reason"] == "slow today"


async def test_a_job_that_is_not_due_is_left_without_a_word(one: Round) -> None:
    await one.office.claimed(one.job, "another")
    await one.worker().deliver(one.job.id)
    assert (one.hub.said, one.outcomes()) == ([], [])


async def test_without_a_browser_the_person_is_told_the_missing_step(one: Round) -> None:
    one.pages.error = NoBrowser("Install one: sudo apt-get install -y chromium")
    await one.worker().deliver(one.job.id)
    assert await one.state() == ("needs_attention", "Install one: sudo apt-get install -y chromium")


async def test_a_site_without_a_recipe_is_said_to_be_none(one: Round) -> None:
    await one.worker(recipes={}).deliver(one.job.id)
    state, reason = await one.state()
    assert state == "failed"
    assert "can't be posted to practice" in str(reason)


async def test_an_address_inside_the_network_is_not_opened(desk: Desk) -> None:
    video = await desk.videos.upsert(
        user_id="ada", platform="generic", external_id="x", url="https://169.254.169.254/latest"
    )
    office = Office(desk)
    note = await office.firm(video_id=video.id)
    job = await office.submit(note)
    inside = Round(office, note, job)
    await inside.worker(recipes={"generic": Scripted(ScriptedSite(inside.wall), "generic")}).deliver(job.id)
    state, reason = await inside.state()
    assert state == "needs_attention"
    assert "number instead of a host" in str(reason)
    assert inside.pages.opened == []


async def test_the_page_is_opened_with_the_login_and_the_fence_of_the_job(one: Round) -> None:
    await one.worker().deliver(one.job.id)
    assert one.pages.opened == [(Login("ada", "practice"), Fence(PRACTICE))]


async def test_what_the_site_shows_of_the_login_is_remembered(one: Round) -> None:
    await one.worker(ScriptedSite(one.wall, signed_in=False), login_url="https://site.example/login").deliver(
        one.job.id
    )
    login = await one.logins.get("ada", "practice")
    assert login
    assert (login.state, login.driver) == ("expired", "pages")
    await one.office.jobs.retry(one.job.id, user_id="ada")
    await one.worker(login_url="https://site.example/login").deliver(one.job.id)
    login = await one.logins.get("ada", "practice")
    assert login
    assert login.state == "active"
    assert login.last_used_at


async def test_a_site_without_logins_has_none_remembered(one: Round) -> None:
    await one.worker().deliver(one.job.id)
    assert await one.logins.get("ada", "practice") is None


async def test_a_linked_account_goes_before_the_browser(one: Round) -> None:
    left = []

    @asynccontextmanager
    async def linked_site() -> AsyncIterator[Site]:
        yield ScriptedSite(one.wall)
        left.append(True)

    class Linked:
        async def linked(self, login: Login) -> AbstractAsyncContextManager[Site] | None:
            return linked_site() if login.user_id == "ada" else None

    ways: dict[str, AnotherWay] = {"practice": Linked()}
    await one.worker(ways=ways).deliver(one.job.id)
    assert await one.state() == ("posted", None)
    assert (one.pages.opened, left) == ([], [True])


async def test_a_linked_account_stays_what_keeps_the_login(one: Round) -> None:
    await one.logins.keep_tokens("ada", "practice", b"sealed", driver="api")
    await one.worker(login_url="https://site.example/login").deliver(one.job.id)
    login = await one.logins.get("ada", "practice")
    assert login
    assert (login.state, login.driver, login.sealed_tokens) == ("active", "api", b"sealed")


async def test_two_posts_with_one_login_don_t_share_its_browser(one: Round) -> None:
    second = await one.office.submit(await one.office.firm(2, text="Another remark"))
    worker = one.worker()
    delivered: list[asyncio.Task[bool]] = []

    class Quick(ScriptedSite):
        """The next job is there as soon as the comment of the first is read back."""

        async def submit(self, go: Any) -> Comment | None:
            answered = await super().submit(go)
            asyncio.get_running_loop().call_soon(
                lambda: delivered.append(asyncio.create_task(worker.deliver(second.id)))
            )
            return answered

    worker._recipes = {"practice": Scripted(Quick(one.wall))}
    await worker.deliver(one.job.id)
    await asyncio.gather(*delivered)
    while await one.office.claims.due():
        await worker.deliver(second.id)
    assert sorted(text for text, _ in one.wall.comments) == sorted([one.note.text, "Another remark"])


async def test_an_edit_on_the_way_ends_it_and_says_so(one: Round) -> None:
    class Edited(ScriptedSite):
        async def write(self, text: str) -> None:
            await one.office.desk.notes.edit(one.note.id, user_id="ada", text="Something else")

    await one.worker(Edited(one.wall)).deliver(one.job.id)
    assert (await one.state())[0] == "withdrawn"
    last = one.hub.said[-1][2]
    assert (last["ok"], last["reason"], last["message"]) == (False, "lost", LOST)
    assert (one.outcomes(), one.wall.comments) == (["lost"], [])


async def test_a_worker_that_stops_gives_back_what_it_has_and_takes_nothing_new(one: Round) -> None:
    hangs = asyncio.Event()

    class Hanging(ScriptedSite):
        async def open_at(self, url: str) -> None:
            hangs.set()
            await asyncio.Event().wait()

    worker = one.worker(Hanging(one.wall))
    delivering = asyncio.create_task(worker.deliver(one.job.id))
    await asyncio.wait_for(hangs.wait(), 10)
    await worker.stop(0.0)
    with pytest.raises(asyncio.CancelledError):
        await delivering
    assert one.finished == ["interrupted"], "its trace is not kept open for ever"
    assert await one.state() == ("queued", STOPPED)
    await worker.deliver(one.job.id)
    assert await one.state() == ("queued", STOPPED)


async def test_a_worker_that_stops_lets_a_comment_be_finished(one: Round) -> None:
    reached, goes_on = asyncio.Event(), asyncio.Event()

    class Slow(ScriptedSite):
        async def read_back(self, text: str) -> Comment | None:
            reached.set()
            await goes_on.wait()
            return await super().read_back(text)

    worker = one.worker(Slow(one.wall, answers=False))
    delivering = asyncio.create_task(worker.deliver(one.job.id))
    await asyncio.wait_for(reached.wait(), 10)
    stopping = asyncio.create_task(worker.stop(10.0))
    goes_on.set()
    await asyncio.gather(stopping, delivering)
    assert one.finished == ["posted"]
    assert await one.state() == ("posted", None)


async def test_a_store_that_is_away_leaves_the_job_to_a_later_look(
    one: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: object, **__: object) -> datetime:
        raise DatabaseUnavailable("The database can't be reached.")

    with monkeypatch.context() as context:
        context.setattr(one.office.claims, "claim", away)
        await one.worker().deliver(one.job.id)
    assert "looked at again later" in caplog.text
    await one.worker().deliver(one.job.id)
    assert await one.state() == ("posted", None)
