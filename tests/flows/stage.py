"""An agent on a real store whose jobs nobody takes: what brings one about shows in the table and in the audit.

Hearing alone is scripted. ``Served`` is the same behind a real websocket.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from agent.agent import Agent
from agent.events import Mode
from agent.notes import NoteBook
from agent.ports import Hub
from agent.services import AgentSettings
from automation.poster import QueuedPoster
from channels.auth import Tokens
from channels.client import Channel, Client
from channels.endpoint import Endpoint
from channels.hubs.local import LocalHub
from channels.presences.local import LocalPresence
from channels.topics.choices import Choices
from channels.topics.names import Topics
from inference.llm.contract import Structurer
from inference.stt.contract import Transcript, Word
from inference.stt.scripted import Reply, ScriptedStt
from inference.vad.contract import SpeechEnded
from server.app import web_config
from storage.audio import AudioChunks
from storage.engine import Database
from storage.glossaries import Glossaries
from storage.jobs import Jobs
from storage.notes import Notes
from storage.preferences import Preferences
from storage.sessions import Sessions
from storage.tables import Note, PostJob, Video
from storage.users import Users
from storage.videos import Videos
from tests.agent.twins import PUSH, Acks, World
from tests.channels.conftest import Uvicorn

ME, OTHER = "u1", "u2"
SESSION = "s1"
FIRST, SOON = SpeechEnded(1_600, 9_600, 14_400), SpeechEnded(24_000, 32_000, 36_800)  # in each capture
PAUSED, ENDED = 20_000, 64_000  # samples: between the two, after both
UNDECIDED = AgentSettings(confirm_s=600)  # longer than any test: nothing is decided by time
PAGE = {"platform": "youtube", "external_id": "dQw4w9WgXcQ", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}
SECRET = b"a secret of thirty-two bytes or more"
PATIENCE_S = 10.0
MAX_FRAME = 262_144  # bytes
ANSWERS = ("note_created", "tool_result", "agent_error")


def is_told(told: dict[str, Any]) -> bool:
    """Whether the person sees what became of what they said: a note with its words, a deed, or why there is neither."""
    return bool(told.get("note", {}).get("text") or told.get("tool", "none") != "none" or told.get("reason"))


@dataclass(slots=True)
class Stage:
    """One session of ``ME`` on a video. Each press is an utterance of its own, numbered as the presses are."""

    world: World
    database: Database
    notes: Notes
    jobs: Jobs
    videos: Videos
    glossaries: Glossaries
    preferences: Preferences
    video: Video
    woken: list[str] = field(default_factory=list)  # jobs that a worker was told of
    presses: int = 0

    async def microphone(self, mode: Mode = Mode.PTT) -> Agent:
        agent = await self.world.supervisor.open(SESSION, user_id=ME, client_id="c1")
        agent.attach("c1", Acks(), mode=mode, video_id=self.video.id, playhead_s=10.0)
        return agent

    async def say(self, agent: Agent) -> dict[str, Any]:
        """Say the next line of the script; what the person is told of it first."""
        self.presses += 1
        number = self.presses
        await self.world.press(agent, number)
        told = await self.world.hub.until_any(ANSWERS, lambda payload: payload.get("utterance") == number)
        await agent.settled()
        return told

    async def at_rest(self) -> None:
        """Until the run of the last press is over."""
        number = self.presses
        over = ("done", "failed")
        await self.world.hub.until("state_changed", lambda it: it["utterance"] == number and it["run"] in over)

    async def go_on(self, agent: Agent, start: int, end: int) -> None:
        """Samples [start, end) of the present press, which stays open."""
        for offset in range(start, end, len(PUSH) // 2):
            agent.hear(self.presses, offset, PUSH[: 2 * (end - offset)])

    async def said(self) -> list[Note]:
        """The session's notes, oldest first."""
        notes = await self.notes.list_for_session(SESSION)
        return sorted(notes, key=lambda note: note.utterance or 0)

    async def posts(self) -> list[PostJob]:
        return list(await self.jobs.list_for_user(ME))

    async def nothing_is_posted(self) -> None:
        """Neither a job nor a row of the audit nor a wish on any note, and no worker was told of one."""
        assert await self.posts() == []
        assert list(await self.jobs.audit(ME)) == []
        for note in await self.said():
            assert note.status in ("ghost", "firmed", "cancelled"), note.status
            assert (note.consent, note.consent_sha256) == (None, None)
        assert self.woken == []

    async def queued(self, consent: str) -> PostJob:
        """The one job there is, with its one row of the audit."""
        (job,) = await self.posts()
        assert (job.state, job.consent) == ("queued", consent)
        assert [entry.actor for entry in await self.jobs.audit(ME)] == [f"person: {consent}"]
        assert self.woken == [job.id]
        return job


