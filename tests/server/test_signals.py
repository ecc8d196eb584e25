"""server/signals.py: what the first and the second signal do, and what time does."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from server.signals import stop_at_signal


@pytest.fixture(autouse=True)
def usual_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_and_says_what_is_done_meanwhile(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = stop_at_signal(30, "comments under way are finished")
    assert not stop.is_set()
    os.kill(os.getpid(), number)
    await asyncio.wait_for(stop.wait(), 5)
    said = capsys.readouterr().out
    assert "comments under way are finished" in said
    assert "in 30 s at most" in said


async def test_the_second_signal_cancels_whoever_set_this_up() -> None:
    ready = asyncio.Event()

    async def program() -> None:
        stop = stop_at_signal(30, "nothing")
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        ready.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(program())
    await ready.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 5)


async def test_what_takes_too_long_is_cancelled() -> None:
    async def program() -> None:
        stop = stop_at_signal(0.01, "nothing")
        os.kill(os.getpid(), signal.SIGINT)
        await stop.wait()
        await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.create_task(program()), 5)
