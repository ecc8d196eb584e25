"""What waits for a slow client: in order, bounded, newer partials in place of older ones."""

import asyncio

from channels.outbox import BEHIND_BYTES, Outbox

PARTIAL = ("session:s1", "asr_partial")


async def taken(outbox: Outbox) -> list[str | bytes]:
    return [await outbox.get() for _ in iter(lambda: outbox.empty, True)]


async def test_frames_come_out_in_the_order_in_which_they_went_in() -> None:
    outbox = Outbox(1000)
    for data in ("a", b"b", "c"):
        outbox.put(data)
    assert await taken(outbox) == ["a", b"b", "c"]


async def test_whoever_waits_gets_the_next_frame() -> None:
    outbox = Outbox(1000)
    waiting = asyncio.create_task(outbox.get())
    await asyncio.sleep(0)
    outbox.put("a")
    assert await waiting == "a"


async def test_it_overflows_in_bytes_and_then_takes_nothing_more() -> None:
    outbox = Outbox(10)
    outbox.put("first")
    outbox.put("é" * 5)
    assert not outbox.overflowed.is_set()
    outbox.put("x")
    assert outbox.overflowed.is_set()
    outbox.put("y")
    assert await taken(outbox) == ["first", "é" * 5, "x"]


async def test_one_frame_may_be_larger_than_all_that_may_wait_behind_it() -> None:
    outbox = Outbox(10)
    outbox.put("snapshot" * 10)
    outbox.put("x" * 10)
    assert not outbox.overflowed.is_set()
    outbox.put("x")
    assert outbox.overflowed.is_set()


async def test_what_was_sent_makes_room() -> None:
    outbox = Outbox(10)
    for _ in range(5):
        outbox.put("x" * 10)
        await outbox.get()
    assert not outbox.overflowed.is_set()


async def test_a_newer_partial_takes_the_place_of_the_one_that_waits_when_the_client_is_behind() -> None:
    outbox = Outbox(10 * BEHIND_BYTES)
    outbox.put("x" * (BEHIND_BYTES + 1))
    outbox.put("so", PARTIAL)
    outbox.put("elsewhere", ("session:s2", "asr_partial"))
    outbox.put("durable", ("session:s1", "asr_final"))
    outbox.put("durable too", ("session:s1", "asr_final"))
    outbox.put("so the", PARTIAL)
    assert (await taken(outbox))[1:] == ["elsewhere", "durable", "durable too", "so the"]


async def test_every_partial_is_sent_while_the_client_keeps_up() -> None:
    outbox = Outbox(1000)
    outbox.put("so", PARTIAL)
    outbox.put("so the", PARTIAL)
    assert await taken(outbox) == ["so", "so the"]
