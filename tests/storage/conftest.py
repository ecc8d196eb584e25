"""The store's tests share one desk: a user with a video and a claimed session."""

from dataclasses import dataclass
from typing import Any

import pytest

from storage.audio import AudioChunks
from storage.engine import Database
from storage.notes import Notes
from storage.sessions import Sessions
from storage.tables import Note
from storage.users import Users
from storage.videos import Videos
from tests.storage.databases import *  # noqa: F403 - fixtures


@dataclass(slots=True)
class Desk:
    database: Database
    users: Users
    videos: Videos
    sessions: Sessions
    notes: Notes
    audio: AudioChunks
    video_id: str
    fence: int

    async def note(self, utterance: int = 1, **given: Any) -> Note:
        """A note of ada's in session "s"."""
        fields: dict[str, Any] = {
            "session_id": "s",
            "fence": self.fence,
            "utterance": utterance,
            "user_id": "ada",
            "video_id": self.video_id,
            "text": "The cut comes too late",
            "transcript": "uh the cut comes too late",
            "category": "pacing",
            "confidence": 0.8,
            "timestamp_s": 12.5,
            "engine": "rules",
        }
        return await self.notes.create(**{**fields, **given})


@pytest.fixture
async def desk(database: Database) -> Desk:
    users, videos, sessions = Users(database), Videos(database), Sessions(database)
    await users.ensure("ada", "Ada")
    await users.ensure("bob")
    video = await videos.upsert(user_id="ada", platform="practice", external_id="1", url="http://localhost/practice")
    claimed = await sessions.claim("s", user_id="ada", owner="first", lease_s=30)
    return Desk(database, users, videos, sessions, Notes(database), AudioChunks(database), video.id, claimed.fence)
