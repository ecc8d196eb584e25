"""One server process is told to end while somebody speaks, and is started again: nobody has to say anything twice."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from tests.flows.fleet import (
    EXIT_LIMIT_S,
    PROGRAM,
    SETTINGS,
    Mouth,
    client_of,
    following,
    kept,
    known_to,
    knows,
    until,
    voice,
)
from tests.flows.process import serving

pytestmark = pytest.mark.flow


async def test_an_utterance_goes_on_after_the_server_was_started_again(tmp_path: Path) -> None:
    log, said = tmp_path / "log", voice(1, 2.0)
    async with AsyncExitStack() as stack:
        processes = stack.enter_context(ExitStack())
        first = processes.enter_context(serving(tmp_path, log=log, program=PROGRAM, settings=SETTINGS))
        client = await stack.enter_async_context(client_of(first.url, first))
        follower = await stack.enter_async_context(following(client, "session:s"))
        mouth = await Mouth.open(client, "s")
        mouth.begin(said[:16_000])
        await mouth.safe()
        first.process.terminate()
        mouth.go_on(said[16_000:48_000])
        assert await asyncio.to_thread(first.process.wait, EXIT_LIMIT_S) == 0
        again = serving(tmp_path, port=first.port, log=log, program=PROGRAM, settings=SETTINGS)
        server = await asyncio.to_thread(processes.enter_context, again)
        mouth.go_on(said[48_000:])
        await mouth.stop()
        await until(follower, knows(1))
        stored = await kept(f"sqlite:///{tmp_path / 'sidenote.sqlite3'}", "s")
        assert stored.audio == {1: said}
        assert stored.notes == known_to(follower)
        assert [note[0] for note in stored.notes.values()] == [1]
        await asyncio.to_thread(processes.close)
        assert server.bugs() == []
