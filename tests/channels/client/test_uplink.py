"""The microphone's side against a real server: what is cut off comes again, once, in order; each stop is heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest

from agent.services import AgentSettings
from channels.client import Client, Disconnected, PushRefused, Status, Uplink
from tests.channels.client.conftest import SOON, Relay, relaying
from tests.channels.conftest import SECOND, Review, Serve, Site, until

TENTH = 3_200  # bytes: a tenth of a second
NOISE = np.random.default_rng(1).integers(-9_000, 9_000, 160_000, np.int16).astype("<i2").tobytes()  # ten seconds


@asynccontextmanager
async def behind(site: Site, relay: Relay) -> AsyncIterator[Review]:
    """A review through the relay."""
    async with Client(relay.url, site.tokens.issue("ada"), reconnect=SOON) as client:
        session = await client.join("session:s1")
        audio = await client.join("audio:s1", {"url": "sidenote:practice", "client_id": "mic", "timestamp": 10.0})
        yield Review(client, session, audio, Uplink(audio))


@asynccontextmanager
async def cut_off(review: Review, relay: Relay) -> AsyncIterator[None]:
    """For as long as this lasts there is no connection."""
    gone = asyncio.Event()
    review.client.on_state(lambda state: gone.set() if state.status == Status.RECONNECTING else None)
    relay.open = False
    relay.cut()
    await gone.wait()
    yield
    relay.open = True


async def stored(site: Site, capture: int, samples: int) -> bytes:
    """What the store holds of a capture."""
    agent = site.supervisor.get("s1")
    assert agent is not None
    parts = await agent.services.audio.read("s1", capture, 0, samples)
    return b"".join(pcm or bytes(2 * length) for _, length, pcm in parts)


async def test_an_uplink_knows_what_is_safe(site: Site) -> None:
    async with site.review() as review:
        assert (review.uplink.capture, review.uplink.sent, review.uplink.unacked) == (0, 0, 0)
        assert review.uplink.begin(0.0) == 1
        review.uplink.send(SECOND)
        assert (review.uplink.sent, review.uplink.unacked) == (16_000, 16_000)
        await review.uplink.wait_until_unacked(0)
        assert (review.uplink.acked_capture, review.uplink.unacked) == (1, 0)
        assert review.uplink.begin(0.0) == 2
        assert (review.uplink.sent, review.uplink.unacked) == (0, 0)


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
        assert relay.connections == 4
        await review.uplink.stop()
        await review.until("note_created")


async def test_a_stop_whose_answer_was_lost_is_said_again_and_counts_once(site: Site) -> None:
    async with relaying(site.url) as relay, behind(site, relay) as review, site.client() as onlooker:
        session = await onlooker.join("session:s1")
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        relay.swallow_answers()
        stopping = asyncio.create_task(review.uplink.stop())
        await until(session, "speech_ended")
        relay.cut()
        relay.flow()
        await stopping
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.uplink.stop()
        created = [await review.until("note_created") for _ in range(2)]
        assert [event.payload["utterance"] for event in created] == [1, 2]
        assert [event.payload["capture"] for event in review.seen if event.event == "speech_ended"] == [1, 2]


async def test_captures_made_while_away_come_in_order(site: Site) -> None:
    async with relaying(site.url) as relay, behind(site, relay) as review:
        stops: list[asyncio.Task[None]] = []
        async with cut_off(review, relay):
            for seconds in (1, 2, 3):
                review.uplink.begin(0.0)
                review.uplink.send(SECOND * seconds)
                stops.append(asyncio.create_task(review.uplink.stop()))
                await asyncio.sleep(0)
        await asyncio.gather(*stops)
        ended = [(await review.until("speech_ended")).payload for _ in range(3)]
        assert [(row["capture"], row["endpoint"]) for row in ended] == [(1, 16_000), (2, 32_000), (3, 48_000)]


async def test_a_capture_that_waited_too_long_goes_on_as_another(serve: Serve) -> None:
    async with (
        serve(agent=AgentSettings(confirm_s=600, orphan_s=0.0)) as site,
        relaying(site.url) as relay,
        behind(site, relay) as review,
    ):
        review.uplink.begin(0.0)
        review.uplink.send(NOISE[: 50 * TENTH])
        await review.uplink.wait_until_unacked(0)
        async with cut_off(review, relay):
            review.uplink.send(NOISE[50 * TENTH :])
            ended = asyncio.create_task(review.until("speech_ended"))
        await review.uplink.settled()
        await review.uplink.wait_until_unacked(0)
        assert (review.uplink.capture, review.uplink.sent) == (2, 80_000)
        assert (await ended).payload["endpoint"] == 80_000
        assert await stored(site, 2, 160_000) == NOISE[50 * TENTH :]
        await review.uplink.stop()
        assert (await review.until("speech_ended")).payload["capture"] == 2


async def test_a_server_started_again_in_mid_capture_gets_the_rest(serve: Serve) -> None:
    async with AsyncExitStack() as stack:
        servers = AsyncExitStack()
        site = await servers.enter_async_context(serve())
        relay = await stack.enter_async_context(relaying(site.url))
        review = await stack.enter_async_context(behind(site, relay))
        review.uplink.begin(0.0)
        review.uplink.send(NOISE[: 50 * TENTH])
        await review.uplink.wait_until_unacked(16_000)
        review.uplink.send(NOISE[50 * TENTH : 60 * TENTH])
        await servers.aclose()
        review.uplink.send(NOISE[60 * TENTH :])
        again = await stack.enter_async_context(serve())
        relay.target = int(again.url.rpartition(":")[2])
        await review.uplink.wait_until_unacked(0)
        assert await stored(again, 1, 160_000) == NOISE
        await review.until("snapshot")
        await review.uplink.stop()
        assert (await review.until("note_created")).payload["utterance"] == 1
        await review.client.__aexit__(None, None, None)


async def test_what_was_said_while_away_stands_where_the_player_stood_then(site: Site) -> None:
    async with relaying(site.url) as relay, behind(site, relay) as review:
        review.uplink.clock(1_000.0, 60.0)
        async with cut_off(review, relay):
            review.uplink.clock(5_000.0, 300.0, rate=2.0)
            review.uplink.begin(6_000.0)
            review.uplink.send(SECOND)
            stopping = asyncio.create_task(review.uplink.stop())
            await asyncio.sleep(0)
            review.uplink.clock(9_000.0, 20.0, paused=True)
        await stopping
        note = (await review.until("note_created")).payload["note"]
        assert note["timestamp_s"] == pytest.approx(300 + (1 + 0.1) * 2), "speech begins at 0.1 s"


async def test_silence_that_was_not_sent_counts(site: Site) -> None:
    async with site.review() as review:
        review.uplink.begin(0.0)
        review.uplink.send(NOISE[:TENTH])
        review.uplink.gap(1_600)
        review.uplink.send(NOISE[:TENTH])
        await review.uplink.wait_until_unacked(0)
        assert await stored(site, 1, 160_000) == NOISE[:TENTH] + bytes(TENTH) + NOISE[:TENTH]


async def test_what_is_cancelled_is_not_sent_again_and_its_stop_is_refused(site: Site) -> None:
    async with site.review() as review:
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.until("state_changed")
        await review.audio.push("cancel")
        for _ in range(3):
            review.uplink.send(SECOND)
        refused = await until(review.audio, "refused")
        assert refused.payload["reason"] == "audio_invalid"
        with pytest.raises(PushRefused) as stop:
            await review.uplink.stop()
        assert stop.value.reason == "not_now"
        assert (await review.say())["text"], "the next one is heard"


async def test_nothing_is_recorded_before_a_capture_begins(site: Site) -> None:
    async with site.review() as review:
        for record in (
            lambda: review.uplink.send(SECOND),
            lambda: review.uplink.gap(1),
            lambda: review.uplink.anchor(0),
        ):
            with pytest.raises(PushRefused, match="begin first"):
                record()
        review.uplink.begin(0.0)
        with pytest.raises(PushRefused, match="Nothing was recorded"):
            await review.uplink.stop()


async def test_a_topic_that_ended_is_told_to_whoever_records(site: Site) -> None:
    async with site.review() as review:
        review.uplink.begin(0.0)
        async with site.client() as again:
            await again.join("audio:s1", {"url": "sidenote:practice", "client_id": "mic"})
            assert await review.audio.next() is None, "replaced"
            for record in (lambda: review.uplink.send(SECOND), lambda: review.uplink.begin(0.0)):
                with pytest.raises(Disconnected, match="audio:s1 is over: join it again"):
                    record()
            with pytest.raises(Disconnected):
                await review.uplink.stop()
