import asyncio
from datetime import timedelta

import pytest

from storage.errors import AudioOutOfOrder, InvalidValue, NotFound, StaleFence
from storage.values import now
from tests.storage.conftest import Desk

A, B = b"\x01\x02" * 320, b"\x03\x04" * 160


async def test_chunks_and_silence_follow_each_other(desk: Desk) -> None:
    assert await desk.audio.append("s", desk.fence, 1, 0, A) == 320
    assert await desk.audio.append_silence("s", desk.fence, 1, 320, 1000) == 1320
    assert await desk.audio.append("s", desk.fence, 1, 1320, B) == 1480
    assert await desk.audio.read("s", 1, 0, 5000) == [(0, 320, A), (320, 1000, None), (1320, 160, B)]
    stored = await desk.sessions.get("s")
    assert (stored.capture, stored.safe_samples) == (1, 1480)


async def test_what_sessions_append_at_a_time_is_each_stored_or_refused_by_itself(desk: Desk) -> None:
    fences = {}
    for name in ("p", "q", "r"):
        claimed = await desk.sessions.claim(name, user_id="ada", owner="first", lease_s=30)
        fences[name] = claimed.fence
    outcomes = await asyncio.gather(
        desk.audio.append("r", fences["r"], 1, 0, A),
        desk.audio.append("q", fences["q"] + 1, 1, 0, A),  # taken over
        desk.audio.append("p", fences["p"], 1, 320, A),  # a hole before it
        desk.audio.append("nobody", 1, 1, 0, A),
        desk.audio.append_silence("s", desk.fence, 1, 0, 500),
        return_exceptions=True,
    )
    assert [outcomes[0], outcomes[4]] == [320, 500]
    assert [type(outcome) for outcome in outcomes[1:4]] == [StaleFence, AudioOutOfOrder, NotFound]
    held = {name: await desk.audio.held(name) for name in ("p", "q", "r", "s")}
    assert held == {"p": {}, "q": {}, "r": {1: (0, 320)}, "s": {1: (0, 500)}}
    together = [desk.audio.append(name, fences.get(name, desk.fence), 2, 0, B) for name in ("s", "r", "q", "p")]
    assert await asyncio.gather(*together) == [160] * 4


async def test_a_read_is_cut_to_what_was_asked_for(desk: Desk) -> None:
    await desk.audio.append("s", desk.fence, 1, 0, A)
    await desk.audio.append_silence("s", desk.fence, 1, 320, 100)
    assert await desk.audio.read("s", 1, 300, 330) == [(300, 20, A[:40]), (320, 10, None)]
    assert await desk.audio.read("s", 1, 420, 900) == []
    assert await desk.audio.read("s", 2, 0, 900) == []


@pytest.mark.parametrize(("capture", "start"), [(1, 0), (1, 319), (1, 321), (2, 320), (0, 0), (0, 320)])
async def test_a_chunk_that_does_not_continue_is_refused(desk: Desk, capture: int, start: int) -> None:
    await desk.audio.append("s", desk.fence, 1, 0, A)
    with pytest.raises(AudioOutOfOrder, match="Send from there") as refused:
        await desk.audio.append("s", desk.fence, capture, start, B)
    assert (refused.value.capture, refused.value.expected) == (1, 320)
    assert await desk.audio.held("s") == {1: (0, 320)}


async def test_the_first_chunk_of_a_session_begins_at_zero(desk: Desk) -> None:
    with pytest.raises(AudioOutOfOrder) as refused:
        await desk.audio.append("s", desk.fence, 1, 320, A)
    assert (refused.value.capture, refused.value.expected) == (None, 0)
    with pytest.raises(NotFound):
        await desk.audio.append("none", desk.fence, 1, 0, A)


async def test_a_later_capture_begins_again_and_the_earlier_stays(desk: Desk) -> None:
    await desk.audio.append("s", desk.fence, 1, 0, A)
    assert await desk.audio.append("s", desk.fence, 2**32 - 1, 0, B) == 160
    assert await desk.audio.held("s") == {1: (0, 320), 2**32 - 1: (0, 160)}


async def test_discarding_keeps_a_chunk_that_reaches_beyond(desk: Desk) -> None:
    for start in (0, 320, 640):
        await desk.audio.append("s", desk.fence, 1, start, A)
    await desk.audio.discard("s", 1, 650)
    assert await desk.audio.held("s") == {1: (640, 960)}
    await desk.audio.discard("s", 1, 960)
    assert await desk.audio.held("s") == {}
    assert await desk.audio.append("s", desk.fence, 1, 960, A) == 1280  # what is gone was safe all the same


async def test_the_retention_sweep_takes_old_chunks_of_every_session(desk: Desk) -> None:
    await desk.audio.append("s", desk.fence, 1, 0, A)
    assert await desk.audio.discard_older_than(now() - timedelta(hours=1)) == 0
    assert await desk.audio.discard_older_than(now() + timedelta(seconds=1)) == 1
    assert await desk.audio.held("s") == {}


@pytest.mark.parametrize("pcm", [b"", b"abc", bytes(1024 * 1024 + 2)])
async def test_a_chunk_of_the_wrong_size_is_refused(desk: Desk, pcm: bytes) -> None:
    with pytest.raises(InvalidValue, match="16-bit"):
        await desk.audio.append("s", desk.fence, 1, 0, pcm)


async def test_a_gap_of_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidValue):
        await desk.audio.append_silence("s", desk.fence, 1, 0, 0)
