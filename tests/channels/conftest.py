"""A server on a free port: real uvicorn, SQLite, hub and agent; hearing and understanding are scripted."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from agent.notes import NoteBook
from agent.services import AgentSettings, Services
from agent.supervisor import Supervisor
from channels.auth import Tokens, subprotocols_for
from channels.client import PATH, Channel, Client, Event, Uplink
from channels.endpoint import Endpoint
from channels.hub import HistorySettings
from channels.hubs.local import LocalHub
from channels.limits import SocketSettings
from channels.presences.local import LocalPresence
from channels.rest.admission import admission_routes
from channels.rest.health import health_routes
from channels.socket import TopicMaker
from channels.topics.choices import Choices
from channels.topics.names import Topics
from inference.llm.scripted import ScriptedStructurer
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from inference.vad.scripted import ScriptedDetector
from storage.audio import AudioChunks
from storage.engine import Database
from storage.glossaries import Glossaries
from storage.notes import Notes
from storage.preferences import Preferences
from storage.sessions import Sessions
from storage.users import Users
from storage.videos import Videos
from tests.agent.twins import NoPoster, RecordingTelemetry
from tests.channels.redis_server import link, redis_server  # noqa: F401 - fixtures
from tests.storage.databases import sqlite_template  # noqa: F401 - a fixture

ORIGIN = "http://sidenote.test"  # of a page that may connect
SECRET = b"a secret of thirty-two bytes or more"
WORDS = "The music is too loud."
SPEECH = SpeechEnded(onset=1_600, last=8_000, endpoint=12_000)
SECOND = bytes(32_000)  # one second of PCM
PATIENCE_S = 10.0


class Figures(RecordingTelemetry):
    """Remembers what was counted."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, float, dict[str, str]]] = []
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def record(self, name: str, value: float, **labels: str) -> None:
        self.recorded.append((name, value, labels))
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def total(self, name: str, **labels: str) -> float:
        return sum(value for known, value, given in self.recorded if known == name and given == labels)

    async def until(self, name: str, total: float, **labels: str) -> None:
        """Wait until the figure has come to ``total``."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self.total(name, **labels) == total)


class Raw:
    """A connection frame by frame, as somebody who writes another client sees it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, *frame: Any) -> None:
        """One text frame: join_ref, ref, topic, event, payload."""
        await self.socket.send(orjson.dumps(frame).decode())

    async def next(self) -> Any:
        """The next text frame."""
        async with asyncio.timeout(PATIENCE_S):
            return orjson.loads(await self.socket.recv())

    async def until(self, event: str, ref: str | None = None) -> Any:
        """The next frame of that event (and ref); what comes before is dropped."""
        while True:
            frame = await self.next()
            if frame[3] == event and ref in (None, frame[1]):
                return frame

    async def ask(self, *frame: Any) -> Any:
        """The payload of the reply to a frame."""
        await self.send(*frame)
        return (await self.until("phx_reply", frame[1]))[4]

    async def closed(self) -> tuple[int, str]:
        """Read on until the server closes; code and reason."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""


@dataclass(slots=True)
class Site:
    """One running server and its parts."""

    url: str
    tokens: Tokens
    users: Users
    videos: Videos
    sessions: Sessions
    notes: Notes
    hub: LocalHub
    supervisor: Supervisor
    figures: Figures
    stt: ScriptedStt
    endpoint: Endpoint
    ready_errors: list[Exception]  # raised one a call by the check of readiness

    def client(self, user: str = "ada", **options: Any) -> Client:
        return Client(self.url, self.tokens.issue(user), **options)

    @asynccontextmanager
    async def raw(
        self,
        user: str = "ada",
        *,
        token: str | None = None,
        query: str = "",
        origin: str | None = None,
        subprotocols: list[str] | None = None,
        **options: Any,
    ) -> AsyncIterator[Raw]:
        offered = subprotocols_for(token or self.tokens.issue(user)) if subprotocols is None else subprotocols
        async with connect(
            self.url + PATH + query,
            origin=Origin(origin) if origin is not None else None,
            subprotocols=[Subprotocol(name) for name in offered] or None,
            proxy=None,
            compression=None,
            **options,
        ) as socket:
            yield Raw(socket)

    @asynccontextmanager
    async def review(self, user: str = "ada", session_id: str = "s1", **join: Any) -> AsyncIterator["Review"]:
        """A client that follows a session and is its microphone."""
        async with self.client(user) as client:
            session = await client.join(f"session:{session_id}")
            params = {"url": "sidenote:practice", "client_id": "mic", "timestamp": 10.0, **join}
            audio = await client.join(f"audio:{session_id}", params)
            yield Review(client, session, audio, Uplink(audio))


@dataclass(slots=True)
class Review:
    client: Client
    session: Channel
    audio: Channel
    uplink: Uplink
    seen: list[Event] = field(default_factory=list)

    async def say(self) -> dict[str, Any]:
        """Hold the key for a second; the note that comes of it."""
        self.uplink.begin(0.0)
        self.uplink.send(SECOND)
        await self.uplink.stop()
        created = await self.until("note_created")
        return dict(created.payload["note"])

    async def until(self, name: str) -> Event:
        return await until(self.session, name, self.seen)


NEW_USER = {"notes": [], "glossary": [], "preferences": {"auto_post": None, "auto_post_default": False}}
"""The snapshot of a user who has done nothing yet."""


async def until(channel: Channel, name: str, seen: list[Event] | None = None) -> Event:
    """The next event of that name on a channel."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in channel:
            if seen is not None:
                seen.append(event)
            if event.event == name:
                return event
    raise AssertionError(f"the topic ended without {name}")


