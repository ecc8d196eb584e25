"""Timers stand still and go on, in virtual time."""

import asyncio

from agent.timers import Timers
from tests.agent.virtual import run_virtually


def test_a_held_timer_keeps_the_time_it_had_left() -> None:
    async def main() -> list[float]:
        loop, timers, rang = asyncio.get_running_loop(), Timers(), []
        timers.start(1, 3.0, lambda: rang.append(loop.time()))
        await asyncio.sleep(1)
        timers.hold(1)
        timers.hold(1)
        await asyncio.sleep(10)
        timers.resume(1)
        timers.resume(1)
        await asyncio.sleep(5)
        return rang

    assert run_virtually(main()) == [13.0]


def test_a_stopped_timer_never_rings() -> None:
    async def main() -> list[int]:
        timers, rang = Timers(), []
        timers.start(1, 1.0, lambda: rang.append(1))
        timers.start(2, 1.0, lambda: rang.append(2))
        timers.start(3, 1.0, lambda: rang.append(3), held=True)
        timers.stop(1)
        timers.stop(9)
        await asyncio.sleep(5)
        timers.stop_all()
        timers.resume(3)
        await asyncio.sleep(5)
        return rang

    assert run_virtually(main()) == [2]


def test_starting_again_replaces_the_timer_of_that_key() -> None:
    async def main() -> list[str]:
        timers, rang = Timers(), []
        timers.start(1, 1.0, lambda: rang.append("first"))
        timers.start(1, 2.0, lambda: rang.append("second"))
        await asyncio.sleep(5)
        return rang

    assert run_virtually(main()) == ["second"]
