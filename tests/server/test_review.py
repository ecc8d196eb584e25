"""One review against a real server: what a lost server means, and how loud a push is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from agent.events import Mode
from channels.client import Backoff, Client, Disconnected
from inference.audio import SAMPLE_RATE, Int16Samples
from server.embedded import EmbeddedServer
from server.review import Plan, Review, level_db
from server.screen import JsonScreen
from server.settings import load_settings
from server.takes import Capture, Span


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
