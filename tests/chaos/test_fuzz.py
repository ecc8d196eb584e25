"""A short attack, and that what it is made of is what docs/wire.md says: pushes, frames, and bytes that are neither."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.wire import ClientFrame, WireError, decode_client, encode
from tests.channels.test_wire import client_frames
from tests.chaos.attacks import PATH, PATIENCE_S, Target, knock, spoil
from tests.chaos.attacks import Tally as Tallied
from tests.chaos.frames import PUSHES, Attacker
from tests.chaos.fuzz import (
    MOST_GROWTH_MIB,
    PROGRAM,
    SETTINGS,
    Report,
    check,
    check_memory,
    fuzz,
    honest_note,
)
from tests.chaos.garbage import GARBAGE, requests
from tests.chaos.rawsocket import BINARY, TEXT, Ended, RawSocket, frame
from tests.chaos.report import Violation
from tests.flows.process import ROOT, ServerProcess, serving

TOPICS = ("session:s1", "audio:s1", "user:ada")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ServerProcess]:
    with serving(folder, log=folder / "log", program=PROGRAM, settings=SETTINGS) as running:
        yield running


@pytest.mark.flow
async def test_a_live_server_bears_thousands_of_hostile_frames(server: ServerProcess, folder: Path) -> None:
    report = await fuzz(server, folder, frames=3_000, rounds=2, seed=1, tell=lambda report: None)
    assert report.tally.frames > 2_000
    assert min(report.tally.malformed, report.tally.garbage, report.tally.requests) > 20
    assert await honest_note(server) == "The music is too loud."
    check(server)


@pytest.mark.flow
async def test_every_kind_of_garbage_is_borne_or_ended(server: ServerProcess) -> None:
    target, tally = Target(server.port, server.token, ()), Tallied()
    for draw in GARBAGE:
        await spoil(target, draw(Random(1)), tally)
    for name, make in requests(PATH, server.token).items():
        await knock(target, name, make(Random(1)), tally)
    check(server)


@pytest.mark.flow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=st.lists(client_frames, max_size=8))
def test_any_frames_of_the_protocol_leave_the_connection_open(server: ServerProcess, frames: list[ClientFrame]) -> None:
    async def send() -> None:
        async with RawSocket(server.port) as socket, asyncio.timeout(PATIENCE_S):
            await socket.shake_hands(f"{PATH}&token={server.token}")
            for data in (*map(encode, frames), '[null,"the last","phoenix","heartbeat",{}]'):
                await socket.send(frame(TEXT, data.encode()) if isinstance(data, str) else frame(BINARY, data))
            while orjson.loads(await socket.message())[1] != "the last":
                pass

    asyncio.run(send())
    check(server)


@pytest.mark.flow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text(max_size=200))
def test_any_message_is_answered_or_closed_with_a_reason(server: ServerProcess, data: str | bytes) -> None:
    async def send() -> Ended | None:
        async with RawSocket(server.port) as socket, asyncio.timeout(PATIENCE_S):
            await socket.shake_hands(f"{PATH}&token={server.token}")
            await socket.send(frame(TEXT, data.encode()) if isinstance(data, str) else frame(BINARY, data))
            try:
                decode_client(data)
            except WireError:
                return await socket.ended()
            return None

    ended = asyncio.run(send())
    if ended:
        assert (ended.code, ended.reason.partition(":")[0]) == (1008, "malformed frame")


def test_every_push_of_the_wire_is_attacked() -> None:
    text = (ROOT / "docs/wire.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### `(\w+):\{id\}`\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert {kind for kind, _ in sections} == PUSHES.keys()
    for kind, section in sections:
        table = re.search(r"^\| push \|.*?(?=\n\n|\Z)", section, re.MULTILINE | re.DOTALL)
        rows = re.findall(r"^\| (`[^|]+?) *(?:\(binary\) )?\|", table[0], re.MULTILINE) if table else []
        assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == PUSHES[kind].keys(), kind


def test_a_seed_always_draws_the_same_frames() -> None:
    attackers = [Attacker(Random(5), TOPICS) for _ in range(2)]
    drawn = [[attacker.frame() for _ in range(500)] for attacker in attackers]
    assert drawn[0] == drawn[1]
    assert len({each.data for each in drawn[0]}) > 400
    assert 5 < sum(each.breaks for each in drawn[0]) < 100


def test_memory_that_grows_is_a_violation() -> None:
    warm = [50.0, 100.0, 110.0]
    check_memory(Report(rss_mib=[*warm, 100.0 + MOST_GROWTH_MIB]))
    with pytest.raises(Violation, match="grew"):
        check_memory(Report(rss_mib=[*warm, 100.1 + MOST_GROWTH_MIB]))
