"""What posting costs beside the clicks themselves, how soon a worker has a job, and how many it does a minute.

The bare script launches the same browser on a profile of its own, fills in the same box of the same page, clicks and
reads the id from the answer; it and ours take turns. Both have Playwright's helper running already.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Playwright, async_playwright
from sqlalchemy import update

import migrations
import storage.practice
from automation.browsers import chromium
from automation.worker import embedded_broker, redis_broker
from channels.hubs.local import LocalHub
from server.posting import Office, Posting, working
from server.practising import practice_server
from server.settings import Settings, load_settings
from storage.engine import Database
from storage.jobs import Jobs
from storage.tables import Note, PostJob
from tests.agent.twins import RecordingTelemetry
from tests.bench.table import Row, against, percentile
from tests.chaos.arena import OPEN, Arena, Confirmed
from tests.chaos.post import fresh_postgres, fresh_redis, made
from tests.chaos.wall import NoPages, Wall, WallSite

ROUNDS = 15
PICKUPS = 60
PICKUP_EVERY_S = 0.3  # so that the worker is idle again
CROWD = 16  # comments of as many users
WORKERS = 2
LOOK_EVERY_S = 0.005


def rows() -> list[Row]:
    storage.practice.A_MINUTE = 10_000  # the page's own limit is not what is measured
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="sidenote-bench-", dir="/tmp") as folder:
        posts = await _posts(Path(folder))
        return [*posts, *await _pickups(Path(folder))]


class Bench:
    """A database, its practice page, and workers with what they record."""

    def __init__(self, settings: Settings, database: Database, telemetry: RecordingTelemetry, posting: Posting) -> None:
        self.settings, self.telemetry = settings, telemetry
        self.notes = Arena(database, Jobs(database), posting.poster)

    async def forget_clicks(self) -> None:
        """A user may post five comments a minute, which is not what is measured."""
        await self.notes.database.write(
            lambda session: session.connection().execute(update(PostJob).values(submitted_at=None))
        )

    @property
    def attempts(self) -> int:
        """Those that are over, their browsers closed."""
        return sum(name == "posts" for name, _, _ in self.telemetry.records)

    async def closed(self, attempts: int) -> None:
        while self.attempts < attempts:  # noqa: ASYNC110 - what telemetry records is no event
            await asyncio.sleep(LOOK_EVERY_S)

    async def posted(self, notes: list[Confirmed]) -> None:
        """Until none of them is due or under way."""
        while await self._open(notes):  # noqa: ASYNC110 - what a table holds is no event
            await asyncio.sleep(LOOK_EVERY_S)

    async def _open(self, notes: list[Confirmed]) -> bool:
        return any([(await self.notes.job(note)).state in OPEN for note in notes])


@asynccontextmanager
async def _bench(folder: Path, url: str, redis_url: str | None = None, **given: Any) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        database = Database(url)
        await database.open()
        stack.push_async_callback(database.close)
        settings = load_settings(env_file=None, data_dir=folder, port=0, post_workers=WORKERS)
        served = await stack.enter_async_context(practice_server(settings, database))
        telemetry = RecordingTelemetry()
        office = Office(served, database, LocalHub(), telemetry, "bench")
        broker = redis_broker(redis_url) if redis_url else embedded_broker()
        yield Bench(served, database, telemetry, await stack.enter_async_context(working(office, broker, **given)))


async def _posts(folder: Path) -> list[Row]:
    url = f"sqlite:///{folder / 'posts.sqlite3'}"
    await migrations.upgrade(url)
    async with _bench(folder, url) as bench, async_playwright() as playwright:
        assert bench.settings.practice_url
        bare = _Bare(playwright, folder / "bare", bench.settings.practice_url)

        async def ours(note: Note) -> None:
            done = bench.attempts
            await bench.notes.post("bench", note)
            await bench.closed(done + 1)

        theirs_s, ours_s = [], []
        for number in range(ROUNDS + 1):
            _say(f"{number} of {ROUNDS} posts")
            note = await bench.notes.draft(user="bench")
            theirs_s.append(await _timed(bare.post()))
            ours_s.append(await _timed(ours(note)))
            await bench.forget_clicks()
        del theirs_s[0], ours_s[0]  # which made their profiles
        began = time.perf_counter()
        await bench.posted([await bench.notes.confirm("bench") for _ in range(CROWD)])
        minutes = (time.perf_counter() - began) / 60
    _say("", end="\n")
    group = "one comment on the practice page, until the browser has closed"
    return [
        against("a post, p50", median(ours_s), "s", median(theirs_s), group=group),
        against("a post, p95", percentile(ours_s, 95), "s", percentile(theirs_s, 95), group=group),
        Row("overhead, p50", (median(ours_s) / median(theirs_s) - 1) * 100, "%", group=group, goal=15),
        Row(f"comments a minute, {WORKERS} side by side, of {CROWD} users", CROWD / minutes, "/min", group=group),
    ]


class _Bare:
    """The same clicks and nothing else."""

    def __init__(self, playwright: Playwright, profile: Path, address: str) -> None:
        self._playwright, self._profile, self._address = playwright, profile, address
        self._number = itertools.count()

    async def post(self) -> None:
        context = await self._playwright.chromium.launch_persistent_context(
            self._profile,
            executable_path=chromium.find(None),
            headless=True,
            args=[*chromium.QUIET],
            chromium_sandbox=chromium.sandboxed(),
        )
        page = context.pages[0]
        await page.goto(f"{self._address}?t=12")
        await page.fill("#comment-text", f"Bare remark {next(self._number)}")
        async with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            await page.click("#comment-post")
        assert (await (await answered.value).json())["id"]
        await context.close()


async def _pickups(folder: Path) -> list[Row]:
    """From the commit of a job to its claim, with a worker that has nothing to do."""
    wall = Wall(1)
    found = []
    async with wall.served():
        WallSite.url = wall.url
        quick: dict[str, Any] = {"browser": NoPages(), "recipes": {"practice": WallSite}}
        url = f"sqlite:///{folder / 'pickups.sqlite3'}"
        await migrations.upgrade(url)
        async with _bench(folder, url, **quick) as bench:
            found.append(("in one process, SQLite", await _picked_up(bench)))
        with fresh_redis(folder) as redis, fresh_postgres() as postgres:
            async with _bench(folder, await made(postgres), redis.url, **quick) as bench:
                found.append(("through Redis, PostgreSQL", await _picked_up(bench)))
    group = "from the commit of a job to a worker having it, idle"
    return [
        Row(f"{where}, {name}", percentile(waits, percent), "s", group=group, goal=0.2)
        for where, waits in found
        for name, percent in (("p50", 50), ("p95", 95))
    ]


async def _picked_up(bench: Bench) -> list[float]:
    for _ in range(PICKUPS):
        await asyncio.sleep(PICKUP_EVERY_S)
        await bench.posted([await bench.notes.confirm("bench")])
    return [value for name, value, _ in bench.telemetry.records if name == "post_pickup_seconds"]


async def _timed(work: Awaitable[None]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def _say(line: str, end: str = "") -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line}{end}")
