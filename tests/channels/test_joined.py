"""One joined topic: what comes before its join is answered, and what goes on after it is left."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from channels.hub import Frame
from channels.joined import Joined
from channels.limits import SocketSettings
from channels.socket import TopicMaker
from channels.topics.contract import LATER, Response, Unanswered
from channels.topics.names import Topics
from channels.wire import BinaryPush, Message
from tests.channels.conftest import PATIENCE_S, Serve, Site
from tests.channels.test_socket import HEARTBEAT, Slow


async def test_what_comes_while_a_join_is_being_answered_is_bounded(serve: Serve) -> None:
    """An event of the hub is held until the reply is out; a join that never ends must not hold ever more."""
    joins: list[Joined] = []

    def stuck(name: str, joined: Joined) -> Slow:
        joins.append(joined)
        return Slow()

    settings = SocketSettings(outgoing_queue_bytes=1000)
    async with serve(settings, make_topic=lambda known: stuck) as site, site.raw() as raw:
        await raw.send("1", "1", "session:s1", "phx_join", {})
        await raw.ask(*HEARTBEAT)
        for seq in range(3):
            joins[0].send(Frame("session:s1", "state_changed", "x" * 400, seq))
        assert (await raw.closed())[0] == 1008


async def test_events_that_come_during_a_join_follow_its_reply(serve: Serve) -> None:
    def publishing(topics: Topics) -> TopicMaker:
        def make(name: str, joined: Joined) -> Any:
            made = topics(name, joined)
            join_for_real: Callable[[Any], Any] = made.join

            async def join_and_publish(params: Any) -> Response:
                response: Response = await join_for_real(params)
                await topics.hub.publish(name, "state_changed", {})
                return response

            made.join = join_and_publish  # type: ignore[method-assign] # the moment between following and answering
            return made

        return make

    async with serve(make_topic=publishing) as site, site.raw() as raw:
        await raw.send("1", "1", "session:s1", "phx_join", {})
        frames = [await raw.next(), await raw.next()]
        assert [frame[3] for frame in frames] == ["phx_reply", "state_changed"]
        assert frames[0][4]["response"]["seq"] == 0


async def test_an_event_after_the_client_broke_the_websocket_is_no_error(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """uvicorn closes such a websocket by itself, and refuses what is sent before its end is heard of."""
    async with site.raw() as raw:
        await raw.ask("1", "1", "user:ada", "phx_join", {})
        raw.socket.transport.write(b"\x83\x80\x00\x00\x00\x00")  # a reserved opcode (RFC 6455, section 5.2)
        while site.figures.total("websocket_connections"):
            await site.hub.publish("user:ada", "note_updated", {})
            await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


class Desk:
    """A topic that stores what it is told, and tells of it when it is let go on."""

    def __init__(self) -> None:
        self.stored, self.go, self.told = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.left = asyncio.Event()
        self.handled: list[str] = []

    async def join(self, params: Any) -> Response:
        return {}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        return LATER

    async def handle(self, push: Message) -> Response:
        self.handled.append(push.event)
        self.stored.set()
        await self.go.wait()
        self.told.set()
        return {}

    def leave(self) -> None:
        self.left.set()


@pytest.mark.parametrize("way", ["leave", "rejoin", "drop"])
async def test_a_command_that_has_begun_is_finished_and_those_behind_it_are_not_begun(serve: Serve, way: str) -> None:
    """Cut off between the two it would be in the database, and no follower would ever learn of it."""
    desk = Desk()

    def make_topic(topics: Topics) -> TopicMaker:
        return lambda name, joined: desk

    async with serve(make_topic=make_topic) as site, site.raw() as raw:
        await raw.ask("1", "1", "session:s1", "phx_join", {})
        await raw.send("1", "2", "session:s1", "first", {})
        await raw.send("1", "3", "session:s1", "second", {})
        async with asyncio.timeout(PATIENCE_S):
            await desk.stored.wait()
            if way == "drop":
                raw.socket.transport.abort()
            else:
                event, ref = ("phx_leave", "1") if way == "leave" else ("phx_join", "4")
                await raw.send(ref, "4", "session:s1", event, {})
            await desk.left.wait()
            desk.go.set()
            await desk.told.wait()
        assert desk.handled == ["first"]