class Uvicorn(uvicorn.Server):
    """Says when its port is open, goes down at once when told to, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening, self.stop = asyncio.Event(), asyncio.Event()

    async def main_loop(self) -> None:
        self.listening.set()
        await self.stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


Serve = Callable[..., Any]


@pytest.fixture
def serve(sqlite_template: Path, tmp_path: Path) -> Serve:  # noqa: F811 - the fixture imported above
    """``async with serve(settings=…) as site``: a server on a database of its own."""

    @asynccontextmanager
    async def serving(
        settings: SocketSettings | None = None,
        *,
        history: HistorySettings | None = None,
        make_topic: Callable[[Topics], TopicMaker] = lambda topics: topics,
        agent: AgentSettings | None = None,
        ws_max_size: int = 262_144,
        ttl_s: int = 600,
    ) -> AsyncIterator[Site]:
        file = tmp_path / "site.db"
        if not file.exists():  # a server that is started again finds what there was
            shutil.copy(sqlite_template, file)
        database = Database(f"sqlite:///{file}")
        await database.open()
        hub, figures, stt = LocalHub(history), Figures(), ScriptedStt(otherwise=WORDS)
        notes, sessions, videos, users = Notes(database), Sessions(database), Videos(database), Users(database)
        for user in ("ada", "bob"):
            await users.ensure(user)
        preferences = Preferences(database)
        services = Services(
            stt=stt,
            structurer=ScriptedStructurer(),
            make_detector=lambda: ScriptedDetector([SPEECH]),
            book=NoteBook(notes, hub, NoPoster(), figures),
            sessions=sessions,
            audio=AudioChunks(database),
            videos=Videos(database),
            glossaries=Glossaries(database),
            preferences=preferences,
            hub=hub,
            telemetry=figures,
            settings=agent or AgentSettings(confirm_s=600),
        )
        supervisor = Supervisor(services)
        tokens = Tokens(SECRET, ttl_s)
        glossaries, choices = Glossaries(database), Choices(preferences, services.settings.auto_post)
        presence = LocalPresence(hub)
        topics = Topics(hub, presence, supervisor, sessions, videos, notes, glossaries, choices, figures)
        errors: list[Exception] = []

        async def check() -> None:
            if errors:
                raise errors.pop(0)
            await users.get("ada")

        endpoint = Endpoint(tokens, frozenset({ORIGIN}), make_topic(topics), figures, users.ensure, settings)
        routes = [*health_routes(check), *admission_routes(endpoint, tokens, settings or SocketSettings())]
        app = endpoint.before(Starlette(routes=routes))
        config = uvicorn.Config(
            app,
            port=0,
            ws="websockets-sansio",
            ws_max_size=ws_max_size,
            ws_per_message_deflate=False,
            access_log=False,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        server = Uvicorn(config)
        task = asyncio.create_task(server.serve())
        try:
            await server.listening.wait()
            port = server.servers[0].sockets[0].getsockname()[1]
            url = f"ws://127.0.0.1:{port}"
            yield Site(url, tokens, users, videos, sessions, notes, hub, supervisor, figures, stt, endpoint, errors)
        finally:
            server.stop.set()
            await task
            await supervisor.close()
            await database.close()

    return serving


@pytest.fixture
async def site(serve: Serve) -> AsyncIterator[Site]:
    """A server with the usual limits."""
    async with serve() as running:
        yield running
