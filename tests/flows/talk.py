"""Somebody who talks to a server: streams clips through the websocket and waits for what becomes of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from channels.client import Client, Event, Uplink
from server.embedded import EmbeddedServer
from server.settings import Settings, load_settings

PUSH = 3_200  # bytes: 100 ms
IN_FLIGHT = 10 * 16_000  # samples that may be unacknowledged
PATIENCE_S = 60.0


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Defaults, whatever the environment says, with an empty data folder."""
    return load_settings(env_file=None, data_dir=folder, **changes)


@dataclass(slots=True)
class Talker:
    """One microphone and one follower of a session."""

    client: Client
    uplink: Uplink
    session_id: str
    events: list[Event] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, samples: NDArray[np.int16]) -> None:
        """Samples of the open capture, as fast as they become safe."""
        pcm = samples.astype("<i2").tobytes()
        for at in range(0, len(pcm), PUSH):
            self.uplink.send(pcm[at : at + PUSH])
            await self.uplink.wait_until_unacked(IN_FLIGHT)

    async def press(self, samples: NDArray[np.int16]) -> None:
        """Hold the key while ``samples`` are said."""
        self.uplink.begin(time.time() * 1000)
        await self.send(samples)
        await self.uplink.stop()

    async def until(self, event: str, where: Callable[[dict[str, Any]], bool] = lambda payload: True) -> dict[str, Any]:
        """The first event of that name which fits, come already or yet to come."""
        async with asyncio.timeout(PATIENCE_S), self.news:
            while True:
                for received in self.events:
                    if received.event == event and where(received.payload):
                        return received.payload
                await self.news.wait()

    async def settled(self, utterance: int) -> None:
        """Until it is decided what an utterance is: a note, a command carried out, or nothing."""
        async with asyncio.timeout(PATIENCE_S), self.news:
            while not any(self._settles(received, utterance) for received in self.events):
                await self.news.wait()

    def named(self, *names: str) -> list[dict[str, Any]]:
        return [received.payload for received in self.events if received.event in names]

    @staticmethod
    def _settles(received: Event, utterance: int) -> bool:
        decided = ("note_created", "tool_result", "agent_error")
        return received.event in decided and received.payload.get("utterance") == utterance


@asynccontextmanager
async def talking(
    url: str, token: str, *, session_id: str = "s1", mode: str = "ptt", timestamp: float = 0.0
) -> AsyncIterator[Talker]:
    async with Client(url, token) as client:
        session = await client.join(f"session:{session_id}")
        join = {"mode": mode, "url": "sidenote:practice", "timestamp": timestamp, "client_id": "talker"}
        audio = await client.join(f"audio:{session_id}", join)
        talker = Talker(client, Uplink(audio), session_id)

        async def follow() -> None:
            async for event in session:
                async with talker.news:
                    talker.events.append(event)
                    talker.news.notify_all()

        following = asyncio.create_task(follow())
        try:
            yield talker
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


@asynccontextmanager
async def talking_to_own_server(
    folder: Path, *, mode: str = "ptt", timestamp: float = 0.0, **changes: Any
) -> AsyncIterator[tuple[EmbeddedServer, Talker]]:
    """A server with the real model, and somebody who talks to it."""
    async with (
        EmbeddedServer(settings_in(folder, **changes)) as server,
        talking(server.url, server.token, mode=mode, timestamp=timestamp) as talker,
    ):
        yield server, talker
