"""Waiting is counted from the last word, though it is known only later that it was the last."""

import asyncio

import pytest

from agent.events import Span
from agent.stopwatch import Stopwatch
from tests.agent.virtual import run_virtually


def test_the_silence_that_ended_the_utterance_counts_as_waiting() -> None:
    async def main() -> None:
        watch = Stopwatch()
        watch.start(1, Span(1, 0, 20_000, 1_000, endpoint=24_000, last=16_000))
        await asyncio.sleep(2)
        assert watch.waited_s(1) == pytest.approx((2.0, 2.5))
        watch.forget(1)
        assert watch.waited_s(1) == (0.0, 0.0)

    run_virtually(main())
