"""In-memory twins of the agent's ports: for unit tests of the agent alone."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from agent.agent import Agent
from agent.errors import PostingUnavailable
from agent.events import Mode
from agent.notes import NoteBook
from agent.ports import NoteRecord
from agent.services import AgentSettings, Services, unix_ms
from agent.supervisor import Supervisor
from inference.llm.contract import Reading, Structurer
from inference.llm.scripted import ScriptedStructurer
from inference.stt.contract import SpeechToText
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded, VoiceDetectorFactory
from inference.vad.scripted import ScriptedDetector
from tests.agent.memory_notes import MemoryNotes

T = TypeVar("T")
SECOND = 16_000  # samples
PUSH = bytes(640)  # 20 ms


class StoreDown(Exception):
    """What a store raises while it is told to fail."""

    def __init__(self, message: str, *, retryable: bool = False, fenced: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.fenced = fenced


@dataclass(slots=True)
class SessionRow:
    id: str
    user_id: str
    video_id: str | None = None
    fence: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    applied_utterance: int = 0
    capture: int | None = None
    safe_samples: int = 0
    unfinished: bool = False
    owner: str | None = None


class MemorySessions:
    """The review_sessions table in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, SessionRow] = {}
        self.failures: list[Exception] = []

    async def claim(self, session_id: str, *, user_id: str, owner: str, lease_s: float) -> SessionRow:
        row = self.rows.setdefault(session_id, SessionRow(session_id, user_id))
        row.fence += 1
        row.owner = owner
        return replace(row)

    async def claim_orphan(self, session_id: str, *, user_id: str, owner: str, lease_s: float) -> SessionRow | None:
        row = self.rows[session_id]
        if row.owner not in (None, "dead", owner):  # the twin has no clock: a lease ends when its owner is called that
            return None
        return await self.claim(session_id, user_id=user_id, owner=owner, lease_s=lease_s)

    async def owner(self, session_id: str, *, living: bool = False) -> str | None:
        row = self.rows.get(session_id)
        return None if row is None or (living and row.owner == "dead") else row.owner

    async def renew(self, session_id: str, fence: int, lease_s: float) -> None:
        self.check(session_id, fence)

    async def checkpoint(
        self,
        session_id: str,
        fence: int,
        state: dict[str, Any],
        *,
        video_id: str | None = None,
        mode: str | None = None,
        unfinished: bool = False,
    ) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.check(session_id, fence)
        row = self.rows[session_id]
        row.state, row.unfinished, row.video_id = json.loads(json.dumps(state)), unfinished, video_id or row.video_id

    async def unfinished(self, session_id: str) -> bool:
        return session_id in self.rows and self.rows[session_id].unfinished

    async def list_unfinished(self, limit: int = 100) -> list[SessionRow]:
        return [row for row in self.rows.values() if row.unfinished]

    async def release(self, session_id: str, fence: int) -> None:
        self.check(session_id, fence)
        self.rows[session_id].owner = None

    def check(self, session_id: str, fence: int) -> None:
        if self.rows[session_id].fence != fence:
            raise StoreDown("Another process owns the session.", fenced=True)


