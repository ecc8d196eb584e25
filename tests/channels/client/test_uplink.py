"""The microphone's side against a real server: what is cut off comes again, once, in order; each stop is heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from agent.services import AgentSettings
from channels.client import Client, Disconnected, PushRefused, Status, TooMuchUnacked, Uplink
from channels.wire import BinaryPush, ClientFrame, Message, decode_audio
from tests.channels.client.conftest import SOON, Peer, Relay, relaying, scripted
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
        assert review.uplink.unacked == 0
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
        async with cut_off(review, relay):
            for seconds in (1, 2, 3):
                review.uplink.begin(0.0)  # which ends the one before
                review.uplink.send(SECOND * seconds)
        await review.uplink.stop()
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
            review.uplink.clock(9_000.0, 20.0, paused=True)
        await review.uplink.stop()
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
        with pytest.raises(PushRefused, match="begin first"):
            review.uplink.send(SECOND)
        with pytest.raises(PushRefused, match="begin first"):
            review.uplink.gap(1)
        with pytest.raises(PushRefused, match="begin first"):
            await review.uplink.stop()
        review.uplink.begin(0.0)
        with pytest.raises(PushRefused, match="Nothing was recorded"):
            await review.uplink.stop()


async def test_a_topic_that_ended_is_told_to_whoever_records(site: Site) -> None:
    async with site.review() as review:
        review.uplink.begin(0.0)
        async with site.client() as again:
            await again.join("audio:s1", {"url": "sidenote:practice", "client_id": "mic"})
            assert await review.audio.next() is None, "replaced"
            with pytest.raises(Disconnected, match="audio:s1 is over: join it again"):
                review.uplink.send(SECOND)
            with pytest.raises(Disconnected):
                review.uplink.begin(0.0)
            with pytest.raises(Disconnected):
                await review.uplink.stop()


@dataclass
class Desk:
    """A server's ear as far as a test needs one: takes samples that follow on, refuses the others."""

    busy_at: int | None = None  # samples at which it once takes no more
    lost: frozenset[int] = frozenset()  # numbers of pushes that never reached it
    reply: tuple[int, int] = (0, 0)  # capture and safe samples, to the join
    ack_every: int | None = None  # samples
    heard: dict[int, bytes] = field(default_factory=dict)
    stops: list[tuple[int, int]] = field(default_factory=list)
    pushes: int = 0
    most_unacked: int = 0
    acked: int = 0

    async def play(self, peer: Peer) -> None:
        capture, safe = self.reply
        join = await peer.joined({"capture": capture, "samples": safe})
        while True:
            frame = await peer.next()
            if frame.event == "audio":
                await self._hear(peer, join, frame)
            elif frame.event == "stop" and isinstance(frame, Message):
                await self._stop(peer, frame)

    async def _hear(self, peer: Peer, join: Message, frame: ClientFrame) -> None:
        assert isinstance(frame, BinaryPush)
        audio, self.pushes = decode_audio(frame.data), self.pushes + 1
        heard = self.heard.setdefault(audio.capture, b"")
        if self.pushes in self.lost:
            return
        if audio.offset * 2 > len(heard):
            await peer.refuse(frame, "audio_skipped", expected=len(heard) // 2)
        elif self.busy_at is not None and audio.offset >= self.busy_at:
            self.busy_at = None
            await peer.refuse(frame, "audio_backlog", expected=len(heard) // 2)
        else:
            self.heard[audio.capture] = heard[: audio.offset * 2] + audio.pcm
            samples = len(self.heard[audio.capture]) // 2
            self.most_unacked = max(self.most_unacked, samples - self.acked)
            if self.ack_every and samples - self.acked >= self.ack_every:
                self.acked = samples
                await peer.tell("audio:s", "ack", {"capture": audio.capture, "samples": samples}, join)

    async def _stop(self, peer: Peer, stop: Message) -> None:
        number, samples = stop.payload["capture"], stop.payload["samples"]
        heard = len(self.heard.get(number, b"")) // 2
        if heard < samples:
            await peer.refuse(stop, "audio_skipped", expected=heard)
        else:
            self.stops.append((number, samples))
            await peer.answer(stop, {})


@asynccontextmanager
async def before(desk: Desk, **options: float) -> AsyncIterator[tuple[Client, Uplink]]:
    async with scripted(desk.play) as url, Client(url, "token", reconnect=SOON) as client:
        yield client, Uplink(await client.join("audio:s"), **options)


async def cut(client: Client) -> None:
    (await client.connected()).end(Disconnected("cut"))


@pytest.mark.parametrize("lost, busy_at", [({5}, None), ({1}, None), ({20, 21, 22}, None), (set(), 8_000)])
async def test_what_is_refused_comes_again_and_is_not_multiplied(lost: set[int], busy_at: int | None) -> None:
    desk = Desk(lost=frozenset(lost), busy_at=busy_at)
    async with before(desk) as (_, uplink):
        uplink.begin(0.0)
        for at in range(0, 20 * TENTH, TENTH):
            uplink.send(NOISE[at : at + TENTH])
        await uplink.stop()
    assert desk.heard == {1: NOISE[: 20 * TENTH]}
    assert desk.stops == [(1, 32_000)]
    assert desk.pushes <= 20 + 20 + len(lost)


async def test_a_replay_goes_no_faster_than_it_is_stored() -> None:
    desk = Desk(lost=frozenset({1}), ack_every=16_000)
    async with before(desk, window_s=1.0) as (_, uplink):
        uplink.begin(0.0)
        for at in range(0, len(NOISE), TENTH):
            uplink.send(NOISE[at : at + TENTH])
        await uplink.stop()
        await uplink.wait_until_unacked(0)
    assert desk.heard == {1: NOISE}
    assert desk.most_unacked <= 16_000


async def test_more_than_can_be_kept_is_refused_here() -> None:
    async with before(Desk(), max_unacked_s=2.0) as (_, uplink):
        uplink.begin(0.0)
        uplink.send(SECOND)
        uplink.gap(10 * 16_000)  # takes no room
        uplink.send(SECOND)
        with pytest.raises(TooMuchUnacked, match=r"nothing of the last 2 s: stop recording"):
            uplink.send(bytes(2))
        assert uplink.sent == 12 * 16_000, "what was refused does not count"


async def test_captures_of_somebody_else_with_this_name_are_not_taken_for_ones_own() -> None:
    desk = Desk()
    async with before(desk) as (client, uplink):
        uplink.begin(0.0)
        uplink.send(SECOND)
        desk.reply = (9, 16_000)
        await cut(client)
        await uplink.stop()
        assert uplink.capture == 10
    assert desk.heard[10] == SECOND
    assert desk.stops == [(10, 16_000)]


async def test_a_server_that_has_lost_what_it_had_gets_the_rest_as_another_capture() -> None:
    desk = Desk(ack_every=16_000)
    async with before(desk) as (client, uplink):
        uplink.begin(0.0)
        uplink.send(NOISE[: 10 * TENTH])
        await uplink.wait_until_unacked(0)
        desk.heard.clear()
        desk.acked = 0
        await cut(client)
        uplink.send(NOISE[10 * TENTH : 20 * TENTH])
        await uplink.stop()
    assert desk.heard[2] == NOISE[10 * TENTH : 20 * TENTH]
    assert desk.stops == [(2, 16_000)]


async def test_the_newest_stop_is_said_again_on_each_connection() -> None:
    desk = Desk(ack_every=16_000)
    async with before(desk) as (client, uplink):
        uplink.begin(0.0)
        uplink.send(SECOND)
        await uplink.stop()
        await uplink.wait_until_unacked(0)
        desk.stops.clear()  # the server did not write it down
        desk.reply = (1, 16_000)
        await cut(client)
        await client.connected()
        await uplink.settled()
    assert desk.stops == [(1, 16_000)]
    assert desk.pushes == 1, "and nothing else"


async def test_a_busy_server_is_asked_again_for_as_long_as_it_says_so_and_nothing_recorded_is_lost() -> None:
    refused = 0
    heard: list[BinaryPush] = []
    again, whole = asyncio.Event(), asyncio.Event()

    async def play(peer: Peer) -> None:
        nonlocal refused
        if peer.number == 1:
            await peer.joined({"client_id": "c", "capture": 0, "samples": 0})
            await peer.until("audio")
            peer.abort()
            return
        for refused in range(1, 31):
            await peer.refuse(await peer.until("phx_join"), "busy", retry_after_ms=2)
            if refused == 10:
                again.set()
        await peer.joined({"client_id": "c", "capture": 0, "samples": 0})
        while sum(len(decode_audio(push.data).pcm) for push in heard) < len(NOISE):
            frame = await peer.next()
            if isinstance(frame, BinaryPush):
                heard.append(frame)
        whole.set()

    impatient = replace(SOON, give_up_after_s=0.03)
    async with scripted(play) as url, Client(url, "token", reconnect=impatient) as client:
        uplink = Uplink(await client.join("audio:s1"))
        uplink.begin(0.0)
        uplink.send(NOISE[:TENTH])
        await again.wait()
        for at in range(TENTH, len(NOISE), TENTH):
            uplink.send(NOISE[at : at + TENTH])
        await whole.wait()
    assert refused == 30
    assert b"".join(decode_audio(push.data).pcm for push in heard) == NOISE
