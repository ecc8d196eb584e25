"""What waits for a slow client: in order, bounded, newer partials in place of older ones."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from channels.outbox import BEHIND_BYTES, Outbox

PARTIAL = ("session:s1", "asr_partial")


class Socket:
    """Takes frames while it is open; ``send`` waits while it is not."""

    def __init__(self, max_bytes: int = 1000) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.taken: list[str | bytes] = []
        self.error: Exception | None = None
        self.overflows = 0
        self.failures: list[Exception] = []
        self.outbox = Outbox(self.send, max_bytes, self._overflow, self.failures.append)

    async def send(self, message: MutableMapping[str, Any]) -> None:
        assert message["type"] == "websocket.send"
        await self.open.wait()
        if self.error:
            raise self.error
        self.taken.append(message["text"] if "text" in message else message["bytes"])

    def _overflow(self) -> None:
        self.overflows += 1

    async def rest(self) -> list[str | bytes]:
        """What is taken once the socket is open again."""
        self.open.set()
        await self.outbox.flushed()
        return self.taken


def stalled(max_bytes: int = 1000) -> Socket:
    """A socket that takes no more, with one frame on its way."""
    socket = Socket(max_bytes)
    socket.open.clear()
    socket.outbox.put("first")
    return socket


async def test_a_frame_goes_out_at_once_while_the_client_keeps_up() -> None:
    socket = Socket()
    for data in ("a", b"b", "c"):
        socket.outbox.put(data)
    assert socket.taken == ["a", b"b", "c"], "no other task had a turn"


async def test_what_waits_comes_out_in_the_order_in_which_it_went_in() -> None:
    socket = stalled()
    for data in ("a", b"b", "c"):
        socket.outbox.put(data)
    assert socket.taken == []
    assert await socket.rest() == ["first", "a", b"b", "c"]


async def test_the_order_holds_where_a_wait_ends() -> None:
    socket = stalled()
    socket.outbox.put("a")
    socket.open.set()
    for data in ("b", "c", "d", "e", "f"):  # one in each turn of the loop
        await asyncio.sleep(0)
        socket.outbox.put(data)
    assert await socket.rest() == ["first", *"abcdef"]


async def test_it_overflows_in_bytes_and_then_takes_nothing_more() -> None:
    socket = stalled(10)
    socket.outbox.put("next")
    socket.outbox.put("é" * 5)
    assert socket.overflows == 0
    socket.outbox.put("x")
    socket.outbox.put("y")
    assert socket.overflows == 1
    await socket.outbox.flushed()
    assert socket.taken == [], "who overflowed is not waited for"


async def test_one_frame_may_be_larger_than_all_that_may_wait_behind_it() -> None:
    socket = stalled(10)
    socket.outbox.put("snapshot" * 10)
    socket.outbox.put("x" * 10)
    assert socket.overflows == 0
    socket.outbox.put("x")
    assert socket.overflows == 1


async def test_a_newer_partial_takes_the_place_of_the_one_that_waits_when_the_client_is_behind() -> None:
    socket = stalled(10 * BEHIND_BYTES)
    socket.outbox.put("x" * (BEHIND_BYTES + 1))
    socket.outbox.put("so", PARTIAL)
    socket.outbox.put("elsewhere", ("session:s2", "asr_partial"))
    socket.outbox.put("durable", ("session:s1", "asr_final"))
    socket.outbox.put("durable too", ("session:s1", "asr_final"))
    socket.outbox.put("so the", PARTIAL)
    assert (await socket.rest())[2:] == ["elsewhere", "durable", "durable too", "so the"]


async def test_every_partial_is_sent_while_the_client_keeps_up() -> None:
    socket = stalled()
    socket.outbox.put("so", PARTIAL)
    socket.outbox.put("so the", PARTIAL)
    assert await socket.rest() == ["first", "so", "so the"]


async def test_a_socket_that_fails_is_sent_nothing_more_at_once_or_later() -> None:
    for socket in (Socket(), stalled()):
        socket.error = OSError("gone")
        socket.outbox.put("a")
        await socket.rest()
        socket.outbox.put("b")
        assert (socket.failures, socket.taken) == ([socket.error], [])


async def test_a_stopped_outbox_lets_go_of_the_frame_on_its_way() -> None:
    socket = stalled()
    socket.outbox.put("a")
    socket.outbox.stop()
    assert await socket.rest() == []
