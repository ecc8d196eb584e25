"""server/looplag.py: a loop that is held up shows it."""

import asyncio

import pytest

from server.looplag import EVERY_S, watched_loop
from tests.agent.twins import RecordingTelemetry
from tests.agent.virtual import VirtualLoop, run_virtually


class Figures(RecordingTelemetry):
    def __init__(self) -> None:
        self.lags_s: list[float] = []

    def record(self, name: str, value: float, **labels: str) -> None:
        assert name == "event_loop_lag_seconds"
        self.lags_s.append(value)


def test_a_loop_is_as_late_as_what_holds_it_up() -> None:
    figures = Figures()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        with watched_loop(figures):
            await asyncio.sleep(3.5 * EVERY_S)
            assert figures.lags_s == pytest.approx([0, 0, 0])
            loop.hold_up(0.25)
            await asyncio.sleep(EVERY_S)
        await asyncio.sleep(10 * EVERY_S)

    run_virtually(main())
    assert figures.lags_s[3:] == pytest.approx([0.2, 0])
