"""One review against a real server: what a lost connection or server means, and how loud a push is."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.events import Mode
from channels.client import Backoff, Client, Disconnected
from inference.audio import SAMPLE_RATE, Int16Samples
from inference.media import read_clip
from server.demo import RECORDING
from server.embedded import EmbeddedServer
from server.review import Plan, Review, level_db
from server.screen import JsonScreen
from server.settings import load_settings
from server.takes import Capture, Span, split
from tests.channels.client.conftest import relaying


def test_loudness_in_decibels_below_full_scale() -> None:
    assert level_db(np.zeros(640, np.int16)) == -60.0
    assert level_db(np.empty(0, np.int16)) == -60.0
    assert level_db(np.full(640, -32768, np.int16)) == pytest.approx(0.0)
    assert level_db(np.full(640, 3277, np.int16)) == pytest.approx(-20.0, abs=0.01)


class Endless:
    """A microphone that gives one push and stays on."""

    speech: tuple[Span, ...] | None = None
    gap_s = 0.0

    def __init__(self) -> None:
        self.sent = asyncio.Event()
        self.began = asyncio.get_running_loop().time()

    async def captures(self) -> AsyncIterator[Capture]:
        yield self

    async def pushes(self) -> AsyncIterator[Int16Samples]:
        yield np.zeros(SAMPLE_RATE // 25, np.int16)
        self.sent.set()
        await asyncio.Event().wait()


@pytest.mark.model
@pytest.mark.flow
async def test_a_server_that_goes_away_ends_the_review_with_a_reason(tmp_path: Path) -> None:
    server = EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path))
    await server.__aenter__()
    source = Endless()
    async with Client(server.url, server.token, reconnect=Backoff(give_up_after_s=0.5)) as client:
        review = Review(client, Plan(Mode.HANDS_FREE), lambda _: JsonScreen())
        running = asyncio.create_task(review.run(source))
        await source.sent.wait()
        await server.__aexit__(None, None, None)
        with pytest.raises(Disconnected, match=r"No connection for 0.5 s"):
            await asyncio.wait_for(running, 10)


class Recording:
    """One capture of the demonstration's first remark, with trouble at half of it and at its end."""

    speech: tuple[Span, ...] | None = None
    gap_s = 0.0

    def __init__(self, trouble: Callable[[], Awaitable[None]]) -> None:
        self._trouble = trouble
        self.began = asyncio.get_running_loop().time()

    async def captures(self) -> AsyncIterator[Capture]:
        yield self

    async def pushes(self) -> AsyncIterator[Int16Samples]:
        pieces = split(read_clip(RECORDING).samples[: 3 * SAMPLE_RATE])
        for number, piece in enumerate(pieces, 1):
            yield piece
            if number in (len(pieces) // 2, len(pieces)):
                await self._trouble()


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.model
@pytest.mark.flow
async def test_a_review_outlives_its_connection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with (
        EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path)) as server,
        relaying(server.url) as relay,
        Client(relay.url, server.token) as client,
    ):

        async def cut() -> None:
            lost = asyncio.Event()
            client.on_state(lambda _: lost.set())
            await client.connected()
            relay.cut()
            await lost.wait()

        outcome = await Review(client, Plan(Mode.PTT, fast=True), lambda _: JsonScreen()).run(Recording(cut))
        assert relay.connections == 3
    assert outcome.failures == ()
    (note,) = outcome.summary["notes"]
    assert "shot" in note["text"]
    *events, _ = rows(capsys)
    seqs = [event["seq"] for event in events if event["seq"] is not None]
    assert seqs == list(range(1, len(seqs) + 1)), "every durable event once, in order"


@pytest.mark.model
@pytest.mark.flow
async def test_a_review_outlives_its_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with AsyncExitStack() as stack:
        servers = AsyncExitStack()
        stack.push_async_callback(servers.aclose)
        settings = load_settings(env_file=None, data_dir=tmp_path)
        server = await servers.enter_async_context(EmbeddedServer(settings))
        relay = await stack.enter_async_context(relaying(server.url))
        client = await stack.enter_async_context(Client(relay.url, server.token))

        async def start_again() -> None:
            await servers.aclose()
            again = await servers.enter_async_context(EmbeddedServer(settings))
            relay.target = int(again.url.rpartition(":")[2])

        outcome = await Review(client, Plan(Mode.PTT, fast=True), lambda _: JsonScreen()).run(Recording(start_again))
    (note,) = outcome.summary["notes"]
    assert "shot" in note["text"]
    *events, _ = rows(capsys)
    assert "snapshot" in {event["event"] for event in events}, "what each server had said before is gone with it"