class MemoryAudio:
    """The audio_chunks table in memory, joined to the sessions as the real one is."""

    def __init__(self, sessions: MemorySessions) -> None:
        self._sessions = sessions
        self.chunks: list[tuple[int, int, int, bytes | None]] = []  # capture, start, samples, pcm
        self.failures: list[Exception] = []

    async def append(self, session_id: str, fence: int, capture: int, start: int, pcm: bytes) -> int:
        return self._add(session_id, fence, capture, start, len(pcm) // 2, pcm)

    async def append_silence(self, session_id: str, fence: int, capture: int, start: int, samples: int) -> int:
        return self._add(session_id, fence, capture, start, samples, None)

    async def read(self, session_id: str, capture: int, start: int, end: int) -> list[tuple[int, int, bytes | None]]:
        return [(s, n, pcm) for c, s, n, pcm in self.chunks if c == capture and s < end and s + n > start]

    async def held(self, session_id: str) -> dict[int, tuple[int, int]]:
        parts = [(capture, start, start + samples) for capture, start, samples, _ in self.chunks]
        return {
            capture: (min(s for c, s, _ in parts if c == capture), max(e for c, _, e in parts if c == capture))
            for capture, _, _ in parts
        }

    async def discard(self, session_id: str, capture: int, before: int) -> None:
        self.chunks = [chunk for chunk in self.chunks if chunk[0] != capture or chunk[1] + chunk[2] > before]

    def _add(self, session_id: str, fence: int, capture: int, start: int, samples: int, pcm: bytes | None) -> int:
        if self.failures:
            raise self.failures.pop(0)
        self._sessions.check(session_id, fence)
        self.chunks.append((capture, start, samples, pcm))
        row = self._sessions.rows[session_id]
        row.capture, row.safe_samples = capture, start + samples
        return row.safe_samples


class RecordingHub:
    """Keeps what was published; ``until`` waits for an event."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str, dict[str, Any]]] = []
        self._news = asyncio.Condition()

    async def publish(self, topic: str, event: str, payload: Mapping[str, Any], *, durable: bool = True) -> None:
        self.published.append((topic, event, dict(payload)))
        async with self._news:
            self._news.notify_all()

    async def renew(self, topic: str) -> None:
        await self.publish(topic, "renewed", {})

    async def until(self, event: str, where: Callable[[dict[str, Any]], bool] = lambda payload: True) -> dict[str, Any]:
        """The first session event of that name which fits; waits for it."""
        return await self.until_any((event,), where)

    async def until_any(self, names: tuple[str, ...], where: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first session event of one of these names which fits; waits for it."""

        def found() -> dict[str, Any] | None:
            return next(
                (p for t, name, p in self.published if t.startswith("session:") and name in names and where(p)), None
            )

        async with self._news:
            await self._news.wait_for(lambda: found() is not None)
        payload = found()
        assert payload is not None
        return payload

    async def until_seen(self, name: str, where: Callable[[dict[str, Any]], bool], *, times: int) -> None:
        """Until that many session events of that name fit."""
        async with self._news:
            await self._news.wait_for(lambda: sum(map(where, self.events(name))) >= times)

    def events(self, *names: str) -> list[dict[str, Any]]:
        return [p for t, event, p in self.published if t.startswith("session:") and event in names]


class NoPoster:
    async def submit(self, note: NoteRecord, **given: Any) -> str:
        raise PostingUnavailable("No way to post is set up: the note is kept.")

    async def settle(self, note: NoteRecord, **given: Any) -> None:
        raise PostingUnavailable("No way to post is set up: nobody asks.")


class NothingKnown:
    """Videos, glossaries and preferences of which nothing is known."""

    async def get(self, video_id: str, user_id: str) -> Any:
        raise StoreDown("There is no such video.")

    async def version(self, video_id: str, user_id: str) -> object:
        return 0

    async def terms(self, user_id: str) -> tuple[str, ...]:
        return ()

    async def auto_post(self, user_id: str) -> bool | None:
        return None


class RecordingTelemetry:
    """Remembers what is recorded."""

    def __init__(self) -> None:
        self.records: list[tuple[str, float, dict[str, str]]] = []

    def record(self, name: str, value: float, **labels: str) -> None:
        self.records.append((name, value, labels))

    def span(self, name: str, *, trace: str, **attributes: str | int | float) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def finish(self, trace: str, outcome: str) -> None: ...

    def about(self, **who: str) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


class Acks:
    """A microphone's connection that remembers what it was told."""

    def __init__(self) -> None:
        self.acked: list[tuple[int, int]] = []
        self.reasons: list[str] = []
        self.sent_away: list[bool] = []  # for each reason, whether it is for good

    def ack(self, capture: int, samples: int) -> None:
        self.acked.append((capture, samples))

    def closed(self, reason: str, *, come_back: bool) -> None:
        self.reasons.append(reason)
        self.sent_away.append(not come_back)


class World:
    """An agent with twins all round it."""

    def __init__(
        self,
        *,
        said: Mapping[str, Reading] | None = None,
        speech: list[SpeechEnded] | None = None,
        stt: SpeechToText | None = None,
        structurer: Structurer | None = None,
        settings: AgentSettings | None = None,
        now_ms: Callable[[], int] = unix_ms,
    ) -> None:
        self.notes, self.sessions, self.hub = MemoryNotes(), MemorySessions(), RecordingHub()
        self.audio = MemoryAudio(self.sessions)
        self.stt = stt or ScriptedStt(finals=list(said or {}))
        make: VoiceDetectorFactory = lambda: ScriptedDetector(speech or [])  # noqa: E731 - a protocol needs its type
        self.services = Services(
            stt=self.stt,
            structurer=structurer or ScriptedStructurer(dict(said or {})),
            make_detector=make,
            book=NoteBook(self.notes, self.hub, NoPoster()),
            sessions=self.sessions,
            audio=self.audio,
            videos=NothingKnown(),
            glossaries=NothingKnown(),
            preferences=NothingKnown(),
            hub=self.hub,
            telemetry=RecordingTelemetry(),
            settings=settings or AgentSettings(),
            now_ms=now_ms,
        )
        self.supervisor = Supervisor(self.services)

    def share(self, other: "World") -> None:
        """Look at the tables of another world, as a second process does."""
        self.sessions.rows, self.audio.chunks, self.notes.notes = (
            other.sessions.rows,
            other.audio.chunks,
            other.notes.notes,
        )

    def restart(self, **changes: Any) -> None:
        """A new supervisor, with other services."""
        self.services = replace(self.services, **changes)
        self.supervisor = Supervisor(self.services)

    async def microphone(self, mode: Mode = Mode.PTT, client_id: str = "c1") -> tuple[Agent, Acks]:
        agent = await self.supervisor.open("s1", user_id="u1", client_id=client_id)
        acks = Acks()
        agent.attach(client_id, acks, mode=mode, video_id="v1", playhead_s=10.0)
        return agent, acks

    async def press(self, agent: Agent, capture: int, samples: int = SECOND) -> None:
        """Hold the key for ``samples``."""
        for offset in range(0, samples, len(PUSH) // 2):
            agent.hear(capture, offset, PUSH)
        agent.stop(capture, samples)
