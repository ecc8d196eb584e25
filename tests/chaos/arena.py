"""A database with workers that are killed: notes go in, and in the end each must be a comment once, or a question."""

import asyncio
import json
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.ports import Poster
from automation.poster import QueuedPoster
from automation.relay import Relay
from automation.worker import redis_broker
from storage.engine import Database
from storage.job_state import JobState
from storage.jobs import Jobs
from storage.notes import Notes
from storage.sessions import Sessions
from storage.tables import Note, PostJob
from storage.users import Users
from storage.videos import Videos
from tests.chaos.report import Violation

POSTMAN = Path(__file__).with_name("postman.py")
LEASE_S = 0.5
BROWSER_LEASE_S = 3.0
PATIENCE_S = 90.0
LOOK_EVERY_S = 0.02  # at what another process or the database says
OPEN = (JobState.QUEUED, JobState.CLAIMED, JobState.SUBMITTING)
ASKED = (JobState.NEEDS_ATTENTION, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A note of which the person said: post it."""

    fault: str  # what happens to it
    job_id: str
    user_id: str
    text: str


@dataclass(slots=True)
class Tally:
    """What became of the notes of one fault."""

    notes: int = 0
    comments: int = 0
    asked: int = 0
    twice: int = 0
    lost: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(slots=True)
class Arena:
    """One database, and workers on it."""

    database: Database
    jobs: Jobs
    poster: Poster
    postman: asyncio.subprocess.Process | None = None  # makes workers; none where the test has its own
    confirmed: list[Confirmed] = field(default_factory=list)
    faults: int = 0
    lease_s: float = LEASE_S
    page: bool = False  # with a real browser on the practice page
    _said: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    _handled: set[tuple[int, str]] = field(default_factory=set)
    _alive: set[int] = field(default_factory=set)

    async def confirm(self, fault: str, words: str = "", user: str | None = None) -> Confirmed:
        """A note whose post is due."""
        return await self.post(fault, await self.draft(words, user))

    async def draft(self, words: str = "", user: str | None = None) -> Note:
        """A note; of a new user by default, so that neither a login nor a rate keeps its post waiting."""
        name = uuid.uuid4().hex[:12]
        owner = user or name
        await Users(self.database).ensure(owner)
        video = await Videos(self.database).upsert(
            user_id=owner, platform="practice", external_id="practice", url="sidenote:practice"
        )
        session = await Sessions(self.database).claim(name, user_id=owner, owner="chaos", lease_s=60)
        text = f"{words or 'Remark'} {name}"
        return await Notes(self.database).create(
            session_id=name,
            fence=session.fence,
            utterance=1,
            user_id=owner,
            video_id=video.id,
            text=text,
            transcript=text,
            category="other",
            confidence=0.9,
            coverage=None,
            timestamp_s=12.0,
            engine="chaos",
        )

    async def post(self, fault: str, note: Note) -> Confirmed:
        job_id = await self.poster.submit(note, consent="click")
        self.confirmed.append(Confirmed(fault, job_id, note.user_id, note.text))
        return self.confirmed[-1]

    async def start(self, worker: str = "w", at: str | None = None, with_signal: int = signal.SIGKILL) -> int:
        """A worker that takes jobs from now on; its process."""
        assert self.postman
        assert self.postman.stdin
        order = {"worker": worker, "at": at, "signal": int(with_signal), "page": self.page}
        self.postman.stdin.write(json.dumps(order).encode() + b"\n")
        made: int | None = None
        ready: set[int] = set()
        async with self._patience("a worker is to start"):
            while made is None or (made not in ready and at is None):
                said = await self._next()
                made = said.get("pid", made)
                ready.add(said.get("ready", 0))
        self._alive.add(made)
        return made

    async def _next(self) -> dict[str, Any]:
        assert self.postman
        assert self.postman.stdout
        line = await self.postman.stdout.readline()
        if not line:
            raise Violation("the process that makes workers has ended: look at its errors above")
        said: dict[str, Any] = json.loads(line)
        if "handled" in said:
            self._handled.add((said["worker"], said["handled"]))
        return said

    def signal(self, pid: int, number: int) -> None:
        self.faults += number != signal.SIGCONT
        os.kill(pid, number)

    async def end(self, pid: int) -> None:
        """Kill a worker whose work is done."""
        os.kill(pid, signal.SIGKILL)
        await self.gone(pid)

    async def gone(self, pid: int) -> None:
        """Until a worker is no more."""
        async with self._patience(f"worker {pid} is to end"):
            while _state(pid) is not None:  # noqa: ASYNC110 - another process has no event to await
                await asyncio.sleep(LOOK_EVERY_S)
        self._alive.discard(pid)

    async def stopped(self, pid: int) -> None:
        """Until a worker stands still."""
        async with self._patience(f"worker {pid} is to stop"):
            while _state(pid) != "T":  # noqa: ASYNC110 - another process has no event to await
                await asyncio.sleep(LOOK_EVERY_S)

    async def handled(self, pid: int, note: Confirmed) -> None:
        """Until that worker is through with the job."""
        async with self._patience(f"worker {pid} is to be through with {note.job_id}"):
            while (pid, note.job_id) not in self._handled:
                await self._next()

    async def settled(self) -> None:
        """Until nothing is due or under way."""
        async with self._patience("all is to settle"):
            while any([(await self.job(note)).state in OPEN for note in self.confirmed]):  # noqa: ASYNC110 - another process has no event to await
                await asyncio.sleep(LOOK_EVERY_S * 5)

    @asynccontextmanager
    async def _patience(self, what: str) -> AsyncIterator[None]:
        """Raises Violation, with what is left to do, when it runs out."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield
        except TimeoutError:
            left = [job for note in self.confirmed if (job := await self.job(note)).state in OPEN]
            told = "; ".join(f"{job.id[:8]} {job.state} ({job.attempt}, {job.worker}, {job.reason})" for job in left)
            raise Violation(f"{what}, and after {PATIENCE_S:g} s it is not so. Open: {told or 'nothing'}") from None

    async def job(self, note: Confirmed) -> PostJob:
        return await self.jobs.get(note.job_id, note.user_id)

    async def tallies(self, submissions: Mapping[str, int]) -> dict[str, Tally]:
        """By fault; ``submissions``: how often the site got each text."""
        found: dict[str, Tally] = {}
        for note in self.confirmed:
            state, times = (await self.job(note)).state, submissions.get(note.text, 0)
            asked, posted = state in ASKED, state == JobState.POSTED and times == 1
            outcome = Tally(1, int(posted), int(asked), int(times > 1), int(not (asked or posted or times > 1)))
            found[note.fault] = found.get(note.fault, Tally()) + outcome
        return found


@asynccontextmanager
async def arena(
    folder: Path, database_url: str, *, wall: str, redis_url: str | None = None, port: int | None = None
) -> AsyncIterator[Arena]:
    """``database_url``: of migrated tables. ``port``: where the practice page is, for workers with a real browser."""
    lease_s = LEASE_S if port is None else BROWSER_LEASE_S
    environment = {
        **os.environ,
        "SIDENOTE_DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "SIDENOTE_POST_LEASE_S": str(lease_s),
        "SIDENOTE_LOG_LEVEL": "error",
        "WALL": wall,
        **({"REDIS_URL": redis_url} if redis_url else {}),
        **({"SIDENOTE_PORT": str(port)} if port else {}),
    }
    async with AsyncExitStack() as stack:
        database = Database(database_url)
        await database.open()
        stack.push_async_callback(database.close)
        relay = None
        if redis_url:
            broker = redis_broker(redis_url)
            stack.callback(broker.close)
            relay = Relay(broker)
            stack.push_async_callback(asyncio.to_thread, relay.close)
        jobs = Jobs(database)
        postman = await asyncio.create_subprocess_exec(
            sys.executable, str(POSTMAN), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment
        )
        made = Arena(database, jobs, QueuedPoster(jobs, relay.wake if relay else lambda _: None), postman)
        made.page, made.lease_s = port is not None, lease_s
        try:
            yield made
        finally:
            for pid in made._alive:
                if _state(pid) is not None:
                    os.kill(pid, signal.SIGKILL)
            postman.kill()
            await postman.wait()


def by_fault(tallies: list[dict[str, Tally]]) -> dict[str, Tally]:
    """Of several arenas."""
    whole: dict[str, Tally] = {}
    for each in tallies:
        for fault, tally in each.items():
            whole[fault] = whole.get(fault, Tally()) + tally
    return whole


def _state(pid: int) -> str | None:
    """R, S, T and so on; None for a process that is no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
