"""Several server processes on one PostgreSQL and one Redis: they share nothing else but the folder of the token secret.

Each is the real program with scripted hearing and understanding (tests/chaos/server.py): every press is one utterance,
whose speech lies where ``SPEECH`` says. What was sent is kept, so that it can be compared sample by sample.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from channels.client import Channel, Client, Uplink
from server.secrets import token_secret
from storage.audio import AudioChunks
from storage.engine import Database
from storage.notes import Notes
from storage.sessions import Sessions
from tests.channels.redis_server import RedisServer
from tests.chaos.sessions import Follower, notes_of, tireless
from tests.flows.process import ServerProcess, serving

PROGRAM = ("tests/chaos/server.py",)
PUSH = 3_200  # bytes: 100 ms
RATE = 16_000
BYTES_PER_SAMPLE = 2
PATIENCE_S = 30.0
EXIT_LIMIT_S = 20.0  # for a process that was told to end
SETTINGS = {
    "SIDENOTE_KEEP_AUDIO": "true",
    "SIDENOTE_CONFIRM_SECONDS": "60",  # longer than any test: nothing is decided by time
    "SIDENOTE_MAX_CONNECTIONS_PER_USER": "1000",  # a half-open connection counts until the server notices
}


@dataclass(frozen=True, slots=True)
class Fleet:
    """``a`` lives as long as the fleet; a test starts the others."""

    folder: Path
    database_url: str
    redis: RedisServer
    a: ServerProcess

    @asynccontextmanager
    async def another(self) -> AsyncIterator[ServerProcess]:
        """A process for a test to end. Neither it nor ``a`` may have logged an error."""
        with ExitStack() as stack:
            process = _serving(self.folder, self.database_url, self.redis, f"b-{Random().randrange(2**32)}")
            server = await asyncio.to_thread(stack.enter_context, process)
            try:
                yield server
            finally:
                await asyncio.to_thread(stack.close)
            assert server.bugs() == [], server.bugs()
            assert self.a.bugs() == [], self.a.bugs()

    @contextmanager
    def held(self, session_id: str) -> Iterator[Path]:
        """Nothing of the session is transcribed while the file given lies there."""
        file = self.folder / f"held-{session_id}"
        file.touch()
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)

    async def kept(self, session_id: str) -> "Kept":
        return await kept(self.database_url, session_id)


@contextmanager
def fleet_on(folder: Path, database_url: str) -> Iterator[Fleet]:
    """A fleet of one, with a Redis of its own."""
    token_secret(folder)
    redis = RedisServer(Path(tempfile.mkdtemp(prefix="sidenote-redis-", dir="/tmp")))  # a socket's path must be short
    try:
        redis.start()
        with _serving(folder, database_url, redis, "a") as server:
            yield Fleet(folder, database_url, redis, server)
    finally:
        if redis.process:
            redis.kill()
        shutil.rmtree(redis.folder)


@contextmanager
def _serving(folder: Path, database_url: str, redis: RedisServer, name: str) -> Iterator[ServerProcess]:
    settings = {**SETTINGS, "DATABASE_URL": database_url, "REDIS_URL": redis.url}
    with serving(folder, log=folder / f"{name}.log", program=PROGRAM, settings=settings) as server:
        yield server


# Clients


def client_of(url: str, server: ServerProcess) -> Client:
    """A client that comes back quickly. ``url``: of the server, or of a proxy before it."""
    return tireless(url, server.token, seed=0)


@asynccontextmanager
async def following(client: Client, topic: str, name: str = "") -> AsyncIterator[Follower]:
    """Keeps all that comes on a topic. ``name``: for the others who watch a video."""
    follower = Follower(await client.join(topic, {"client": name}))
    task = asyncio.create_task(follower.follow())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(follower: Follower, fits: Callable[[Follower], bool]) -> None:
    """Until what the follower has seen fits."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await follower.until(fits)
    except TimeoutError:
        seen = [(event.seq, event.event, event.payload) for event in follower.events]
        raise AssertionError(f"it never came to that; {follower.channel.topic} saw {seen}") from None


def saw(event: str, **fields: Any) -> Callable[[Follower], bool]:
    """Whether an event with these fields has come."""

    def fits(follower: Follower) -> bool:
        return any(fields.items() <= payload.items() for payload in follower.payloads(event))

    return fits


def reached(seq: int) -> Callable[[Follower], bool]:
    """Whether the event of that number has come."""
    return lambda follower: follower.last_seq >= seq


def times(follower: Follower, event: str) -> int:
    return len(follower.payloads(event))


@dataclass(slots=True)
class Mouth:
    """The microphone of a session."""

    channel: Channel
    uplink: Uplink

    @classmethod
    async def open(cls, client: Client, session_id: str) -> "Mouth":
        params = {"url": "sidenote:practice", "client_id": "mouth", "timestamp": 10.0}
        channel = await client.join(f"audio:{session_id}", params)
        return cls(channel, Uplink(channel))

    @property
    def video_id(self) -> str:
        return str(self.channel.reply["video_id"])

    def begin(self, pcm: bytes) -> None:
        """Hold the key and say this."""
        self.uplink.begin(1_000_000.0)
        self.go_on(pcm)

    def go_on(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), PUSH):
            self.uplink.send(pcm[at : at + PUSH])

    async def safe(self) -> None:
        """Until all that was said is acknowledged."""
        async with asyncio.timeout(PATIENCE_S):
            await self.uplink.wait_until_unacked(0)

    async def stop(self) -> None:
        """Let go of the key."""
        async with asyncio.timeout(PATIENCE_S):
            await self.uplink.stop()

    async def say(self, pcm: bytes) -> None:
        self.begin(pcm)
        await self.stop()


def voice(seed: int, seconds: float = 1.0) -> bytes:
    """PCM16 of which no two samples in a row are alike, so that none can be lost or doubled unseen."""
    return Random(seed).randbytes(int(seconds * RATE) * BYTES_PER_SAMPLE)


# What the database holds


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a session."""

    notes: dict[str, tuple[int | None, str, str, int]]  # id: (utterance, text, status, revision)
    audio: dict[int, bytes]  # of each capture
    owner: str | None
    fence: int


async def kept(database_url: str, session_id: str) -> Kept:
    database = Database(database_url)
    await database.open()
    try:
        row = await Sessions(database).get(session_id)
        notes = await Notes(database).list_for_session(session_id)
        chunks = AudioChunks(database)
        audio = {}
        for capture, (_, end) in (await chunks.held(session_id)).items():
            parts = await chunks.read(session_id, capture, 0, end)
            assert [first for first, _, _ in parts] == _starts(parts), "samples are missing, or there twice"
            audio[capture] = b"".join(pcm or b"" for _, _, pcm in parts)
    finally:
        await database.close()
    shown = {note.id: (note.utterance, note.text, str(note.status), note.revision) for note in notes}
    return Kept(shown, audio, row.owner, row.fence)


def _starts(parts: Any) -> list[int]:
    ends = [0]
    for _, samples, _ in parts:
        ends.append(ends[-1] + samples)
    return ends[:-1]


def known_to(follower: Follower) -> dict[str, tuple[int | None, str, str, int]]:
    """The notes as a follower knows them that was there from the beginning."""
    notes = notes_of(follower)
    return {note["id"]: (note["utterance"], note["text"], note["status"], note["revision"]) for note in notes}


def knows(notes: int) -> Callable[[Follower], bool]:
    """Whether at least so many notes are known."""
    return lambda follower: len(known_to(follower)) >= notes