@asynccontextmanager
async def staged(
    template: Path,
    folder: Path,
    structurer: Structurer,
    script: Iterable[Reply] = (),
    *,
    settings: AgentSettings = UNDECIDED,
    stt: ScriptedStt | None = None,
    hub: Hub | None = None,
    seen: Mapping[str, Any] | None = None,
) -> AsyncIterator[Stage]:
    """``script``: what is heard, press by press. ``seen``: what the page says of its video."""
    file = folder / "stage.db"
    shutil.copy(template, file)
    database = Database(f"sqlite:///{file}")
    await database.open()
    videos, jobs, notes = Videos(database), Jobs(database), Notes(database)
    world = World(stt=stt or ScriptedStt(script), structurer=structurer, speech=[FIRST, SOON], settings=settings)
    try:
        for user in (ME, OTHER):
            await Users(database).ensure(user)
        video = await videos.upsert(user_id=ME, **{**PAGE, **(seen or {})})
        stage = Stage(world, database, notes, jobs, videos, Glossaries(database), Preferences(database), video)
        told = world.hub if hub is None else hub
        poster = QueuedPoster(jobs, stage.woken.append)
        world.restart(
            book=NoteBook(notes, told, poster),
            hub=told,
            sessions=Sessions(database),
            audio=AudioChunks(database),
            videos=videos,
            glossaries=stage.glossaries,
            preferences=stage.preferences,
        )
        yield stage
    finally:
        await world.supervisor.close()
        await database.close()


def words(text: str, *starts_s: float) -> Transcript:
    """A transcript that knows where each of its words began."""
    said = tuple(Word(word, at, at + 0.2) for word, at in zip(text.split(), starts_s, strict=True))
    return Transcript(text, avg_logprob=-0.1, words=said)


@dataclass(frozen=True, slots=True)
class Served:
    stage: Stage
    url: str

    def client(self, user: str = ME) -> Client:
        return Client(self.url, Tokens(SECRET, 600).issue(user))


@asynccontextmanager
async def served(
    template: Path,
    folder: Path,
    structurer: Structurer,
    script: Iterable[Reply],
    settings: AgentSettings = UNDECIDED,
) -> AsyncIterator[Served]:
    """The stage behind a websocket."""
    hub = LocalHub()
    async with staged(template, folder, structurer, script, settings=settings, hub=hub) as stage:
        supervisor, services = stage.world.supervisor, stage.world.services
        sessions, glossaries = Sessions(stage.database), stage.glossaries
        presence, telemetry = LocalPresence(hub), services.telemetry
        choices = Choices(stage.preferences, services.settings.auto_post)
        topics = Topics(hub, presence, supervisor, sessions, stage.videos, stage.notes, glossaries, choices, telemetry)
        known = Users(stage.database)
        endpoint = Endpoint(Tokens(SECRET, 600), frozenset(), topics, services.telemetry, known.ensure)
        config = web_config(endpoint.before(Starlette()), MAX_FRAME)
        config.port = 0
        server = Uvicorn(config)
        serving = asyncio.create_task(server.serve())
        try:
            await server.listening.wait()
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Served(stage, f"ws://127.0.0.1:{port}")
        finally:
            server.stop.set()
            await serving


async def next_event(channel: Channel, name: str) -> dict[str, Any]:
    """The payload of the next event of that name."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in channel:
            if event.event == name:
                return event.payload
    raise AssertionError(f"the topic ended without {name}")
