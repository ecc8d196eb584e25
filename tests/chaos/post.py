"""``python tests/chaos/post.py --seed N --faults N``: workers are killed while they post, and nothing is posted twice.

Workers end by ``kill -9`` at every step of the protocol and at random instants, are stopped past their lease, race for
jobs, and lose Redis and PostgreSQL, on SQLite with the broker in memory and on PostgreSQL with Redis; some drive a real
browser. The site writes down every submission. Exits 1 unless each confirmed note is one comment or a question.
"""

import argparse
import asyncio
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

import redis
from rich.progress import Progress

import migrations
from server.practising import practice_server
from server.settings import load_settings
from storage.practice import PracticeComments
from tests.channels.redis_server import RedisServer
from tests.chaos.arena import Arena, Tally, arena, by_fault
from tests.chaos.report import console, run
from tests.chaos.wall import HIDDEN, Wall
from tests.storage.databases import PostgresServer, postgres_binaries

STEPS = (
    ("before the commit of claim",),
    ("after the commit of claim",),
    ("opening",),
    ("signing in",),
    ("writing",),
    ("before the commit of submitting",),
    ("after the commit of submitting",),
    ("about to click",),
    ("taken by the site",),
    ("answered",),
    ("before the commit of posted",),
    ("after the commit of posted",),
    ("taken by the site", "looking"),
)
STOPS = ("writing", "about to click", "taken by the site")
HURRY_S = 0.45  # most attempts on the wall are over by then
BROWSER_S = 2.5  # and those of a real browser
RACERS = 8
PLACE = re.compile(r"(<!-- chaos -->\n).*?(<!-- end -->)", re.DOTALL)
DOCUMENT = Path(__file__).parents[2] / "docs" / "posting.md"


async def kill_at_steps(field: Arena, progress: Progress, steps: Sequence[tuple[str, ...]] = STEPS) -> None:
    for points in progress.track(steps, description="kill -9 at each step"):
        note = await field.confirm(f"`kill -9`: {', then '.join(points)}")
        for point in points:
            field.faults += 1
            await field.gone(await field.start(at=point))
        await _finish(field)
        if (await field.job(note)).state in ("needs_attention", "failed"):
            console.print(f"asked: {note.fault}: {(await field.job(note)).reason}")


async def kill_at_random(field: Arena, progress: Progress, random: Random, times: int, within_s: float) -> None:
    fault = "`kill -9` at a random instant" + (", real browser" if field.page else "")
    for number in progress.track(range(times), description=fault):
        await field.confirm(fault)
        pid = await field.start()
        await asyncio.sleep(random.uniform(0, within_s))
        field.signal(pid, signal.SIGKILL)
        await field.gone(pid)
        if number % 2:  # some lose their worker once, some twice; after a third time the person would be asked
            await _finish(field)
    await _finish(field)


async def hide(field: Arena) -> None:
    """A site that takes comments and does not show them."""
    for _ in range(3):
        field.faults += 1
        await field.confirm("the site hides new comments", f"Remark {HIDDEN}")
    await _finish(field)
    field.faults += 1
    await field.confirm("the site hides new comments, `kill -9` when it has one", f"Remark {HIDDEN}")
    await field.gone(await field.start(at="taken by the site"))
    await _finish(field)


async def stop_past_the_lease(field: Arena) -> None:
    """A worker stands still, another one takes over, and then the first goes on."""
    for point in STOPS:
        note = await field.confirm(f"`SIGSTOP` past the lease, then `SIGCONT`: {point}")
        field.faults += 1
        pid = await field.start("stopped", at=point, with_signal=signal.SIGSTOP)
        await field.stopped(pid)
        other = await field.start("other")
        await field.settled()
        field.signal(pid, signal.SIGCONT)
        await field.handled(pid, note)
        await field.end(pid)
        await field.end(other)


async def race(field: Arena) -> None:
    for _ in range(RACERS):
        await field.confirm("two workers race for each job")
    field.faults += RACERS
    pids = [await field.start(name) for name in ("one", "other")]
    await field.settled()
    for pid in pids:
        await field.end(pid)


async def lose_redis(field: Arena, server: RedisServer) -> None:
    """Every word to the workers is lost; the table is not."""
    for fault in ("Redis flushed", "Redis killed and started empty"):
        for _ in range(4):
            await field.confirm(fault)
        field.faults += 1
        if "flushed" in fault:
            with redis.Redis.from_url(server.url) as client:
                await asyncio.to_thread(client.flushall)
        else:
            server.kill()
            await asyncio.to_thread(server.start)
        await _finish(field)


async def restart_postgres(field: Arena, server: PostgresServer) -> None:
    """While a worker works, as after a crash."""
    for _ in range(4):
        await field.confirm("PostgreSQL restarted")
    field.faults += 1
    pid = await field.start()
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    await field.settled()
    await field.end(pid)


