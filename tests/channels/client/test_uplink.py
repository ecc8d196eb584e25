"""The microphone's side: what is cut off comes again, once, in order; each stop is heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from channels.client import Client, Uplink
from tests.channels.client.conftest import Relay, relaying
from tests.channels.conftest import Review, Site

TENTH = 3_200  # bytes: a tenth of a second
NOISE = np.random.default_rng(1).integers(-9_000, 9_000, 160_000, np.int16).astype("<i2").tobytes()  # ten seconds


@asynccontextmanager
async def behind(site: Site, relay: Relay) -> AsyncIterator[Review]:
    """A review through the relay."""
    async with Client(relay.url, site.tokens.issue("ada")) as client:
        session = await client.join("session:s1")
        audio = await client.join("audio:s1", {"url": "sidenote:practice", "client_id": "mic", "timestamp": 10.0})
        yield Review(client, session, audio, Uplink(audio))


async def stored(site: Site, capture: int, samples: int) -> bytes:
    """What the store holds of a capture."""
    agent = site.supervisor.get("s1")
    assert agent is not None
    parts = await agent.services.audio.read("s1", capture, 0, samples)
    return b"".join(pcm or bytes(2 * length) for _, length, pcm in parts)


async def test_samples_cut_off_in_mid_capture_come_once(site: Site) -> None:
    async with relaying(site.url) as relay, behind(site, relay) as review:
        review.uplink.begin(0.0)
        for at in range(0, len(NOISE), TENTH):
            review.uplink.send(NOISE[at : at + TENTH])
            if at in (TENTH * 20, TENTH * 50, TENTH * 80):
                await review.uplink.wait_until_unacked(16_000)
                relay.cut()
        await review.uplink.wait_until_unacked(0)
        assert await stored(site, 1, 160_000) == NOISE
        assert relay.connections > 1
        await review.uplink.stop()
        await review.until("note_created")
