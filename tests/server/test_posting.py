"""server/posting.py: a process that posts, and what it leaves behind when it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from automation.delivery import Delivery
from automation.relay import Sweeper
from automation.sites.contract import Comment
from automation.sites.scripted import ScriptedSite, Wall
from automation.worker import embedded_broker
from channels.hubs.local import LocalHub
from server.identity import LOCAL_USER
from server.posting import Office, Posting, open_posting, working
from server.settings import Settings, load_settings
from server.telemetry import setup_telemetry
from server.wiring import node_name
from storage.job_state import JobState
from storage.notes import Notes
from tests.server.handset import HandBrowser, recipes
from tests.server.notepad import Notepad

TEXT = "The music is too loud."


class StuckSite(ScriptedSite):
    """Never gets beyond one step; says so once it is there."""

    def __init__(self, wall: Wall, at: str) -> None:
        super().__init__(wall, answers=False)
        self.reached = asyncio.Event()
        self._at = at

    async def write(self, text: str) -> None:
        await super().write(text)
        await self._stick("write")

    async def read_back(self, text: str) -> Comment | None:
        await self._stick("read_back")
        return await super().read_back(text)

    async def _stick(self, step: str) -> None:
        if step == self._at:
            self.reached.set()
            await asyncio.Event().wait()


@asynccontextmanager
async def at_work(settings: Settings, pad: Notepad, site: ScriptedSite) -> AsyncIterator[Posting]:
    telemetry = setup_telemetry("off")
    office = Office(settings, pad.database, LocalHub(), telemetry, node_name())
    async with working(office, embedded_broker(), browser=HandBrowser(), recipes=recipes(site)) as posting:
        yield posting
    telemetry.close()


async def test_a_post_is_taken_at_once_and_one_that_nobody_told_of_is_found(settings: Settings, pad: Notepad) -> None:
    wall = Wall()
    untold = await pad.due(await pad.jot("Nobody tells of this."))
    async with at_work(settings, pad, ScriptedSite(wall)) as posting:
        await pad.settled(untold.id)
        note = await pad.jot(TEXT, number=2)
        told = await posting.poster.submit(note, consent="click")
        await pad.settled(told)
    assert [text for text, _ in wall.comments] == ["Nobody tells of this.", TEXT]
    assert (await Notes(pad.database).get(note.id, LOCAL_USER)).external_permalink == "https://site.example/#1"


async def test_a_stop_waits_for_what_is_under_way(settings: Settings, pad: Notepad) -> None:
    begun = asyncio.Event()
    site = ScriptedSite(Wall(), before={"open_at": begun.set})
    async with at_work(settings, pad, site) as posting:
        job = await posting.poster.submit(await pad.jot(TEXT), consent="click")
        await begun.wait()
        await posting.stop(30)
        assert (await pad.job(job)).state == JobState.POSTED


async def test_what_was_not_sent_when_time_is_over_is_given_back_and_costs_no_attempt(
    settings: Settings, pad: Notepad
) -> None:
    wall = Wall()
    stuck = StuckSite(wall, "write")
    async with at_work(settings, pad, stuck) as posting:
        job = await posting.poster.submit(await pad.jot(TEXT), consent="click")
        await stuck.reached.wait()
        await posting.stop(0.05)
        given_back = await pad.job(job)
    assert (given_back.state, given_back.attempt) == (JobState.QUEUED, 0)
    assert wall.comments == []
    async with at_work(settings, pad, ScriptedSite(wall)):
        assert (await pad.settled(job)).state == JobState.POSTED
    assert len(wall.comments) == 1


async def test_what_was_sent_when_time_is_over_is_looked_for_by_the_next_one(settings: Settings, pad: Notepad) -> None:
    wall, short = Wall(), settings.model_copy(update={"post_lease_s": 1.0})
    stuck = StuckSite(wall, "read_back")
    async with at_work(short, pad, stuck) as posting:
        job = await posting.poster.submit(await pad.jot(TEXT), consent="click")
        await stuck.reached.wait()
        await posting.stop(0.05)
        assert (await pad.job(job)).state == JobState.SUBMITTING
    async with at_work(short, pad, ScriptedSite(wall)):
        assert (await pad.settled(job)).state == JobState.POSTED
    assert len(wall.comments) == 1


async def test_a_stopping_process_looks_for_nothing_more(
    settings: Settings, pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it found it would not take, and find again at once."""
    looks, heard, deliver = 0, asyncio.Queue[str](), Delivery.deliver

    async def delivered(self: Delivery, job_id: str) -> bool:
        try:
            return await deliver(self, job_id)
        finally:
            heard.put_nowait(job_id)

    class Watched(Sweeper):
        async def _sweep(self) -> None:
            nonlocal looks
            looks += 1
            await super()._sweep()

    monkeypatch.setattr("server.posting.Sweeper", Watched)
    monkeypatch.setattr(Delivery, "deliver", delivered)
    async with at_work(settings, pad, ScriptedSite(Wall())) as posting:
        await posting.stop(1)
        before = looks
        jobs = []
        for number, text in enumerate((TEXT, "The logo is too small."), 1):
            jobs.append(await posting.poster.submit(await pad.jot(text, number=number), consent="click"))
            assert await asyncio.wait_for(heard.get(), 10) == jobs[-1]
        assert looks == before
    assert [(await pad.job(job)).state for job in jobs] == [JobState.QUEUED] * 2


async def test_with_redis_the_server_only_tells_of_posts(settings: Settings, pad: Notepad) -> None:
    """Redis may be away: the post is in the table."""
    fleet = load_settings(env_file=None, data_dir=settings.data_dir, redis_url="unix:///nowhere/redis.sock")
    telemetry = setup_telemetry("off")
    async with open_posting(Office(fleet, pad.database, LocalHub(), telemetry, node_name())) as posting:
        assert "sidenote worker" in posting.name
        job = await posting.poster.submit(await pad.jot(TEXT), consent="click")
        await posting.stop(1)
    telemetry.close()
    assert (await pad.job(job)).state == JobState.QUEUED
