"""What one connection may ask for: rates, deadlines, and the bucket behind them."""

import asyncio
import itertools
from collections.abc import MutableMapping
from typing import Any

from channels.auth import AuthError, Identity
from channels.joined import Joined
from channels.limits import Bucket, SocketSettings
from channels.socket import Connection, TopicMaker
from channels.topics.contract import LATER, Response, Unanswered
from channels.topics.names import Topics
from channels.wire import BinaryPush, Message
from tests.channels.conftest import Serve

BUSY = {"reason": "busy", "message": "Too many commands wait: slow down."}


def test_a_burst_then_the_rate() -> None:
    now = [0.0]
    bucket = Bucket(2.0, 4.0, lambda: now[0])
    assert [bucket.take(1) for _ in range(5)] == [True, True, True, True, False]
    now[0] = 1.0
    assert [bucket.take(1) for _ in range(3)] == [True, True, False]


def test_it_never_holds_more_than_the_burst() -> None:
    now = [0.0]
    bucket = Bucket(2.0, 4.0, lambda: now[0])
    now[0] = 1000.0
    assert not bucket.take(5)
    assert bucket.take(4)


async def test_small_frames_count_against_the_rate_too(serve: Serve) -> None:
    limits = SocketSettings(bytes_per_s=1.0, bytes_burst=5 * 512)
    async with serve(limits) as site, site.raw() as raw:
        for ref in range(6):
            await raw.send(None, str(ref), "phoenix", "heartbeat", {})
        code, reason = await raw.closed()
    assert code == 1008
    assert "bytes a second" in reason


async def test_a_refused_join_does_not_put_off_the_deadline_for_the_first(serve: Serve) -> None:
    async with serve(SocketSettings(prejoin_timeout_s=0.3)) as site, site.raw() as raw:
        refused = await raw.ask("1", "1", "rubbish:1", "phx_join", {})
        assert refused["status"] == "error"
        assert (await raw.closed())[0] == 1008


async def test_a_join_that_is_being_answered_is_waited_for(serve: Serve) -> None:
    """The deadline for the first one passes meanwhile."""

    class Late(Busy):
        async def join(self, params: Any) -> Response:
            await asyncio.sleep(0.1)
            return {}

    def make_topic(topics: Topics) -> TopicMaker:
        return lambda name, joined: Late()

    async with serve(SocketSettings(prejoin_timeout_s=0.03), make_topic=make_topic) as site, site.raw() as raw:
        assert (await raw.ask("1", "1", "session:s1", "phx_join", {}))["status"] == "ok"


async def test_a_join_that_takes_too_long_is_given_up_and_said(serve: Serve) -> None:
    class Stuck(Busy):
        async def join(self, params: Any) -> Response:
            await asyncio.Event().wait()
            return {}

    def make_topic(topics: Topics) -> TopicMaker:
        return lambda name, joined: Stuck()

    async with serve(SocketSettings(handling_timeout_s=0.1), make_topic=make_topic) as site, site.raw() as raw:
        reply = await raw.ask("1", "1", "session:s1", "phx_join", {})
    assert reply["response"]["reason"] == "timeout"


async def test_thousands_of_frames_in_one_read_leave_a_turn_to_everybody_else() -> None:
    """uvicorn's ``receive`` does not wait while something is left of what a read has brought."""
    turns: list[int] = []
    taken = 0

    async def others() -> None:
        while True:
            turns.append(taken)
            await asyncio.sleep(0)

    async def receive() -> Any:
        nonlocal taken
        taken += 1
        if taken > 5000:
            return {"type": "websocket.disconnect", "code": 1001}
        return {"type": "websocket.receive", "text": '[null,"1","phoenix","heartbeat",{}]'}

    async def send(message: MutableMapping[str, Any]) -> None: ...

    def verify(token: str | None) -> Identity:
        raise AuthError("token_refused", "no")

    def make_topic(name: str, joined: Joined) -> Busy:
        return Busy()

    connection = Connection(receive, send, Identity("ada", 4e9), verify, make_topic, SocketSettings())
    turn = asyncio.create_task(others())
    assert (await connection.run())[0] == 1001
    turn.cancel()
    assert max(after - before for before, after in itertools.pairwise(turns)) <= 64


class Busy:
    """A topic that never comes to an end of what it handles."""

    async def join(self, params: Any) -> Response:
        return {}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        return LATER

    async def handle(self, push: Message) -> Response:
        await asyncio.Event().wait()
        return {}

    def leave(self) -> None: ...


async def test_what_the_topics_of_a_connection_have_to_handle_is_bounded_in_bytes(serve: Serve) -> None:
    def make_topic(topics: Topics) -> TopicMaker:
        return lambda name, joined: Busy()

    async with serve(SocketSettings(waiting_bytes=1000), make_topic=make_topic) as site, site.raw() as raw:

        async def push(ref: str, topic: str) -> None:
            await raw.send(topic, ref, topic, "work", {"text": "x" * 400})

        for topic in ("one", "two"):
            await raw.ask(topic, "1", topic, "phx_join", {})
        for ref, topic in (("2", "one"), ("3", "one"), ("4", "two")):  # one is being handled, one waits, and no more
            await push(ref, topic)
        assert (await raw.until("phx_reply"))[1:5:3] == ["4", {"status": "error", "response": BUSY}]
        await raw.ask("one", "5", "one", "phx_leave", {})  # what waits is forgotten, what is being handled is not
        for ref in ("6", "7"):
            await push(ref, "two")
        assert (await raw.until("phx_reply"))[1:5:3] == ["7", {"status": "error", "response": BUSY}]
