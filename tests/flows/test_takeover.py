"""Two agents believe that they own one session, on a real database: the fence lets only the newer one write."""

import asyncio
from dataclasses import dataclass, field

import pytest

from agent.events import Mode
from agent.notes import NoteBook
from agent.services import AgentSettings, Services
from agent.supervisor import Supervisor
from channels.hub import Frame
from channels.hubs.local import LocalHub
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
from tests.flows.fleet import kept, voice

pytestmark = pytest.mark.flow

HALF = 8_000  # samples


@dataclass(slots=True)
class Microphone:
    """A connection that feeds an agent."""

    acked: list[tuple[int, int]] = field(default_factory=list)
    closed_for: list[str] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def ack(self, capture: int, samples: int) -> None:
        self.acked.append((capture, samples))
        self.told.set()

    def closed(self, reason: str, *, come_back: bool) -> None:
        assert come_back
        self.closed_for.append(reason)
        self.told.set()

    async def until_told(self) -> None:
        async with asyncio.timeout(10):
            await self.told.wait()
        self.told.clear()


@dataclass(slots=True, eq=False)
class Follower:
    """Somebody who follows through the hub, as a connection does."""

    frames: asyncio.Queue[Frame | None] = field(default_factory=asyncio.Queue)  # None: broken off

    def send(self, frame: Frame) -> None:
        self.frames.put_nowait(frame)

    def broken(self, reason: str) -> None:
        self.frames.put_nowait(None)

    async def until(self, event: str | None) -> None:
        """The next frame of that event; None: until it is broken off."""
        async with asyncio.timeout(10):
            while True:
                frame = await self.frames.get()
                if (frame and frame.event) == event:
                    return


def supervisor_of(node: str, database: Database, hub: LocalHub) -> Supervisor:
    """A process without a way to the others."""
    return Supervisor(
        Services(
            stt=ScriptedStt(otherwise="The music is too loud."),
            structurer=ScriptedStructurer(),
            make_detector=lambda: ScriptedDetector([SpeechEnded(onset=1_600, last=8_000, endpoint=12_000)]),
            book=NoteBook(Notes(database), hub, NoPoster()),
            sessions=Sessions(database),
            audio=AudioChunks(database),
            videos=Videos(database),
            glossaries=Glossaries(database),
            preferences=Preferences(database),
            hub=hub,
            telemetry=RecordingTelemetry(),
            settings=AgentSettings(confirm_s=60, keep_audio=True),
            node=node,
        )
    )


async def test_whoever_was_taken_over_from_acknowledges_nothing_and_its_followers_are_sent_on(
    database: Database, database_url: str
) -> None:
    await Users(database).ensure("ada")
    video = await Videos(database).upsert(user_id="ada", platform="practice", external_id="1", url="sidenote:practice")
    said, hubs = voice(1), (LocalHub(), LocalHub())
    older, newer = (supervisor_of(node, database, hub) for node, hub in zip(("older", "newer"), hubs, strict=True))
    try:
        follower = Follower()
        await hubs[0].subscribe("session:s", follower)
        microphones = Microphone(), Microphone()
        agent = await older.open("s", user_id="ada", client_id="mouth")
        agent.attach("mouth", microphones[0], mode=Mode.PTT, video_id=video.id, playhead_s=10.0)
        agent.hear(1, 0, said[: 2 * HALF])
        await microphones[0].until_told()
        assert microphones[0].acked == [(1, HALF)]

        heir = await newer.open("s", user_id="ada", client_id="mouth")
        place = heir.attach("mouth", microphones[1], mode=Mode.PTT, video_id=video.id, playhead_s=10.0)
        assert place == (1, HALF)
        agent.hear(1, HALF, voice(2))  # it does not know yet, and its samples are others
        await microphones[0].until_told()
        assert microphones[0].acked == [(1, HALF)], "what it can't store, it does not acknowledge"
        assert microphones[0].closed_for == ["the session has stopped: join again"]
        await follower.until(None)
        assert older.get("s") is None

        await hubs[1].subscribe("session:s", follower)
        heir.hear(1, HALF, said[2 * HALF :])
        heir.stop(1, 2 * HALF)
        await follower.until("note_created")
        stored = await kept(database_url, "s")
        assert (stored.audio, stored.owner, len(stored.notes)) == ({1: said}, "newer", 1)
    finally:
        await older.close()
        await newer.close()