async def _finish(field: Arena) -> None:
    """A worker that nobody kills takes what is left, once the leases of the dead are over."""
    await asyncio.sleep(field.lease_s)
    pid = await field.start()
    await field.settled()
    await field.end(pid)


async def chaos(
    folder: Path, seed: int, faults: int, progress: Progress, *, brief: bool = False
) -> tuple[dict[str, Tally], int]:
    """What became of the notes by fault, and how many faults there were.

    ``faults``: kills at random instants, on either database. ``brief``: on SQLite some of the steps, and no stops.
    """
    random, wall = Random(seed), Wall(seed)
    in_browser = max(2, faults // 20)
    found: list[dict[str, Tally]] = []
    count = 0
    async with wall.served():
        async with _on_sqlite(folder / "wall", wall.url) as field:
            await kill_at_steps(field, progress, STEPS[::3] if brief else STEPS)
            await kill_at_random(field, progress, random, faults, HURRY_S)
            await hide(field)
            if not brief:
                await stop_past_the_lease(field)
            await race(field)
            found.append(await field.tallies(wall.submissions))
            count += field.faults
        with fresh_redis(folder) as redis_server, fresh_postgres() as postgres:
            async with arena(folder, await made(postgres), wall=wall.url, redis_url=redis_server.url) as field:
                await kill_at_steps(field, progress)
                await kill_at_random(field, progress, random, faults, HURRY_S)
                await hide(field)
                await stop_past_the_lease(field)
                await race(field)
                await lose_redis(field, redis_server)
                await restart_postgres(field, postgres)
                found.append(await field.tallies(wall.submissions))
                count += field.faults
    async with _on_sqlite(folder / "page", wall.url, page=True) as field:
        await kill_at_random(field, progress, random, in_browser, BROWSER_S)
        comments = await PracticeComments(field.database).list()
        found.append(await field.tallies(Counter(comment.text for comment in comments)))
        count += field.faults
    return by_fault(found), count


@asynccontextmanager
async def _on_sqlite(folder: Path, wall: str, *, page: bool = False) -> AsyncIterator[Arena]:
    await asyncio.to_thread(folder.mkdir)
    url = f"sqlite:///{folder / 'sidenote.sqlite3'}"
    await migrations.upgrade(url)
    async with AsyncExitStack() as stack:
        port = None
        if page:
            field = await stack.enter_async_context(arena(folder, url, wall=wall))
            settings = load_settings(env_file=None, data_dir=folder, port=0)
            port = (await stack.enter_async_context(practice_server(settings, field.database))).port
        yield await stack.enter_async_context(arena(folder, url, wall=wall, port=port))


@contextmanager
def fresh_redis(folder: Path) -> Iterator[RedisServer]:
    """A throw-away server with its socket in a folder there."""
    home = folder / "redis"
    home.mkdir()
    server = RedisServer(home)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def fresh_postgres() -> Iterator[PostgresServer]:
    """A throw-away server."""
    server = PostgresServer.create(postgres_binaries())
    try:
        server.start()
        yield server
    finally:
        server.destroy()


async def made(server: PostgresServer) -> str:
    """The address of a new database with our tables."""
    url = server.url(await asyncio.to_thread(server.create_database))
    await migrations.upgrade(url)
    return url


def table(tallies: dict[str, Tally]) -> str:
    """What docs/posting.md shows."""
    rows = [
        f"| {fault} | {tally.notes} | {tally.comments} | {tally.asked} | {tally.twice} | {tally.lost} |"
        for fault, tally in tallies.items()
    ]
    head = "| what happened | notes | one comment | the person is asked | twice | lost |\n|---|---|---|---|---|---|"
    return "\n".join([head, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=100, help="kills at random instants, on either database")
    parser.add_argument("--document", action="store_true", help="print the table into docs/posting.md too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sidenote-chaos-", dir="/tmp") as folder, Progress(console=console) as bar:
        tallies, faults = run(chaos(Path(folder), given.seed, given.faults, bar), bar)
    whole = sum(tallies.values(), Tally())
    last = (
        f"chaos: seed={given.seed} faults={faults} confirmed={whole.notes} comments={whole.comments} "
        f"asked={whole.asked} twice={whole.twice} lost={whole.lost}"
    )
    if given.document:
        shown = f"{table(tallies)}\n\n`{last}`\n"
        DOCUMENT.write_text(PLACE.sub(lambda place: place[1] + shown + place[2], DOCUMENT.read_text()))
    sys.stdout.write(f"{table(tallies)}\n{last}\n")
    if whole.twice or whole.lost or whole.comments + whole.asked != whole.notes:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
